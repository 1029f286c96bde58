//! What Meta's error codes mean: a test checks that `docs/PROVIDERS.md` has the same table.
//!
//! The code decides, not the HTTP status, about which Meta's own pages disagree.

/// What is done about a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The session is held as one that is too fast; the message waits, without an attempt.
    TooFast,
    /// The session is held as one whose provider has trouble; the message waits, without an attempt.
    Unavailable,
    /// It is not known whether the message was sent; a webhook will report it.
    Unknown,
    /// This recipient is held; its message waits, without an attempt.
    RecipientTooFast,
    /// The session is held for long, since WhatsApp restricts its account or asks for something to be put in order.
    Restricted,
    /// The session is held for long, since its token or its permissions are refused.
    Credentials,
    /// This recipient cannot be written to; the message fails and is not retried.
    Recipient,
    /// The request would be refused for every recipient; a campaign is paused.
    Request,
}

impl Meaning {
    /// Its name in the documentation.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooFast => "session held, `rate_limited`",
            Self::Unavailable => "session held, `provider_unreachable`",
            Self::Unknown => "unknown",
            Self::RecipientTooFast => "recipient held",
            Self::Restricted => "session held, `account_restricted`",
            Self::Credentials => "session held, `credentials_refused`",
            Self::Recipient => "failed",
            Self::Request => "request refused",
        }
    }
}

/// A code, or a range of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// The first.
    pub first: i64,
    /// The last; the same, if it is one.
    pub last: i64,
    /// What is done about it.
    pub meaning: Meaning,
    /// What happened and what to do, as a sentence.
    pub sentence: &'static str,
}

/// What is known about a code.
pub fn lookup(code: i64) -> Option<&'static Code> {
    CODES.iter().find(|row| (row.first..=row.last).contains(&code))
}

/// What is said about a code: our sentence, the code, and what Meta says itself.
pub(crate) fn said(known: &Code, code: i64, words: Option<&str>) -> String {
    let sentence = known.sentence.trim_end_matches('.');
    match words.map(|words| words.trim_end_matches('.')) {
        Some(words) => format!("{sentence} (Meta's code {code}: {words})."),
        None => format!("{sentence} (Meta's code {code})."),
    }
}

const fn code(code: i64, meaning: Meaning, sentence: &'static str) -> Code {
    codes(code, code, meaning, sentence)
}

const fn codes(first: i64, last: i64, meaning: Meaning, sentence: &'static str) -> Code {
    Code { first, last, meaning, sentence }
}

