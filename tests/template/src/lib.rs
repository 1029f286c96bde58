//! Compares `template.yaml` with the code and with the functions' READMEs.
//!
//! A check is a function from a [`Project`] to what is wrong with it, one sentence each. The tests run every check on
//! the project as it is, and on copies that were broken on purpose: a check that notices nothing is no check.

pub mod alarms;
pub mod code;
pub mod functions;
pub mod parameters;
pub mod permissions;
pub mod project;
pub mod queues;
pub mod readme;
pub mod roles;
pub mod schedules;
pub mod storage;
pub mod template;
pub mod yaml;

pub use project::Project;

/// What is wrong, one sentence each; empty when nothing is.
pub type Problems = Vec<String>;

/// The sentence, unless the condition holds.
pub(crate) fn require(holds: bool, problem: impl FnOnce() -> String) -> Option<String> {
    (!holds).then(problem)
}
