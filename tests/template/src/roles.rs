//! What each function may do follows from its code: from its ports, from its endpoint's front, and from what calls it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use shared::http::{Access, Endpoint};
use shared::ports::grants::{KEY_USE_ATTRIBUTES, Part};

use crate::permissions::{EVENT_SOURCE, FRONT_POLICY, LOGS, STATEMENTS, VPC_POLICY};
use crate::project::Declared;
use crate::template::{Resource, Statement, entries, target};
use crate::{Problems, Project, require};

/// The statement about the uses of API keys, and its attributes.
const KEY_USES: &str = "KeyUses";

/// What Lambda itself needs of a stream that it reads for a function.
const STREAM_SOURCE: [&str; 4] =
    ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"];

/// One thing that may be done: by which statement, on which part, which action.
type May = (String, String, String);

/// Statements as they are compared: actions and parts, by the statement's name.
type Statements = BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)>;

/// Every role allows exactly what its function's ports and event sources need beyond the front, and has the front's policy
/// exactly when the endpoint asks who is calling.
pub fn roles_follow_from_ports(project: &Project) -> Problems {
    let front = front(project);
    let mut problems = Problems::new();
    for function in project.template.functions() {
        let Some(declared) = project.declared.get(function.folder()) else {
            problems.push(format!("{}: is in no list of functions", function.name));
            continue;
        };
        let is_known = declared.endpoints.iter().any(asks_who_calls);
        let needed = needed(project, function, declared);
        let own = needed.into_iter().filter(|may| !is_known || !front.contains(may)).collect();
        let statements = project.template.statements(function).into_values();
        problems.extend(compared(function.name, &merged(own), statements));
        let has_front = project.template.managed_policies(function).contains(&FRONT_POLICY);
        problems.extend(require(has_front == is_known, || format!("{}: the front's policy", function.name)));
    }
    problems
}

/// The front's policy allows exactly what the ports of the front need.
pub fn the_front_policy_follows_from_its_ports(project: &Project) -> Problems {
    let policy = project.template.resource(FRONT_POLICY);
    let statements = policy.map(Resource::statements).unwrap_or_default().into_iter();
    compared(FRONT_POLICY, &merged(front(project)), statements).into_iter().collect()
}

/// Every port that a function is given has its grants, and every port that has grants is given to a function.
pub fn every_port_has_its_grants(project: &Project) -> Problems {
    let all = project.declared.values();
    let given: BTreeSet<&str> = all.flat_map(|declared| ports(declared).collect::<Vec<_>>()).collect();
    let granted: BTreeSet<&str> = project.grants.keys().copied().collect();
    let differing = given.symmetric_difference(&granted);
    differing.map(|port| format!("{port}: is only given or only has grants")).collect()
}

/// Only two attributes of an API key may be written where its use is noted, and no other statement is bound to anything.
pub fn only_uses_of_keys_are_bound(project: &Project) -> Problems {
    let bound = json!({ "ForAllValues:StringEquals": { "dynamodb:Attributes": KEY_USE_ATTRIBUTES } });
    let roles = project.template.of_type("AWS::IAM::Role");
    let all = roles.chain(project.template.of_type("AWS::IAM::ManagedPolicy"));
    let statements = all
        .filter(|role| role.name != VPC_POLICY)
        .flat_map(|role| role.statements().into_iter().map(move |found| (role.name, found)));
    let is_wrong = |statement: &Statement<'_>| {
        let expected = (statement.sid() == KEY_USES).then_some(&bound);
        statement.0.get("Condition") != expected
    };
    let wrong = statements.filter(|(_, statement)| is_wrong(statement));
    wrong.map(|(name, statement)| format!("{name}: the condition of {}", statement.sid())).collect()
}

