//! Alarms.

use std::collections::BTreeSet;

use crate::template::{Resource, list, target};
use crate::{Problems, Project, require};

/// How many there may be, at $0.10 a month each, idle or not: one for each queue of dead letters, and two more.
const ALARMS_MAX: usize = 5;

/// Namespace of a metric, its one dimension, and the type of resource that the dimension names.
const WATCHED: &[(&str, &str, &str)] = &[
    ("AWS/SQS", "QueueName", "AWS::SQS::Queue"),
    ("AWS/Lambda", "FunctionName", "AWS::Serverless::Function"),
    ("AWS/DynamoDB", "TableName", "AWS::DynamoDB::Table"),
];

fn alarms(project: &Project) -> impl Iterator<Item = Resource<'_>> {
    project.template.of_type("AWS::CloudWatch::Alarm")
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

/// Every alarm watches something that exists, and notifies the topic if there is one.
pub fn alarms_watch_what_exists(project: &Project) -> Problems {
    let tells = |alarm: Resource<'_>| {
        let choice = list(&alarm.properties()["AlarmActions"]["Fn::If"]);
        choice.len() == 3
            && target(&choice[1][0]) == Some("AlarmTopic")
            && project.template.resource("AlarmTopic").is_some()
    };
    let wrong = alarms(project).filter(|alarm| watched(project, *alarm).is_none() || !tells(*alarm));
    wrong.map(|alarm| format!("{}: watches nothing, or tells nobody", alarm.name)).collect()
}

/// Every dead-letter queue has an alarm.
pub fn dead_letters_are_noticed(project: &Project) -> Problems {
    let noticed: BTreeSet<&str> = alarms(project)
        .filter(|alarm| alarm.properties()["MetricName"] == "ApproximateNumberOfMessagesVisible")
        .filter_map(|alarm| watched(project, alarm).map(|queue| queue.name))
        .collect();
    let dead = project.template.dead_letter_queues();
    dead.difference(&noticed).map(|queue| format!("{queue}: has no alarm")).collect()
}

/// There are no more alarms than the idle budget has room for.
pub fn alarms_stay_within_the_budget(project: &Project) -> Problems {
    let count = alarms(project).count();
    require(count <= ALARMS_MAX, || format!("{count} alarms")).into_iter().collect()
}
