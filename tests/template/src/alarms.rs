//! Alarms, and the metrics that are made of log lines for them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::template::{Resource, entries, list, target};
use crate::{Problems, Project, require};

/// How many there may be, at $0.10 a month each, idle or not.
const ALARMS_MAX: usize = 20;

/// How many metrics may be made of log lines, at $0.30 a month each for the hours in which they have values.
const METRICS_MAX: usize = 8;

/// Namespace of a metric, its one dimension, and the type of resource that the dimension names.
const WATCHED: &[(&str, &str, &str)] = &[
    ("AWS/SQS", "QueueName", "AWS::SQS::Queue"),
    ("AWS/Lambda", "FunctionName", "AWS::Serverless::Function"),
    ("AWS/DynamoDB", "TableName", "AWS::DynamoDB::Table"),
    ("AWS/ApiGateway", "ApiId", "AWS::Serverless::HttpApi"),
];

/// What a scheduled function's failures are noticed by: `sweep` fails, too, when `promote` is not at work.
const SCHEDULES: &[(&str, &str)] =
    &[("SweepFunction", "SweepFunction"), ("PromoteFunction", "SweepFunction")];

fn alarms(project: &Project) -> impl Iterator<Item = Resource<'_>> {
    project.template.of_type("AWS::CloudWatch::Alarm")
}

fn filters(project: &Project) -> impl Iterator<Item = Resource<'_>> {
    project.template.of_type("AWS::Logs::MetricFilter")
}

/// The one metric that a filter makes.
fn made(filter: Resource<'_>) -> &Value {
    &filter.properties()["MetricTransformations"][0]
}

/// The resource that an alarm watches.
fn watched<'a>(project: &'a Project, alarm: Resource<'a>) -> Option<Resource<'a>> {
    let properties = alarm.properties();
    let (_, dimension, kind) =
        WATCHED.iter().find(|(namespace, ..)| properties["Namespace"] == *namespace)?;
    let [only] = list(&properties["Dimensions"]) else { return None };
    let found = project.template.resource(target(&only["Value"])?)?;
    (only["Name"] == *dimension && found.kind() == *kind).then_some(found)
}

/// Whether an alarm watches something that has values: a resource, a metric of log lines, or all functions together.
fn watches(project: &Project, alarm: Resource<'_>) -> bool {
    let properties = alarm.properties();
    let is_same = |metric: &Value| {
        metric["MetricNamespace"] == properties["Namespace"]
            && metric["MetricName"] == properties["MetricName"]
    };
    let of_all = properties["Namespace"] == "AWS/Lambda" && properties["MetricName"] == "Throttles";
    let is_made = of_all || filters(project).any(|filter| is_same(made(filter)));
    watched(project, alarm).is_some() || (is_made && properties.get("Dimensions").is_none())
}

/// The resources that alarms watch by a metric.
fn watched_by<'a>(project: &'a Project, metric: &str) -> BTreeSet<&'a str> {
    alarms(project)
        .filter(|alarm| alarm.properties()["MetricName"] == metric)
        .filter_map(|alarm| watched(project, alarm).map(|found| found.name))
        .collect()
}

/// Every alarm watches something that exists, and notifies the topic if there is one, also when it ends.
pub fn alarms_watch_what_exists(project: &Project) -> Problems {
    let tells = |choice: &Value| {
        let choice = list(&choice["Fn::If"]);
        choice.len() == 3
            && target(&choice[1][0]) == Some("AlarmTopic")
            && project.template.resource("AlarmTopic").is_some()
    };
    let told = |alarm: Resource<'_>| {
        ["AlarmActions", "OKActions"].iter().all(|when| tells(&alarm.properties()[*when]))
    };
    let wrong = alarms(project).filter(|alarm| !watches(project, *alarm) || !told(*alarm));
    wrong.map(|alarm| format!("{}: watches nothing, or tells nobody", alarm.name)).collect()
}

/// Every metric of log lines is watched by an alarm, and its lines are in a log group of the stack.
pub fn log_metrics_are_watched(project: &Project) -> Problems {
    let names: BTreeSet<&str> =
        alarms(project).filter_map(|alarm| alarm.properties()["MetricName"].as_str()).collect();
    let wrong = filters(project).filter(|filter| {
        let group =
            target(&filter.properties()["LogGroupName"]).and_then(|name| project.template.resource(name));
        let one = list(&filter.properties()["MetricTransformations"]).len() == 1;
        let free = made(*filter).get("DefaultValue").is_none();
        let is_watched = made(*filter)["MetricName"].as_str().is_some_and(|name| names.contains(name));
        group.is_none_or(|group| group.kind() != "AWS::Logs::LogGroup") || !one || !free || !is_watched
    });
    wrong
        .map(|filter| format!("{}: watched by no alarm, of no log, or costs while idle", filter.name))
        .collect()
}

