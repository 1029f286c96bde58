//! The tables of answers in `docs/PROVIDERS.md`, as the tests read them.

use domain::sending::attempt::Outcome;

const DOCUMENTATION: &str = include_str!("../../../docs/PROVIDERS.md");

/// A row: an answer, and the outcome that it is said to have.
pub(crate) struct Documented {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: String,
    /// The outcome, as [`name`] has it.
    pub(crate) outcome: String,
}

/// The table of answers below a heading: `` | `<status> <body>` | outcome | why | ``.
pub(crate) fn answers(heading: &str) -> Vec<Documented> {
    let (_, section) = DOCUMENTATION.split_once(&format!("\n## {heading}\n")).expect("the section");
    let (_, table) = section.split_once("| answer | outcome | why |\n|---|---|---|\n").expect("the table");
    table.lines().take_while(|line| line.starts_with('|')).map(row).collect()
}

fn row(line: &str) -> Documented {
    let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
    let [answer, outcome, why] = cells.as_slice() else { panic!("not three cells: {line}") };
    assert!(!why.is_empty(), "no reason: {line}");
    let answer = answer.trim_matches('`');
    let (status, body) = answer.split_once(' ').unwrap_or((answer, ""));
    let status = status.parse().expect("a status");
    Documented { status, body: body.to_owned(), outcome: (*outcome).to_owned() }
}

/// An outcome, as the documentation names it.
pub(crate) fn name(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted { .. } => "accepted".to_owned(),
        Outcome::Transient(_) => "transient".to_owned(),
        Outcome::Permanent(_) => "failed".to_owned(),
        Outcome::RequestRefused(_) => "request refused".to_owned(),
        Outcome::RecipientHeld { .. } => "recipient held".to_owned(),
        Outcome::NewContactsHeld { .. } => "new contacts held".to_owned(),
        Outcome::SessionTrouble { reason, .. } => format!("session held, `{}`", reason.name()),
        Outcome::Unknown(_) => "unknown".to_owned(),
    }
}