/// All codes that are known, in their order.
pub const CODES: &[Code] = &[
    code(
        0,
        Meaning::Credentials,
        "Meta does not accept the access token; make a new one and give it to the session.",
    ),
    code(2, Meaning::Unavailable, "Meta's service is not available for the moment."),
    code(
        3,
        Meaning::Credentials,
        "The access token's app lacks the capability to send; check its permissions at Meta.",
    ),
    code(4, Meaning::TooFast, "The app has reached Meta's limit of calls; it goes on by itself."),
    code(10, Meaning::Credentials, "The access token lacks a permission to send; grant it at Meta."),
    code(
        33,
        Meaning::Restricted,
        "Meta does not know this phone number id, or the number was deleted; correct the session.",
    ),
    code(
        100,
        Meaning::Request,
        "Meta refuses a parameter of the request; the same would be refused for everybody.",
    ),
    code(
        190,
        Meaning::Credentials,
        "The access token has expired; make a new one and give it to the session.",
    ),
    codes(200, 299, Meaning::Credentials, "The access token lacks a permission to send; grant it at Meta."),
    code(
        368,
        Meaning::Restricted,
        "Meta has blocked the account for a time for violating its policies; see the WhatsApp Manager, and send less or better-wanted messages.",
    ),
    code(
        80007,
        Meaning::TooFast,
        "The WhatsApp Business account has reached its limit of calls; it goes on by itself.",
    ),
    code(130_403, Meaning::Recipient, "WhatsApp does not let this account write to this recipient."),
    code(
        130_429,
        Meaning::TooFast,
        "More messages were sent through this number than Meta lets through; it goes on by itself.",
    ),
    code(
        130_472,
        Meaning::Recipient,
        "Meta keeps this recipient out of marketing messages as part of an experiment; do not send it again.",
    ),
    code(130_497, Meaning::Recipient, "This account may not write to recipients in this country."),
    code(131_000, Meaning::Unknown, "Meta failed while sending, and does not say how far it came"),
    code(131_005, Meaning::Credentials, "The access token lacks a permission to send; grant it at Meta."),
    code(
        131_008,
        Meaning::Request,
        "A parameter that Meta needs is missing; the same would be refused for everybody.",
    ),
    code(
        131_009,
        Meaning::Request,
        "The value of a parameter is one that Meta does not take; the same would be refused for everybody.",
    ),
    code(131_016, Meaning::Unavailable, "Meta's service is overloaded or not available for the moment."),
    code(131_021, Meaning::Recipient, "Sender and recipient are the same number; leave it out."),
    code(
        131_026,
        Meaning::Recipient,
        "The message cannot be delivered: the number is not on WhatsApp, has not accepted its terms, or runs too old a version.",
    ),
    code(
        131_030,
        Meaning::Recipient,
        "This recipient is not on the test number's list of allowed ones; add it at Meta.",
    ),
    code(
        131_031,
        Meaning::Restricted,
        "Meta has locked the account; see the WhatsApp Manager, and appeal there.",
    ),
    code(
        131_037,
        Meaning::Restricted,
        "The number's display name is not approved yet; have it approved at Meta.",
    ),
    code(
        131_042,
        Meaning::Restricted,
        "Meta lacks a valid payment method for this account; mend it in the WhatsApp Manager.",
    ),
    code(
        131_045,
        Meaning::Restricted,
        "The phone number is not registered rightly; register it again at Meta.",
    ),
    code(
        131_047,
        Meaning::Recipient,
        "More than 24 hours have passed since the recipient last wrote; only a template may be sent now.",
    ),
    code(
        131_048,
        Meaning::Restricted,
        "Meta restricts this number, since too many of its messages were blocked or reported as spam; see its quality in the WhatsApp Manager, and send less.",
    ),
    code(
        131_049,
        Meaning::Recipient,
        "Meta keeps this recipient from too many marketing messages; wait a day or longer before the next one.",
    ),
    code(
        131_050,
        Meaning::Recipient,
        "The recipient has opted out of marketing messages; take the number off your lists.",
    ),
    code(131_051, Meaning::Request, "Meta does not take this type of message."),
    code(
        131_053,
        Meaning::Request,
        "Meta could not fetch or read the media; check that the URL is public, and the file's type and size.",
    ),
    code(
        131_056,
        Meaning::RecipientTooFast,
        "Too many messages were sent to this recipient in too short a time; it goes on by itself.",
    ),
    code(131_057, Meaning::Unavailable, "Meta has the account in maintenance; it goes on by itself."),
    code(131_063, Meaning::Request, "Meta does not take this kind of message through this interface."),
    code(
        131_064,
        Meaning::Restricted,
        "Meta restricts what this account may send; see the WhatsApp Manager.",
    ),
    code(132_000, Meaning::Request, "The number of the template's variables is not that of the template."),
    code(132_001, Meaning::Request, "There is no such template in this language, or it is not approved."),
    code(132_005, Meaning::Request, "The template's text is too long with its variables filled in."),
    code(132_007, Meaning::Request, "The template's text violates Meta's policies."),
    code(
        132_012,
        Meaning::Request,
        "A variable of the template has not the form that the template asks for.",
    ),
    code(132_015, Meaning::Request, "Meta has paused the template for its quality; improve it."),
    code(132_016, Meaning::Request, "Meta has disabled the template for its quality; make another one."),
    code(132_018, Meaning::Request, "The template's variables do not fit the template."),
    code(132_068, Meaning::Request, "The flow of the message is blocked."),
    code(132_069, Meaning::Request, "The flow of the message is throttled."),
    code(
        133_000,
        Meaning::Restricted,
        "An earlier registration of the number was not ended; register it again at Meta.",
    ),
    code(133_004, Meaning::Unavailable, "Meta's registration server is not available for the moment."),
    code(133_006, Meaning::Restricted, "The phone number is not verified yet; verify it at Meta."),
    code(
        133_010,
        Meaning::Restricted,
        "The phone number is not registered for the Cloud API; register it at Meta.",
    ),
    code(135_000, Meaning::Request, "Meta refuses a parameter of the request, and does not say which."),
];

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENTATION: &str = include_str!("../../../../docs/PROVIDERS.md");

    fn row_of(code: &Code) -> String {
        let numbers = match (code.first, code.last) {
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first}\u{2013}{last}"),
        };
        format!("| {numbers} | {} | {} |", code.meaning.name(), code.sentence.trim_end_matches('.'))
    }

    #[test]
    fn the_documentation_has_this_very_table() {
        let begin = "| code | outcome | what it says |\n|---|---|---|\n";
        let (_, table) = DOCUMENTATION.split_once(begin).expect("the table of codes");
        let documented: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
        let rows: Vec<String> = CODES.iter().map(row_of).collect();
        assert_eq!(documented, rows, "should be:\n{}", rows.join("\n"));
    }

    #[test]
    fn no_code_is_there_twice() {
        assert!(CODES.iter().all(|code| code.first <= code.last));
        assert!(CODES.windows(2).all(|pair| pair[0].last < pair[1].first));
        assert_eq!(lookup(250).map(|code| code.first), Some(200));
        assert_eq!((lookup(1), lookup(300), lookup(-1)), (None, None, None));
    }

    #[test]
    fn what_is_said_fits_where_it_is_kept() {
        for code in CODES {
            assert!(code.sentence.chars().count() <= 240, "{}", code.first);
            assert_eq!(code.sentence.ends_with('.'), code.meaning != Meaning::Unknown, "{}", code.first);
        }
    }
}
