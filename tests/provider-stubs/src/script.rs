//! What the stub is to answer.

use serde::{Deserialize, Serialize};

/// What the stub answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Script {
    /// How long each answer takes, in milliseconds.
    pub latency_ms: u64,
    /// The engine in whose shape successes are answered.
    pub engine: Engine,
    /// The sessions there are; none means every one that is asked for.
    pub sessions: Option<Vec<String>>,
    /// Which recipients get something else than success: the first rule that fits counts.
    pub rules: Vec<Rule>,
    /// What numbers end in that are not on WhatsApp, when WAHA is asked.
    pub missing_numbers: Vec<String>,
    /// What WAHA's calls about numbers and typing get; none for what they ask for.
    pub helpers: Option<Reply>,
    /// This many connections are closed as soon as they are accepted, before anything is read.
    pub closed_connections: u32,
}

/// Which recipients get something else than success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// The digits that their numbers end in; empty for all.
    pub ends_with: String,
    /// How many calls get it; none for every one.
    #[serde(default)]
    pub times: Option<u32>,
    /// What they get.
    pub reply: Reply,
}

/// What a call gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Reply {
    /// Success.
    Accepted,
    /// Success, without a body.
    EmptyBody,
    /// Success, with a body of this many bytes before the JSON ends.
    LongBody {
        /// How many.
        bytes: usize,
    },
    /// Success, with a connection that breaks in the middle of the body.
    TruncatedBody,
    /// Success, with a body that never ends.
    HangingBody,
    /// 422 after a wait, as for a session that is not `WORKING`.
    NotWorking {
        /// Its state, such as `STOPPED`.
        status: String,
        /// How long WAHA hopes for it to come back, in milliseconds.
        wait_ms: u64,
    },
    /// 500 with an exception's message.
    Exception {
        /// The message.
        message: String,
    },
    /// Success, with which Meta says that it keeps the message back.
    Kept {
        /// Why, such as `held_for_quality_assessment`.
        status: String,
    },
    /// An error of Meta's.
    MetaError {
        /// Its code.
        code: i64,
        /// The status.
        status: u16,
        /// What it says about a repeat.
        #[serde(default)]
        is_transient: Option<bool>,
    },
    /// Any status with any body.
    Status {
        /// The status.
        status: u16,
        /// The body.
        #[serde(default)]
        body: String,
        /// What `Retry-After` says.
        #[serde(default)]
        retry_after: Option<String>,
        /// What `Location` says.
        #[serde(default)]
        location: Option<String>,
    },
    /// No answer for as long as the caller waits.
    Hang,
    /// The connection is closed after the whole request was read.
    Close,
}

/// In whose shape successes are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// A browser: `id` is an object.
    Webjs,
    /// A library: `key` holds the id.
    Noweb,
    /// A library in Go: `id` is a text.
    Gows,
    /// An early version of the last: the id lies deep in `_data`.
    GowsData,
    /// An engine that says nothing.
    Silent,
}

