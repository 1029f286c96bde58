//! Loops through queues: a function that can send to a queue which it is called from, directly or through others.
//!
//! Lambda takes such a loop for a mistake and stops it after about 16 rounds, unless the function says `RecursiveLoop: Allow`.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::permissions::STATEMENTS;
use crate::template::{Resource, Template};
use crate::{Problems, Project, require};

/// Every loop by the statement that lets a function send into it, and why it ends.
const LOOPS: &[(&str, &str, &str)] = &[
    (
        "DispatchFunction",
        "Timer",
        "A ticket comes back from the timer for a message that waits: the message is sent, fails or is cancelled in the end, and \
         a ticket that finds nothing waiting is deleted.",
    ),
    (
        "WakeFunction",
        "Tickets",
        "The other half of it: one ticket goes out of the timer for each that came in.",
    ),
    (
        "WakeFunction",
        "Timer",
        "An item that fails is sent anew after 20 receives, with pauses of up to 15 minutes; it ends when what it needs works \
         again. A report is dropped after 8 tries.",
    ),
    (
        "ChoresFunction",
        "Chores",
        "A step sends the next one only if it has moved the chore's row to it, so that a chain has one end; with the last row \
         cleared, the chore's row is deleted.",
    ),
    (
        "IngestFunction",
        "Ingest",
        "A step sends the step of the next segment; after the last segment it sends none.",
    ),
];

/// The queues that a function can send to, each with the statement that says so.
fn sends<'a>(template: &'a Template, function: Resource<'a>) -> Vec<(&'static str, &'a str)> {
    let statements = template.all_statements(function).into_iter();
    let sending = statements.filter(|statement| statement.actions().contains("sqs:SendMessage"));
    let queue_of = |(sid, queue)| {
        let known = STATEMENTS.iter().find(|(name, _)| *name == sid);
        known.map(|(name, _)| (*name, queue))
    };
    sending
        .flat_map(|statement| statement.targets().into_iter().map(move |queue| (statement.sid(), queue)))
        .filter_map(queue_of)
        .collect()
}

/// The functions that messages of each queue call.
fn called(template: &Template) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut called: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for mapping in template.mappings() {
        called.entry(mapping.queue).or_default().insert(mapping.function.name);
    }
    called
}

/// Whether a message in this queue can lead to a call of this function.
fn leads_to(template: &Template, queue: &str, function: &str) -> bool {
    let called = called(template);
    let (mut open, mut seen) = (vec![queue.to_owned()], BTreeSet::new());
    while let Some(queue) = open.pop() {
        for name in called.get(queue.as_str()).into_iter().flatten() {
            if *name == function {
                return true;
            }
            if let Some(found) = template.resource(name).filter(|_| seen.insert(*name)) {
                open.extend(sends(template, found).into_iter().map(|(_, queue)| queue.to_owned()));
            }
        }
    }
    false
}

/// The loops: a function, and the statement by which it sends into a queue that leads back to it.
fn loops(template: &Template) -> BTreeSet<(&str, &'static str)> {
    let all = template.functions().flat_map(|function| {
        sends(template, function).into_iter().map(move |(statement, queue)| (function.name, statement, queue))
    });
    all.filter(|(function, _, queue)| leads_to(template, queue, function))
        .map(|(function, statement, _)| (function, statement))
        .collect()
}

/// Every loop is known, with the reason why it ends.
pub fn loops_are_known(project: &Project) -> Problems {
    let known: BTreeSet<(&str, &str)> = LOOPS.iter().map(|(function, by, _)| (*function, *by)).collect();
    let found = loops(&project.template);
    let differing = found.symmetric_difference(&known);
    differing.map(|(function, by)| format!("{function}: the loop by {by} is new, or is no more")).collect()
}

/// Lambda is told of exactly the functions that are in a loop on purpose.
pub fn loops_are_allowed(project: &Project) -> Problems {
    let in_loops: BTreeSet<&str> =
        loops(&project.template).into_iter().map(|(function, _)| function).collect();
    let wrong = |function: &Resource<'_>| {
        let expected = in_loops.contains(function.name).then(|| json!("Allow"));
        function.properties().get("RecursiveLoop") != expected.as_ref()
    };
    let for_all = project.template.root()["Globals"]["Function"].get("RecursiveLoop");
    let differing = project.template.functions().filter(wrong);
    differing
        .map(|function| format!("{}: RecursiveLoop is not as its loops need it", function.name))
        .chain(require(for_all.is_none(), || "RecursiveLoop is set for all".to_owned()))
        .collect()
}
