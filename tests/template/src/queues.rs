//! Queues and who takes from them.

use domain::tuning::{
    DISPATCH_TIMEOUT_MS, LEASE_MS, TICKET_MAX_AGE_MS, TICKET_MAX_RECEIVES, VISIBILITY_TIMEOUT_MS,
};
use serde_json::json;

use crate::template::{Mapping, Resource};
use crate::{Problems, Project, require};

/// What must lie between the function's time-out and the lease, and between the lease and the visibility: more than two
/// clocks differ, and time enough to record an outcome.
const MARGIN_MS: i64 = 3_000;

/// Half an hour: an outage or a throttled account counts receives without anyone's fault.
const RECEIVES_FOR_OUTAGES: i64 = 50;

/// The least `MaximumConcurrency` that AWS takes.
const LEAST_CONCURRENCY: i64 = 2;

/// The concurrent executions of an account that has not asked for more, once it is no longer new.
const USUAL_QUOTA: i64 = 1000;

fn queues(project: &Project) -> impl Iterator<Item = Resource<'_>> {
    project.template.of_type("AWS::SQS::Queue")
}

fn is_fifo(queue: Resource<'_>) -> bool {
    queue.properties()["FifoQueue"] == true
}

fn visibility_ms(queue: Resource<'_>) -> i64 {
    queue.properties()["VisibilityTimeout"].as_i64().unwrap_or_default() * 1000
}

/// Time-out of dispatch < lease < visibility of its queues, each by the margin, and as the code has them.
pub fn timeouts_are_in_order(project: &Project) -> Problems {
    let template = &project.template;
    let mut problems = Problems::new();
    for mapping in template.mappings() {
        let Some(queue) = template.resource(mapping.queue).filter(|queue| is_fifo(*queue)) else { continue };
        let (timeout_ms, visibility_ms) = (template.timeout_ms(mapping.function), visibility_ms(queue));
        let in_order = timeout_ms + MARGIN_MS <= LEASE_MS && LEASE_MS + MARGIN_MS <= visibility_ms;
        let as_in_code = timeout_ms == DISPATCH_TIMEOUT_MS && visibility_ms == VISIBILITY_TIMEOUT_MS;
        let numbers =
            || format!("{}: {timeout_ms} < {LEASE_MS} < {visibility_ms} ms does not hold", queue.name);
        problems.extend(require(in_order && as_in_code, numbers));
    }
    problems.extend(require(!template.mappings().is_empty(), || "nothing takes from the queues".to_owned()));
    problems
}

/// Every queue hides a message for longer than the function that has it may run.
pub fn visibility_outlasts_the_function(project: &Project) -> Problems {
    let template = &project.template;
    let too_short = |mapping: &Mapping<'_>| {
        template
            .resource(mapping.queue)
            .is_none_or(|queue| visibility_ms(queue) <= template.timeout_ms(mapping.function))
    };
    template
        .mappings()
        .iter()
        .filter(|mapping| too_short(mapping))
        .map(|found| format!("{}: visible too soon", found.queue))
        .collect()
}

/// Every mapping reports failures one by one; replies, ingestion and chores come alone, everything else by up to ten.
pub fn failures_are_reported_one_by_one(project: &Project) -> Problems {
    let wrong = |mapping: &Mapping<'_>| {
        mapping.properties["FunctionResponseTypes"] != json!(["ReportBatchItemFailures"])
            || mapping.properties["BatchSize"] != json!(batch_size(mapping.queue))
    };
    project
        .template
        .mappings()
        .iter()
        .filter(|mapping| wrong(mapping))
        .map(|found| format!("{}: fails as a whole", found.queue))
        .collect()
}

fn batch_size(queue: &str) -> u32 {
    if matches!(queue, "HighQueue" | "IngestQueue" | "ChoresQueue") { 1 } else { 10 }
}