impl Default for Script {
    /// 20 ms, WEBJS, and a failure for each number that ends in one of these digits:
    ///
    /// | digits | what |
    /// |---|---|
    /// | 9422 | the session is not working (said after 1 s) |
    /// | 9500 | an exception in the middle |
    /// | 9463 | WhatsApp refuses new chats |
    /// | 9400, 9401, 9429, 9502, 9503, 9504 | that status |
    /// | 9000 | no answer |
    /// | 9001 | the connection closes after the request was read |
    /// | 9002 | success without a body |
    /// | 9003 | success with a body of 10 MB |
    /// | 9190, 9048, 9056, 9026 | Meta's error 190, 131048, 131056, 131026 |
    fn default() -> Self {
        let status = |ends_with: &str, status, body: &str| {
            rule(
                ends_with,
                Reply::Status { status, body: body.to_owned(), retry_after: None, location: None },
            )
        };
        let exception =
            |ends_with, message: &str| rule(ends_with, Reply::Exception { message: message.to_owned() });
        let rules = vec![
            rule("9422", Reply::NotWorking { status: "STOPPED".to_owned(), wait_ms: 1_000 }),
            exception("9500", "Evaluation failed: undefined"),
            exception("9463", "2 UNKNOWN: server returned error 463"),
            status("9400", 400, r#"{"message":"Bad Request","statusCode":400}"#),
            status("9401", 401, r#"{"message":"Unauthorized","statusCode":401}"#),
            status("9429", 429, r#"{"message":"ThrottlerException: Too Many Requests","statusCode":429}"#),
            status("9502", 502, "<html>502 Bad Gateway</html>"),
            status("9503", 503, "no available server"),
            status("9504", 504, "<html>504 Gateway Time-out</html>"),
            rule("9000", Reply::Hang),
            rule("9001", Reply::Close),
            rule("9002", Reply::EmptyBody),
            rule("9003", Reply::LongBody { bytes: 10 * 1024 * 1024 }),
            meta_error("9190", 190, 401),
            meta_error("9048", 131_048, 400),
            meta_error("9056", 131_056, 400),
            meta_error("9026", 131_026, 400),
        ];
        Self {
            latency_ms: 20,
            engine: Engine::Webjs,
            sessions: None,
            rules,
            missing_numbers: Vec::new(),
            helpers: None,
            closed_connections: 0,
        }
    }
}

fn meta_error(ends_with: &str, code: i64, status: u16) -> Rule {
    rule(ends_with, Reply::MetaError { code, status, is_transient: None })
}

fn rule(ends_with: &str, reply: Reply) -> Rule {
    Rule { ends_with: ends_with.to_owned(), times: None, reply }
}

impl Script {
    /// A script in which every call gets `reply`, at once.
    pub fn always(reply: Reply) -> Self {
        Self { latency_ms: 0, rules: vec![rule("", reply)], ..Self::default() }
    }

    /// Whether a number is on WhatsApp.
    pub(crate) fn has_number(&self, chat_id: &str) -> bool {
        let digits = digits(chat_id);
        !self.missing_numbers.iter().any(|end| digits.ends_with(end))
    }

    /// Whether there is such a session.
    pub(crate) fn knows(&self, session: &str) -> bool {
        self.sessions.as_ref().is_none_or(|names| names.iter().any(|name| name == session))
    }

    /// What a call to a chat gets; counts the rules' `times` down.
    pub(crate) fn reply(&mut self, chat_id: &str) -> Reply {
        let digits = digits(chat_id);
        let fits = |rule: &&mut Rule| rule.times != Some(0) && digits.ends_with(&rule.ends_with);
        let Some(rule) = self.rules.iter_mut().find(fits) else { return Reply::Accepted };
        rule.times = rule.times.map(|times| times - 1);
        rule.reply.clone()
    }
}

fn digits(chat_id: &str) -> &str {
    chat_id.split('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_fits_counts_as_often_as_it_says() {
        let mut script =
            Script { rules: vec![rule("99", Reply::Hang), rule("9", Reply::Close)], ..Script::default() };
        script.rules[0].times = Some(1);
        let replies = ["199@c.us", "199@c.us", "18@c.us"].map(|chat_id| script.reply(chat_id));
        assert_eq!(replies, [Reply::Hang, Reply::Close, Reply::Accepted]);
    }

    #[test]
    fn a_script_is_read_as_it_is_written() {
        let text = r#"{"latencyMs":5,"rules":[{"endsWith":"7","times":2,"reply":{"kind":"not_working","status":"FAILED","waitMs":9}}]}"#;
        let script: Script = serde_json::from_str(text).unwrap();
        let reply = Reply::NotWorking { status: "FAILED".to_owned(), wait_ms: 9 };
        let rules = vec![Rule { ends_with: "7".to_owned(), times: Some(2), reply }];
        assert_eq!(script, Script { latency_ms: 5, rules, ..Script::default() });
        let again: Script = serde_json::from_value(serde_json::to_value(Script::default()).unwrap()).unwrap();
        assert_eq!(again, Script::default());
        assert!(serde_json::from_str::<Script>(r#"{"latency":5}"#).is_err());
    }
}
