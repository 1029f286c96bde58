//! Schedules, and who reads the messages table's stream.

use std::collections::BTreeMap;

use domain::tuning::{PROMOTE_PERIOD_MS, SWEEP_PERIOD_MS, WATCH_CACHE_MS, WATCH_SETTLED_MS};
use serde_json::{Value, json};

use crate::template::{Resource, entries, list, target};
use crate::{Problems, Project, require};

/// The functions that run by a schedule, and how often.
const SCHEDULED: &[(&str, i64)] = &[("promote", PROMOTE_PERIOD_MS), ("sweep", SWEEP_PERIOD_MS)];

/// More consumers of one stream slow each other down (DynamoDB).
const STREAM_CONSUMERS_MAX: usize = 2;

/// What Lambda itself needs of a stream that it reads for a function.
const EVENT_SOURCE: [&str; 4] =
    ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"];

/// All events of a kind, each with its function.
fn events<'a>(project: &'a Project, kind: &'static str) -> impl Iterator<Item = (Resource<'a>, &'a Value)> {
    project.template.functions().flat_map(move |function| {
        let of_kind =
            entries(&function.properties()["Events"]).filter(move |(_, event)| event["Type"] == kind);
        of_kind.map(move |(_, event)| (function, &event["Properties"]))
    })
}

/// How a schedule of this many minutes is written.
fn rate(period_ms: i64) -> Value {
    match period_ms / 60_000 {
        1 => json!("rate(1 minute)"),
        minutes => json!(format!("rate({minutes} minutes)")),
    }
}

/// What runs by a schedule does so as often as the code counts on, and nothing else does.
pub fn schedules_are_as_in_code(project: &Project) -> Problems {
    let given: BTreeMap<&str, &Value> = events(project, "Schedule")
        .map(|(function, event)| (function.folder(), &event["Schedule"]))
        .collect();
    let expected: BTreeMap<&str, Value> =
        SCHEDULED.iter().map(|(name, period_ms)| (*name, rate(*period_ms))).collect();
    let is_same = given.len() == expected.len()
        && expected.iter().all(|(name, schedule)| given.get(name) == Some(&schedule));
    let enabled = events(project, "Schedule").all(|(_, event)| event.get("Enabled").is_none());
    require(is_same && enabled, || format!("schedules are {given:?}, not {expected:?}")).into_iter().collect()
}

/// A scheduled run ends before the next one but a few begins: it may overlap, and must not pile up.
pub fn scheduled_runs_end_in_time(project: &Project) -> Problems {
    let mut problems = Problems::new();
    for (function, _) in events(project, "Schedule") {
        let timeout_ms = project.template.timeout_ms(function);
        let holds = (30_000..=60_000).contains(&timeout_ms);
        problems.extend(require(holds, || format!("{}: runs for up to {timeout_ms} ms", function.name)));
    }
    problems
}

/// Every consumer of the stream reads all of it, in batches shorter than what it remembers of them.
pub fn streams_are_read_whole(project: &Project) -> Problems {
    let consumers: Vec<(Resource<'_>, &Value)> = events(project, "DynamoDB").collect();
    let mut problems = Problems::new();
    for (function, event) in &consumers {
        let window_ms = event["MaximumBatchingWindowInSeconds"].as_i64().unwrap_or_default() * 1000;
        let loses = ["MaximumRetryAttempts", "MaximumRecordAgeInSeconds"];
        let holds = event["StartingPosition"] == "TRIM_HORIZON"
            && window_ms < WATCH_CACHE_MS
            && WATCH_CACHE_MS < WATCH_SETTLED_MS
            // More batches at a time keep the order of an item, not of a session.
            && event["ParallelizationFactor"].as_i64().is_none_or(|factor| factor == 1)
            && loses.iter().all(|name| event.get(*name).is_none());
        problems.extend(require(holds, || format!("{}: may miss a part of the stream", function.name)));
    }
    let count = consumers.len();
    problems.extend(require((1..=STREAM_CONSUMERS_MAX).contains(&count), || format!("{count} consumers")));
    problems
}

/// Only what concerns waiting messages invokes `watch`, and all of it does.
pub fn watch_sees_what_waits(project: &Project) -> Problems {
    let exists = json!({ "pendingKey": { "S": [{ "exists": true }] } });
    let expected = ["NewImage", "OldImage"].map(|image| json!({ "dynamodb": { image: exists } }));
    let is_right =
        events(project, "DynamoDB").filter(|(function, _)| function.folder() == "watch").any(|(_, event)| {
            let patterns = list(&event["FilterCriteria"]["Filters"])
                .iter()
                .filter_map(|filter| filter["Pattern"].as_str());
            let given: Vec<Value> =
                patterns.filter_map(|pattern| serde_json::from_str(pattern).ok()).collect();
            given == expected
        });
    require(is_right, || "watch: its filter is not what its code is written for".to_owned())
        .into_iter()
        .collect()
}

/// Every stream that Lambda reads for a function, the function's role lets it.
pub fn stream_readers_are_permitted(project: &Project) -> Problems {
    let mut problems = Problems::new();
    for (function, event) in events(project, "DynamoDB") {
        let statements = project.template.statements(function);
        let holds = statements.get("Stream").is_some_and(|statement| {
            let actions = statement.actions();
            statement.targets() == target(&event["Stream"]).into_iter().collect()
                && EVENT_SOURCE.iter().all(|action| actions.contains(action))
        });
        problems.extend(require(holds, || format!("{}: can't read its stream", function.name)));
    }
    problems
}