/// Every queue has executions of its own, set by a parameter that bears its name: campaigns take none from replies. A new
/// account can set all to the least that AWS allows, and the defaults leave a third of a usual account's to the API.
pub fn replies_always_find_room(project: &Project) -> Problems {
    let parameters = &project.template.root()["Parameters"];
    let (mut problems, mut total) = (Problems::new(), 0);
    for mapping in project.template.mappings() {
        let name = format!("{}Concurrency", mapping.queue.trim_end_matches("Queue"));
        let limit = &mapping.properties["ScalingConfig"]["MaximumConcurrency"];
        let holds = *limit == json!({ "Ref": name }) && parameters[&name]["MinValue"] == LEAST_CONCURRENCY;
        problems.extend(require(holds, || format!("{}: has no limit of its own", mapping.queue)));
        total += parameters[&name]["Default"].as_i64().unwrap_or(USUAL_QUOTA);
    }
    problems.extend(require(total * 3 <= USUAL_QUOTA * 2, || format!("queues take {total} executions")));
    problems
}

/// Every queue that is taken from gives poison up into a queue of its own kind, which gives up nothing.
pub fn poison_is_given_up(project: &Project) -> Problems {
    let dead = project.template.dead_letter_queues();
    let wrong = |queue: &Resource<'_>| {
        let target = queue.dead_letter_queue().and_then(|name| project.template.resource(name));
        match target {
            None => !dead.contains(queue.name),
            Some(target) => {
                dead.contains(queue.name) || is_fifo(target) != is_fifo(*queue) || !leaves_room(*queue)
            }
        }
    };
    queues(project).filter(wrong).map(|queue| format!("{}: wrong dead-letter queue", queue.name)).collect()
}

/// Waiting is a receive, too: what is recycled by the dispatcher must not be taken away before, nor by an outage.
fn leaves_room(queue: Resource<'_>) -> bool {
    let receives = queue.properties()["RedrivePolicy"]["maxReceiveCount"].as_i64().unwrap_or_default();
    receives >= i64::from(TICKET_MAX_RECEIVES) + RECEIVES_FOR_OUTAGES
}

/// Every queue is encrypted, and keeps messages for longer than the dispatcher keeps a ticket.
pub fn queues_keep_and_encrypt(project: &Project) -> Problems {
    let wrong = |queue: &Resource<'_>| {
        let kept_s = queue.properties()["MessageRetentionPeriod"].as_i64().unwrap_or_default();
        queue.properties()["SqsManagedSseEnabled"] != true || kept_s * 1000 <= TICKET_MAX_AGE_MS
    };
    queues(project)
        .filter(wrong)
        .map(|queue| format!("{}: not encrypted, or forgets too soon", queue.name))
        .collect()
}

/// The FIFO queues that are taken from run in high throughput mode and leave deduplication to the sender.
pub fn fifo_queues_have_high_throughput(project: &Project) -> Problems {
    let expected = [
        ("DeduplicationScope", json!("messageGroup")),
        ("FifoThroughputLimit", json!("perMessageGroupId")),
        ("ContentBasedDeduplication", json!(false)),
    ];
    let differs =
        |queue: Resource<'_>| expected.iter().any(|(name, value)| &queue.properties()[name] != value);
    let slow = queues(project)
        .filter(|queue| is_fifo(*queue) && queue.dead_letter_queue().is_some() && differs(*queue));
    slow.map(|queue| format!("{}: is not in high throughput mode", queue.name)).collect()
}

/// A FIFO queue's name ends as AWS demands, every queue's begins with the stack's.
pub fn queues_are_named_after_the_stack(project: &Project) -> Problems {
    let name = |queue: Resource<'_>| {
        queue.properties()["QueueName"]["Fn::Sub"].as_str().map(str::to_owned).unwrap_or_default()
    };
    let wrong = queues(project).filter(|queue| {
        let name = name(*queue);
        !name.starts_with("${AWS::StackName}-") || name.strip_suffix(".fifo").is_some() != is_fifo(*queue)
    });
    wrong.map(|queue| format!("{}: wrong name", queue.name)).collect()
}
