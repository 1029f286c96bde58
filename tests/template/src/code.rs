//! Which environment variables the functions' code reads.
//!
//! Each `main.rs` makes what its handler needs from the shared stack, one method for each thing; the methods read the
//! variables. So the variables of a function are found by following the calls from its `main.rs`. What is read in an
//! arm such as `LimitKind::Send => …` is read only for a `main.rs` that names `LimitKind::Send`.

use std::collections::{BTreeMap, BTreeSet};

/// What a piece of code reads and calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Uses {
    /// Variables, and the choice that they are read for.
    variables: BTreeSet<(String, Option<String>)>,
    calls: BTreeSet<String>,
}

/// The shared code that functions are started with, by the names of its functions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code(BTreeMap<String, Uses>);

impl Code {
    /// Adds a source file.
    pub fn add(&mut self, source: &str) {
        let mut current = String::new();
        for line in source.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
            if let Some(name) = defined_name(line) {
                name.clone_into(&mut current);
            }
            let uses = self.0.entry(current.clone()).or_default();
            uses.variables.extend(variables(line).map(|variable| (variable, choice(line))));
            uses.calls.extend(calls(line));
        }
    }

    /// The variables that are read by a source file and by all that it calls.
    pub fn read_by(&self, source: &str) -> BTreeSet<String> {
        let mut found: BTreeSet<String> = source.lines().flat_map(variables).collect();
        let mut open: Vec<String> = source.lines().flat_map(calls).collect();
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            let Some(uses) = self.0.get(&name).filter(|_| seen.insert(name.clone())) else { continue };
            let is_made =
                |choice: &Option<String>| choice.as_ref().is_none_or(|choice| source.contains(choice));
            let read = uses.variables.iter().filter(|(_, choice)| is_made(choice));
            found.extend(read.map(|(variable, _)| variable.clone()));
            open.extend(uses.calls.iter().cloned());
        }
        found
    }
}

/// The name of the function that a line begins to define.
fn defined_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let is_definition = before.is_empty() || before.ends_with(' ');
    let name = after.split(|letter: char| !is_part_of_name(letter)).next()?;
    (is_definition && !name.is_empty()).then_some(name)
}

/// The texts in capitals that stand alone as an argument: `("LOG_LEVEL")`.
fn variables(line: &str) -> impl Iterator<Item = String> {
    let arguments =
        line.split("(\"").skip(1).filter_map(|rest| rest.split_once("\")")).map(|(argument, _)| argument);
    let in_capitals = |text: &&str| {
        !text.is_empty() && text.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_')
    };
    arguments.filter(in_capitals).map(str::to_owned)
}

/// The variant of an enum whose arm of a `match` a line is.
fn choice(line: &str) -> Option<String> {
    let (pattern, _) = line.split_once(" => ")?;
    pattern.contains("::").then(|| pattern.to_owned())
}

/// The names that an opening bracket follows.
fn calls(line: &str) -> impl Iterator<Item = String> {
    let before_brackets = line.split('(').rev().skip(1);
    let last_names =
        before_brackets.filter_map(|text| text.rsplit(|letter: char| !is_part_of_name(letter)).next());
    last_names.filter(|name| !name.is_empty()).map(str::to_owned)
}

fn is_part_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_choice_that_was_made_is_read() {
        let mut code = Code::default();
        code.add("fn front(&self, kind: Kind) {\n    match kind {\n        Kind::A => text(\"A\"),\n        Kind::B => text(\"B\"),\n    }\n}");
        assert_eq!(code.read_by("front: stack.front(Kind::A)?"), BTreeSet::from(["A".to_owned()]));
    }

    #[test]
    fn variables_are_found_through_calls() {
        let mut code = Code::default();
        code.add(
            "impl Stack {\n    pub async fn start() -> Self {\n        log(&env);\n    }\n\n    pub fn both(&self) {\n        \
             self.one()\n    }\n    /// Not text(\"IN_A_COMMENT\").\n    fn one(&self) {\n        \
             T::new(self.env.text(\"ONE_URL\"), self.env.value::<u32>(\"MAX_MS\"))\n    }\n}\n\nfn log(env: &E) {\n    \
             env.text(\"LOG_LEVEL\");\n}\n\nfn unused() {\n    text(\"UNUSED\");\n    panic!(\"NO variable\")\n}\n",
        );
        let main = "let stack = Stack::start().await;\nlet deps = Deps { x: stack.both()?, y: stack.env.value(\"TTL\") };";
        let expected = ["LOG_LEVEL", "MAX_MS", "ONE_URL", "TTL"].map(str::to_owned);
        assert_eq!(code.read_by(main), BTreeSet::from(expected));
    }
}
