//! Ways around the template.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The template, as JSON with the long forms of all functions.
#[derive(Clone, Debug, PartialEq)]
pub struct Template(Value);

/// A resource: its logical name and its definition.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'a> {
    /// Its logical name.
    pub name: &'a str,
    /// Its definition.
    pub body: &'a Value,
}

/// One statement of a policy.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'a>(pub &'a Value);

/// A function that SQS calls: the function, and the mapping's properties.
#[derive(Clone, Copy, Debug)]
pub struct Mapping<'a> {
    /// Which function.
    pub function: Resource<'a>,
    /// Logical name of the queue.
    pub queue: &'a str,
    /// The mapping's properties.
    pub properties: &'a Value,
}

impl Template {
    /// Wraps a parsed template.
    pub const fn new(root: Value) -> Self {
        Self(root)
    }

    /// The whole template.
    pub const fn root(&self) -> &Value {
        &self.0
    }

    /// The whole template, to be broken on purpose.
    pub const fn root_mut(&mut self) -> &mut Value {
        &mut self.0
    }

    /// The entries of a section such as `Parameters`.
    pub fn section(&self, name: &str) -> impl Iterator<Item = (&str, &Value)> {
        entries(&self.0[name])
    }

    /// All resources.
    pub fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        self.section("Resources").map(|(name, body)| Resource { name, body })
    }

    /// The resources of one type, such as `AWS::SQS::Queue`.
    pub fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = Resource<'a>> {
        self.resources().filter(move |resource| resource.kind() == kind)
    }

    /// The functions.
    pub fn functions(&self) -> impl Iterator<Item = Resource<'_>> {
        self.of_type("AWS::Serverless::Function")
    }

    /// A resource by its logical name.
    pub fn resource<'a>(&'a self, name: &'a str) -> Option<Resource<'a>> {
        self.0["Resources"].get(name).map(|body| Resource { name, body })
    }

    /// The function's environment: what all have, and its own.
    pub fn environment<'a>(&'a self, function: Resource<'a>) -> BTreeMap<&'a str, &'a Value> {
        let shared = &self.0["Globals"]["Function"]["Environment"]["Variables"];
        entries(shared).chain(entries(&function.properties()["Environment"]["Variables"])).collect()
    }

    /// A function's property, its own or that of all.
    pub fn function_property<'a>(&'a self, function: Resource<'a>, name: &str) -> &'a Value {
        function.properties().get(name).unwrap_or(&self.0["Globals"]["Function"][name])
    }

    /// The function's time-out, in milliseconds.
    pub fn timeout_ms(&self, function: Resource<'_>) -> i64 {
        self.function_property(function, "Timeout").as_i64().unwrap_or(i64::MAX / 1000) * 1000
    }

    /// The statements of a function's role, by their id.
    pub fn statements<'a>(&'a self, function: Resource<'a>) -> BTreeMap<&'a str, Statement<'a>> {
        let role = target(&function.properties()["Role"]).and_then(|name| self.resource(name));
        role.map(Resource::statements)
            .unwrap_or_default()
            .into_iter()
            .map(|found| (found.sid(), found))
            .collect()
    }

    /// The managed policies of a function's role, by their logical names.
    pub fn managed_policies<'a>(&'a self, function: Resource<'a>) -> Vec<&'a str> {
        let role = target(&function.properties()["Role"]).and_then(|name| self.resource(name));
        let policies = role.map(|role| list(&role.properties()["ManagedPolicyArns"])).unwrap_or_default();
        policies.iter().map(|policy| target(policy).unwrap_or_default()).collect()
    }

    /// All that a function's role allows, from its own statements and from its managed policies.
    pub fn all_statements<'a>(&'a self, function: Resource<'a>) -> Vec<Statement<'a>> {
        let policies = self.managed_policies(function).into_iter().filter_map(|name| self.resource(name));
        self.statements(function).into_values().chain(policies.flat_map(Resource::statements)).collect()
    }

    /// All SQS mappings.
    pub fn mappings(&self) -> Vec<Mapping<'_>> {
        self.functions()
            .flat_map(|function| {
                let events =
                    entries(&function.properties()["Events"]).filter(|(_, event)| event["Type"] == "SQS");
                events.map(move |(_, event)| {
                    let properties = &event["Properties"];
                    Mapping { function, queue: target(&properties["Queue"]).unwrap_or_default(), properties }
                })
            })
            .collect()
    }

    /// The logical names of the queues that other queues give up into.
    pub fn dead_letter_queues(&self) -> BTreeSet<&str> {
        self.of_type("AWS::SQS::Queue").filter_map(Resource::dead_letter_queue).collect()
    }
}

impl<'a> Resource<'a> {
    /// Its type.
    pub fn kind(self) -> &'a str {
        self.body["Type"].as_str().unwrap_or_default()
    }

    /// Its properties.
    pub fn properties(self) -> &'a Value {
        &self.body["Properties"]
    }

    /// For a function: the name of its folder, which is also the name of its binary and the end of the function's name.
    pub fn folder(self) -> &'a str {
        let uri = self.properties()["CodeUri"].as_str().unwrap_or_default();
        uri.strip_prefix("functions/").unwrap_or(uri).trim_end_matches('/')
    }

    /// For a queue: its dead-letter queue.
    pub fn dead_letter_queue(self) -> Option<&'a str> {
        target(&self.properties()["RedrivePolicy"]["deadLetterTargetArn"])
    }

    /// For a role or a resource policy: its statements.
    pub fn statements(self) -> Vec<Statement<'a>> {
        let own = &self.properties()["PolicyDocument"];
        let inline = list(&self.properties()["Policies"]).iter().map(|policy| &policy["PolicyDocument"]);
        std::iter::once(own)
            .chain(inline)
            .flat_map(|document| list(&document["Statement"]))
            .map(Statement)
            .collect()
    }
}

impl<'a> Statement<'a> {
    /// Its id.
    pub fn sid(self) -> &'a str {
        self.0["Sid"].as_str().unwrap_or_default()
    }

    /// Its actions.
    pub fn actions(self) -> BTreeSet<&'a str> {
        one_or_more(&self.0["Action"]).iter().filter_map(Value::as_str).collect()
    }

    /// Its resources, as they are written.
    pub fn resources(self) -> &'a [Value] {
        one_or_more(&self.0["Resource"])
    }

    /// The parts of its resources that it is about: nothing, or what follows the name, as in `/index/byAccount`.
    pub fn parts(self) -> BTreeSet<&'a str> {
        let part = |resource: &'a Value| {
            resource["Fn::Sub"].as_str().and_then(|text| text.split_once('}')).map_or("", |(_, part)| part)
        };
        self.resources().iter().map(part).collect()
    }

    /// The logical names of its resources.
    pub fn targets(self) -> BTreeSet<&'a str> {
        self.resources().iter().filter_map(target).collect()
    }
}

/// The logical name that a reference, an attribute or a text such as `${Table.Arn}/index/x` begins with.
pub fn target(value: &Value) -> Option<&str> {
    let substituted = || value["Fn::Sub"].as_str()?.strip_prefix("${")?.split(['.', '}']).next();
    value["Ref"].as_str().or_else(|| value["Fn::GetAtt"][0].as_str()).or_else(substituted)
}

/// The entries of an object; none of anything else.
pub fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

/// The items of a list; none of anything else.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn one_or_more(value: &Value) -> &[Value] {
    match value {
        Value::Null => &[],
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}