/// Every dead-letter queue has an alarm.
pub fn dead_letters_are_noticed(project: &Project) -> Problems {
    let noticed = watched_by(project, "ApproximateNumberOfMessagesVisible");
    let dead = project.template.dead_letter_queues();
    dead.difference(&noticed).map(|queue| format!("{queue}: has no alarm")).collect()
}

/// Every queue that nothing takes from is noticed: by the age of its messages, or, where a ticket waits for its session's gap
/// and may be old for that, by the rows that could have gone.
pub fn queues_that_stand_still_are_noticed(project: &Project) -> Problems {
    let by_age = watched_by(project, "ApproximateAgeOfOldestMessage");
    let by_rows = alarms(project).any(|alarm| alarm.properties()["MetricName"] == "StillMs");
    let mappings = project.template.mappings();
    let wrong = mappings.iter().filter(|mapping| {
        let holds_tickets = mapping.function.name == "DispatchFunction";
        if holds_tickets {
            !by_rows || by_age.contains(mapping.queue)
        } else {
            !by_age.contains(mapping.queue)
        }
    });
    wrong.map(|mapping| format!("{}: has no alarm, or one that waiting sets off", mapping.queue)).collect()
}

/// Every function that reads a stream is noticed when it falls behind.
pub fn late_streams_are_noticed(project: &Project) -> Problems {
    let noticed = watched_by(project, "IteratorAge");
    let functions = project.template.functions();
    let reads =
        functions.filter(|function| events(*function, "DynamoDB") && !noticed.contains(function.name));
    reads.map(|function| format!("{}: has no alarm", function.name)).collect()
}

/// Every function that a schedule runs is noticed when it fails or does not run.
pub fn schedules_that_fail_are_noticed(project: &Project) -> Problems {
    let noticed: BTreeSet<&str> = alarms(project)
        .filter(|alarm| alarm.properties()["TreatMissingData"] == "breaching")
        .filter(|alarm| alarm.properties()["MetricName"] == "Errors")
        .filter_map(|alarm| watched(project, alarm).map(|found| found.name))
        .collect();
    let is_noticed = |function: Resource<'_>| {
        SCHEDULES.iter().any(|(name, by)| *name == function.name && noticed.contains(by))
    };
    let functions = project.template.functions();
    let wrong = functions.filter(|function| events(*function, "Schedule") && !is_noticed(*function));
    wrong.map(|function| format!("{}: has no alarm", function.name)).collect()
}

fn events(function: Resource<'_>, kind: &str) -> bool {
    entries(&function.properties()["Events"]).any(|(_, event)| event["Type"] == kind)
}

/// Every alarm is named after the stack, and `docs/OPERATIONS.md` says in a row of its table what it means and what to do; and
/// there is no row of another.
pub fn alarms_are_explained(project: &Project) -> Problems {
    let named: BTreeSet<String> = alarms(project)
        .map(|alarm| {
            let name = alarm.properties()["AlarmName"]["Fn::Sub"].as_str().unwrap_or_default();
            name.strip_prefix("${AWS::StackName}-").unwrap_or(alarm.name).to_owned()
        })
        .collect();
    let rows = project.operations.lines().filter_map(|line| line.strip_prefix("| `<stack>-"));
    let explained: BTreeSet<String> = rows
        .filter(|row| row.split('|').filter(|cell| !cell.trim().is_empty()).count() == 3)
        .filter_map(|row| row.split('`').next().map(str::to_owned))
        .collect();
    named.symmetric_difference(&explained).map(|name| format!("{name}: an alarm, or a row, alone")).collect()
}

/// There are no more alarms and metrics than the idle budget has room for.
pub fn alarms_stay_within_the_budget(project: &Project) -> Problems {
    let count = alarms(project).count();
    let metrics: BTreeSet<String> =
        filters(project).map(|filter| made(filter)["MetricName"].to_string()).collect();
    let own = json!({ "Fn::Sub": "Paceline/${AWS::StackName}" });
    let one_name = filters(project).all(|filter| made(filter)["MetricNamespace"] == own);
    let holds = count <= ALARMS_MAX && metrics.len() <= METRICS_MAX && one_name;
    require(holds, || format!("{count} alarms, {} metrics", metrics.len())).into_iter().collect()
}
