//! What each function may do: its own log, and one statement for each thing that its ports reach.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::template::{Resource, Statement, Template, entries, list, target};
use crate::{Problems, Project, require};

/// The statements of roles, and what each of them reaches.
pub(crate) const STATEMENTS: &[(&str, &[&str])] = &[
    ("Messages", &["MessagesTable"]),
    ("Sessions", &["SessionsTable"]),
    ("Accounts", &["AccountsTable"]),
    ("KeyUses", &["AccountsTable"]),
    ("Limits", &["LimitsTable"]),
    ("Statistics", &["StatisticsTable"]),
    ("Conversations", &["ConversationsTable"]),
    ("Campaigns", &["CampaignsTable"]),
    ("Tickets", &["HighQueue", "NormalQueue", "BulkQueue"]),
    ("Timer", &["TimerQueue"]),
    ("Due", &["DueTable"]),
    ("Stream", &["MessagesTable"]),
    ("Watched", &["WatchedTable"]),
    ("Uploads", &["UploadsBucket"]),
    ("UsedUploads", &["UploadsBucket"]),
    ("Ingest", &["IngestQueue"]),
    ("Chores", &["ChoresQueue"]),
    ("Secret", &["Secret"]),
];

/// Every role's statement for its log.
pub(crate) const LOGS: &str = "Logs";

/// What Lambda itself needs of a queue that it takes from for a function.
pub(crate) const EVENT_SOURCE: [&str; 3] =
    ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];

/// Statements that may have a wildcard, by resource and id, and the effect that they must then have: two deny, and one is about
/// network interfaces that are not there yet.
const WILDCARD_EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("UploadsBucketPolicy", "OnlyTls", "Deny"),
    (VPC_POLICY, "NotByTheFunction", "Deny"),
    (VPC_POLICY, "Interfaces", "Allow"),
];

/// The policy that the functions have in common which know their caller.
pub(crate) const FRONT_POLICY: &str = "FrontPolicy";

/// The policy of a function that may run in a VPC.
pub(crate) const VPC_POLICY: &str = "VpcPolicy";

/// The policies that roles have in common, and how a README names them.
const POLICIES: &[(&str, &str)] = &[(FRONT_POLICY, "Front"), (VPC_POLICY, "Vpc")];

/// Every function's role allows exactly what its README lists: the same statements, the same actions.
pub fn permissions_are_documented(project: &Project) -> Problems {
    let mut problems = Problems::new();
    for function in project.template.functions() {
        let statements = project.template.statements(function).into_iter().filter(|(sid, _)| *sid != LOGS);
        let policies = project.template.managed_policies(function).into_iter();
        let allowed: BTreeMap<&str, BTreeSet<&str>> = statements
            .map(|(sid, found)| (sid, found.actions()))
            .chain(policies.map(|policy| (readme_name(policy), BTreeSet::from([policy]))))
            .collect();
        let readme = project.readmes.get(function.folder());
        let listed: BTreeMap<&str, BTreeSet<&str>> = readme
            .iter()
            .flat_map(|readme| &readme.permissions)
            .map(|(port, actions)| (port.as_str(), actions.iter().map(String::as_str).collect()))
            .collect();
        let difference = || format!("{}: may {allowed:?}, README lists {listed:?}", function.name);
        problems.extend(require(allowed == listed, difference));
    }
    problems
}

fn readme_name(policy: &str) -> &str {
    POLICIES.iter().find(|(name, _)| *name == policy).map_or(policy, |(_, readme)| readme)
}

/// Every function has a role that no other has, with statements of its own; a few policies are all that roles share.
pub fn roles_are_not_shared(project: &Project) -> Problems {
    let template = &project.template;
    let mut seen = BTreeSet::new();
    let mut is_own = |function: Resource<'_>| {
        let role = target(&function.properties()["Role"]).and_then(|name| template.resource(name));
        let is_fine = |policy: &&str| POLICIES.iter().any(|(name, _)| name == policy);
        role.is_some_and(|role| seen.insert(role.name.to_owned()))
            && template.managed_policies(function).iter().all(is_fine)
            && function.properties().get("Policies").is_none()
    };
    let shared = template.functions().filter(|function| !is_own(*function));
    shared.map(|function| format!("{}: has no role of its own", function.name)).collect()
}

/// Every statement has a port's name, once in each role, and allows nothing else than that port.
pub fn statements_reach_their_port(project: &Project) -> Problems {
    let mut problems = Problems::new();
    let roles = project.template.of_type("AWS::IAM::Role");
    let all = roles.chain(project.template.of_type("AWS::IAM::ManagedPolicy"));
    for role in all.filter(|role| role.name != VPC_POLICY) {
        let mut seen = BTreeSet::from([LOGS]);
        for statement in role.statements().into_iter().filter(|statement| statement.sid() != LOGS) {
            let holds = seen.insert(statement.sid()) && reaches_its_port(&project.template, statement);
            problems.extend(require(holds, || format!("{}: {}", role.name, statement.sid())));
        }
    }
    problems
}