/// Every role and policy stands under the path of the parameter, and every role under the boundary, if there is one.
pub fn roles_are_bounded(project: &Project) -> Problems {
    let boundary = json!({ "Fn::If": ["HasPermissionsBoundary", { "Ref": "PermissionsBoundaryArn" }, { "Ref": "AWS::NoValue" }] });
    let wrong = |role: &Resource<'_>| {
        let is_bounded =
            role.kind() != "AWS::IAM::Role" || role.properties()["PermissionsBoundary"] == boundary;
        !is_bounded || role.properties()["Path"] != json!({ "Ref": "RolePath" })
    };
    let roles = project.template.of_type("AWS::IAM::Role");
    let all = roles.chain(project.template.of_type("AWS::IAM::ManagedPolicy"));
    all.filter(wrong).map(|role| format!("{}: has no path or no boundary", role.name)).collect()
}

fn asks_who_calls(endpoint: &Endpoint) -> bool {
    endpoint.access != Access::Public
}

/// The ports of a function: its handler's, and those of its endpoint's front.
fn ports(declared: &Declared) -> impl Iterator<Item = &'static str> {
    let front = declared.endpoints.iter().flat_map(Endpoint::needs).flat_map(|needs| needs.ports);
    declared.ports.iter().copied().chain(front.copied())
}

/// What the fronts need that ask who is calling.
fn front(project: &Project) -> BTreeSet<May> {
    let endpoints = project.declared.values().flat_map(|declared| &declared.endpoints);
    let needs = endpoints.filter(|endpoint| asks_who_calls(endpoint)).flat_map(Endpoint::needs);
    needs.flat_map(|needs| needs.ports).flat_map(|port| granted(project, port)).collect()
}

fn needed(project: &Project, function: Resource<'_>, declared: &Declared) -> BTreeSet<May> {
    let by_ports = ports(declared).flat_map(|port| granted(project, port));
    by_ports.chain(by_event_sources(function)).collect()
}

fn granted(project: &Project, port: &str) -> Vec<May> {
    let grants = project.grants.get(port).into_iter().flatten();
    let may = |grant: &shared::ports::grants::Grant| {
        let (statement, place) = (grant.statement, part_name(grant.on));
        grant.actions.iter().map(move |action| (statement.to_owned(), place.clone(), (*action).to_owned()))
    };
    grants.flat_map(may).collect()
}

fn part_name(part: Part) -> String {
    match part {
        Part::Whole => String::new(),
        Part::Index(name) => format!("/index/{name}"),
        Part::Objects => "/*".to_owned(),
        Part::Uploads => "/uploads/*".to_owned(),
    }
}

/// What Lambda needs to call a function: it takes from queues and reads streams.
fn by_event_sources(function: Resource<'_>) -> Vec<May> {
    let may = |statement: &str, actions: &[&str]| -> Vec<May> {
        actions.iter().map(|action| (statement.to_owned(), String::new(), (*action).to_owned())).collect()
    };
    let mut found = Vec::new();
    for (_, event) in entries(&function.properties()["Events"]) {
        let queue = target(&event["Properties"]["Queue"]).unwrap_or_default();
        let statement = STATEMENTS.iter().find(|(_, reach)| reach.contains(&queue));
        found.extend(statement.into_iter().flat_map(|(name, _)| may(name, &EVENT_SOURCE)));
        if event["Type"] == "DynamoDB" {
            found.extend(may("Stream", &STREAM_SOURCE));
        }
    }
    found
}

fn merged(all: BTreeSet<May>) -> Statements {
    let mut statements = Statements::new();
    for (statement, part, action) in all {
        let (actions, parts) = statements.entry(statement).or_default();
        actions.insert(action);
        parts.insert(part);
    }
    statements
}

fn compared<'a>(
    name: &str,
    expected: &Statements,
    found: impl Iterator<Item = Statement<'a>>,
) -> Option<String> {
    let owned = |texts: BTreeSet<&str>| texts.into_iter().map(str::to_owned).collect();
    let allowed: Statements = found
        .filter(|statement| statement.sid() != LOGS)
        .map(|statement| (statement.sid().to_owned(), (owned(statement.actions()), owned(statement.parts()))))
        .collect();
    require(allowed == *expected, || format!("{name}: may {allowed:?}, its code needs {expected:?}"))
}
