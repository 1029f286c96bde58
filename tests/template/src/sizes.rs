//! What AWS bounds, and only tells when it is too late.

use serde_json::Value;

use crate::template::{Resource, entries, list, target};
use crate::{Problems, Project, require};

/// Longest name of a stack that the README promises.
const STACK_NAME_MAX: usize = 40;

/// Longest name of a function: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>.
const FUNCTION_NAME_MAX: usize = 64;

/// Most bytes of all variables of a function together: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
const VARIABLES_MAX: usize = 4096;

/// The longest name or address that `CloudFormation` gives for a resource in a variable: the URL of a queue, or the ARN of a
/// secret, in a stack with the longest name and a region with the longest name.
const REFERENCE_MAX: usize = 160;

/// Every function of a stack with the longest name has a name that Lambda takes.
pub fn names_of_functions_fit(project: &Project) -> Problems {
    let room = FUNCTION_NAME_MAX - STACK_NAME_MAX - "-".len();
    let long = project.template.functions().filter(|function| function.folder().len() > room);
    long.map(|function| format!("{}: its name may have {room} characters", function.folder())).collect()
}

/// The variables of a function fit together, whatever the parameters are set to.
pub fn variables_fit(project: &Project) -> Problems {
    let parameters = &project.template.root()["Parameters"];
    let size = |function: Resource<'_>| -> usize {
        let variables = project.template.environment(function);
        variables.iter().map(|(name, value)| name.len() + longest(parameters, value)).sum()
    };
    let large = project.template.functions().map(|function| (function.name, size(function)));
    let large = large.filter(|(_, bytes)| *bytes > VARIABLES_MAX);
    large.map(|(name, bytes)| format!("{name}: its variables may have {bytes} bytes")).collect()
}

/// The most bytes that a variable can have; more than there may be if nothing bounds it.
fn longest(parameters: &Value, value: &Value) -> usize {
    let Some(name) = target(value) else { return value.to_string().len() };
    match parameters.get(name) {
        Some(parameter) => longest_parameter(parameter).unwrap_or(VARIABLES_MAX + 1),
        None => REFERENCE_MAX,
    }
}

fn longest_parameter(parameter: &Value) -> Option<usize> {
    let texts = list(&parameter["AllowedValues"]).iter().map(|value| value.to_string().len());
    let digits = || parameter["MaxValue"].as_i64().map(|number| number.to_string().len());
    let bound = || parameter["MaxLength"].as_u64().and_then(|length| usize::try_from(length).ok());
    texts.max().or_else(digits).or_else(bound)
}

/// Every set of parameters that makes no sense is refused before anything is changed.
pub fn parameters_go_together(project: &Project) -> Problems {
    let rules = &project.template.root()["Rules"];
    let expected = [
        "SubnetsAndSecurityGroups",
        "ProxyAndSecret",
        "DomainAndCertificate",
        "ZoneOfADomain",
        "AnotherNameFirst",
    ];
    let is_told = |name: &str| {
        let assertions = list(&rules[name]["Assertions"]);
        !assertions.is_empty()
            && assertions.iter().all(|assertion| assertion["AssertDescription"].is_string())
    };
    let missing =
        expected.iter().filter(|name| !is_told(name)).map(|name| format!("{name}: asserts nothing"));
    let known = entries(rules).filter(|(name, _)| !expected.contains(name));
    let unknown = known.map(|(name, _)| format!("{name}: is not held by a test"));
    missing.chain(unknown).chain(require(rules.is_object(), || "there are no rules".to_owned())).collect()
}