fn reaches_its_port(template: &Template, statement: Statement<'_>) -> bool {
    let port = STATEMENTS.iter().find(|(name, _)| *name == statement.sid());
    let targets_fit = port.is_some_and(|(_, reach)| statement.targets() == reach.iter().copied().collect());
    targets_fit
        && statement.0["Effect"] == "Allow"
        && statement.resources().iter().all(|resource| is_whole_or_index(template, resource))
}

/// A resource itself, or an index that the table really has.
fn is_whole_or_index(template: &Template, resource: &Value) -> bool {
    let Some(text) = resource["Fn::Sub"].as_str() else { return target(resource).is_some() };
    if is_objects(template, resource) {
        return true;
    }
    let table = target(resource).and_then(|name| template.resource(name));
    let indexes = table.iter().flat_map(|table| {
        ["LocalSecondaryIndexes", "GlobalSecondaryIndexes"]
            .into_iter()
            .flat_map(|kind| list(&table.properties()[kind]))
    });
    let names: BTreeSet<&str> = indexes.filter_map(|index| index["IndexName"].as_str()).collect();
    text.split_once(".Arn}/index/").is_some_and(|(_, index)| names.contains(index))
}

/// All objects of a bucket, or all uploads: their names are not known beforehand.
fn is_objects(template: &Template, resource: &Value) -> bool {
    let bucket = target(resource).and_then(|name| template.resource(name));
    bucket.is_some_and(|bucket| {
        bucket.kind() == "AWS::S3::Bucket"
            && ["/*", "/uploads/*"].iter().any(|objects| {
                resource["Fn::Sub"].as_str() == Some(&format!("${{{}.Arn}}{objects}", bucket.name))
            })
    })
}

/// Every function may write its own log, and no other.
pub fn functions_write_their_own_log(project: &Project) -> Problems {
    let template = &project.template;
    let is_right = |function: Resource<'_>| {
        let group = target(&function.properties()["LoggingConfig"]["LogGroup"]);
        template.statements(function).get(LOGS).is_some_and(|statement| {
            statement.actions() == BTreeSet::from(["logs:CreateLogStream", "logs:PutLogEvents"])
                && statement.targets() == group.into_iter().collect()
        })
    };
    let wrong = template.functions().filter(|function| !is_right(*function));
    wrong.map(|function| format!("{}: may not write its own log, or more", function.name)).collect()
}

/// No statement has a wildcard in an action, `*` as its resource, or says what is not meant.
pub fn nothing_is_allowed_wholesale(project: &Project) -> Problems {
    let mut problems = Problems::new();
    for resource in project.template.resources() {
        for statement in resource.statements() {
            let effect = statement.0["Effect"].as_str().unwrap_or_default();
            let is_exception = WILDCARD_EXCEPTIONS.contains(&(resource.name, statement.sid(), effect));
            let holds = is_exception || !is_wholesale(&project.template, statement);
            problems
                .extend(require(holds, || format!("{}: {} has a wildcard", resource.name, statement.sid())));
        }
    }
    problems
}

fn is_wholesale(template: &Template, statement: Statement<'_>) -> bool {
    let (actions, resources) = (statement.actions(), statement.resources());
    let says_all = |resource: &Value| {
        let text = resource["Fn::Sub"].as_str().or_else(|| resource.as_str());
        text.is_some_and(|text| text.contains('*')) && !is_objects(template, resource)
    };
    actions.is_empty()
        || actions.iter().any(|action| action.contains('*'))
        || resources.is_empty()
        || resources.iter().any(says_all)
}

/// What a function's environment names it may use, and what it may use its environment or an event source names.
pub fn permissions_follow_the_environment(project: &Project) -> Problems {
    let template = &project.template;
    let is_parameter = |name: &str| template.section("Parameters").any(|(parameter, _)| parameter == name);
    let mut problems = Problems::new();
    for function in template.functions() {
        let environment = template.environment(function);
        let named: BTreeSet<&str> = environment
            .values()
            .filter_map(|value| target(value))
            .filter(|name| !is_parameter(name))
            .collect();
        let events: BTreeSet<&str> = entries(&function.properties()["Events"])
            .flat_map(|(_, event)| ["Queue", "Stream"].map(|source| target(&event["Properties"][source])))
            .flatten()
            .collect();
        let statements = template.all_statements(function).into_iter();
        let allowed: BTreeSet<&str> =
            statements.filter(|found| found.sid() != LOGS).flat_map(Statement::targets).collect();
        let known: BTreeSet<&str> = named.union(&events).copied().collect();
        let differing = allowed.symmetric_difference(&known);
        problems
            .extend(differing.map(|name| format!("{}: {name} is only named or only allowed", function.name)));
    }
    problems
}

/// Every queue that Lambda takes from for a function, the function's role lets it.
pub fn event_sources_are_permitted(project: &Project) -> Problems {
    let template = &project.template;
    let mut problems = Problems::new();
    for mapping in template.mappings() {
        let statements = template.statements(mapping.function);
        let holds = statements.values().any(|statement| {
            let actions = statement.actions();
            statement.targets().contains(mapping.queue)
                && EVENT_SOURCE.iter().all(|action| actions.contains(action))
        });
        problems.extend(require(holds, || {
            format!("{}: can't take from {}", mapping.function.name, mapping.queue)
        }));
    }
    problems
}
