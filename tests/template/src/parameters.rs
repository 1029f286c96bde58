//! Parameters and outputs: what the people who deploy see.

use std::collections::BTreeSet;

use domain::limits::{GAP_DEFAULT_MAX_MS, GAP_DEFAULT_MIN_MS};
use serde_json::{Value, json};

use crate::template::list;
use crate::{Problems, Project, require};

/// Parameters that are promised before there is a function that uses them.
const UNUSED_YET: &[&str] = &[];

/// The defaults that the documentation promises.
fn promised_defaults() -> [(&'static str, Value); 11] {
    [
        ("SendPerMinute", json!(60)),
        ("BulkPerMinute", json!(10)),
        ("OtherPerMinute", json!(100)),
        ("MinGapMs", json!(GAP_DEFAULT_MIN_MS)),
        ("MaxGapMs", json!(GAP_DEFAULT_MAX_MS)),
        ("GapFloorMs", json!(1000)),
        ("AllowPrivateProviders", json!("false")),
        ("MessageTtlDays", json!(90)),
        ("LogLevel", json!("info")),
        ("Architecture", json!("arm64")),
        ("AlarmEmail", json!("")),
    ]
}

/// Every parameter has the default that the documentation promises.
pub fn defaults_are_as_promised(project: &Project) -> Problems {
    let parameters = &project.template.root()["Parameters"];
    let promised = promised_defaults();
    let differing = promised.iter().filter(|(name, default)| parameters[name]["Default"] != *default);
    differing.map(|(name, default)| format!("{name}: default is not {default}")).collect()
}

/// Every parameter says what it is, refuses what makes no sense, and has its place in the console's form.
pub fn parameters_explain_themselves(project: &Project) -> Problems {
    let form = &project.template.root()["Metadata"]["AWS::CloudFormation::Interface"];
    let groups = list(&form["ParameterGroups"]).iter().flat_map(|group| list(&group["Parameters"]));
    let placed: BTreeSet<&str> = groups.filter_map(Value::as_str).collect();
    let is_complete = |name: &str, parameter: &Value| {
        let is_bounded = parameter["MinValue"].is_number() && parameter["MaxValue"].is_number();
        let is_checked =
            is_bounded || parameter["AllowedValues"].is_array() || parameter["AllowedPattern"].is_string();
        let is_labelled = form["ParameterLabels"][name]["default"].is_string();
        parameter["Description"].is_string() && is_checked && is_labelled && placed.contains(name)
    };
    let incomplete =
        project.template.section("Parameters").filter(|(name, parameter)| !is_complete(name, parameter));
    incomplete.map(|(name, _)| format!("{name}: no description, check, label or group")).collect()
}

/// Every parameter is used, but for those that are listed as not used yet.
pub fn parameters_are_used(project: &Project) -> Problems {
    let mut used = BTreeSet::new();
    collect_references(project.template.root(), &mut used);
    let differing = project
        .template
        .section("Parameters")
        .filter(|(name, _)| used.contains(name) == UNUSED_YET.contains(name));
    differing.map(|(name, _)| format!("{name}: is not used, or is used and still on the list")).collect()
}

fn collect_references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(entries) => {
            found.extend(entries.get("Ref").and_then(Value::as_str));
            entries.values().for_each(|entry| collect_references(entry, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, found)),
        _ => {}
    }
}

/// What scripts and people read from the stack is there, and every output says what it is.
pub fn outputs_are_described(project: &Project) -> Problems {
    let outputs = &project.template.root()["Outputs"];
    let expected = ["ApiBaseUrl", "ApiId", "OperatorFunctionName", "BucketName", "SecretArn"];
    let missing =
        expected.iter().filter(|name| outputs.get(name).is_none()).map(|name| format!("{name}: missing"));
    let described = |output: &Value| output["Description"].is_string();
    let silent = project
        .template
        .section("Outputs")
        .filter_map(|(name, output)| require(described(output), || format!("{name}: no description")));
    missing.chain(silent).collect()
}
