//! Functions: their folders, environment, logs and routes.

use std::collections::BTreeSet;

use serde_json::json;

use crate::template::{Resource, Template, entries, target};
use crate::{Problems, Project, require};

/// The beginning of every path of the API except the default route.
const BASE_PATH: &str = "/api/v1/";

/// The route that answers all the rest.
const DEFAULT_ROUTE: &str = "$default";

/// Every folder of `functions/` is a function of the template, and the reverse, under one name.
pub fn folders_are_functions(project: &Project) -> Problems {
    let in_template: BTreeSet<&str> = project.template.functions().map(Resource::folder).collect();
    let on_disk: BTreeSet<&str> = project.readmes.keys().map(String::as_str).collect();
    let differing = in_template
        .symmetric_difference(&on_disk)
        .map(|name| format!("{name}: folder or function is missing"));
    differing.chain(project.template.functions().filter_map(wrong_name)).collect()
}

fn wrong_name(function: Resource<'_>) -> Option<String> {
    let expected = json!({ "Fn::Sub": format!("${{AWS::StackName}}-{}", function.folder()) });
    require(function.properties()["FunctionName"] == expected, || {
        format!("{}: is not named after its folder", function.name)
    })
}

/// Every function is built by Cargo Lambda and started as the one binary it is.
pub fn functions_are_rust_binaries(project: &Project) -> Problems {
    let template = &project.template;
    let expected = [("Runtime", json!("provided.al2023")), ("Handler", json!("bootstrap"))];
    let wrong = |function: Resource<'_>| {
        function.body["Metadata"]["BuildMethod"] != "rust-cargolambda"
            || expected.iter().any(|(name, value)| template.function_property(function, name) != value)
    };
    template
        .functions()
        .filter(|function| wrong(*function))
        .map(|found| format!("{}: is no Rust function", found.name))
        .collect()
}

/// Every function's README has the sections that the contract for functions asks for.
pub fn readmes_are_complete(project: &Project) -> Problems {
    let expected = ["Trigger", "Environment", "Permissions", "Failures"];
    let incomplete = project.readmes.iter().filter(|(_, readme)| readme.headings != expected);
    incomplete.map(|(name, readme)| format!("{name}/README.md: has {:?}", readme.headings)).collect()
}

/// Every function has exactly the environment that its README lists.
pub fn environment_is_documented(project: &Project) -> Problems {
    let mut problems = Problems::new();
    for function in project.template.functions() {
        let given: BTreeSet<&str> = project.template.environment(function).into_keys().collect();
        let readme = project.readmes.get(function.folder());
        let listed: BTreeSet<&str> =
            readme.iter().flat_map(|readme| &readme.environment).map(String::as_str).collect();
        let differing = given.symmetric_difference(&listed);
        problems.extend(
            differing.map(|name| format!("{}: {name} is only given or only documented", function.name)),
        );
    }
    problems
}

/// Every function has exactly the environment that its code reads.
pub fn environment_is_read(project: &Project) -> Problems {
    let mut problems = Problems::new();
    for function in project.template.functions() {
        let given: BTreeSet<&str> = project.template.environment(function).into_keys().collect();
        let read: BTreeSet<&str> =
            project.variables.get(function.folder()).into_iter().flatten().map(String::as_str).collect();
        let differing = given.symmetric_difference(&read);
        problems
            .extend(differing.map(|name| format!("{}: {name} is only given or only read", function.name)));
    }
    problems
}

/// Every variable that gets its value from a parameter has the parameter's name: `MIN_GAP_MS` is `MinGapMs`.
pub fn variables_bear_their_parameters_names(project: &Project) -> Problems {
    let template = &project.template;
    let parameters: BTreeSet<&str> = template.section("Parameters").map(|(name, _)| name).collect();
    let mut problems = Problems::new();
    for function in template.functions() {
        for (variable, value) in template.environment(function) {
            let source = target(value).unwrap_or_default();
            let expected = parameters.contains(source).then(|| upper_snake(source));
            let holds = expected.is_none_or(|name| name == variable);
            problems.extend(require(holds, || format!("{}: {variable} is {source}", function.name)));
        }
    }
    problems
}

fn upper_snake(camel: &str) -> String {
    let mut name = String::new();
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

/// Every function writes to a log group of its own, of the name that people look for.
pub fn functions_have_log_groups(project: &Project) -> Problems {
    let template = &project.template;
    template.functions().filter_map(|function| wrong_log_group(template, function)).collect()
}

fn wrong_log_group(template: &Template, function: Resource<'_>) -> Option<String> {
    let expected = json!({ "Fn::Sub": format!("/aws/lambda/${{AWS::StackName}}-{}", function.folder()) });
    let group =
        target(&function.properties()["LoggingConfig"]["LogGroup"]).and_then(|name| template.resource(name));
    let holds = group.is_some_and(|group| {
        group.kind() == "AWS::Logs::LogGroup" && group.properties()["LogGroupName"] == expected
    });
    require(holds, || format!("{}: has no log group of its own", function.name))
}

/// Every log group forgets after the days of the parameter.
pub fn logs_are_not_kept_for_ever(project: &Project) -> Problems {
    let groups = project.template.of_type("AWS::Logs::LogGroup");
    let endless =
        groups.filter(|group| group.properties()["RetentionInDays"] != json!({ "Ref": "LogRetentionDays" }));
    endless.map(|group| format!("{}: has no retention", group.name)).collect()
}

/// The contract that the API publishes has every route, and no others.
pub fn the_contract_has_every_route(project: &Project) -> Problems {
    let events = project.template.functions().flat_map(|function| entries(&function.properties()["Events"]));
    let routes: BTreeSet<(String, String)> = events
        .filter(|(_, event)| event["Type"] == "HttpApi")
        .filter_map(|(_, event)| {
            let path = event["Properties"]["Path"].as_str()?.strip_prefix(BASE_PATH)?;
            Some((event["Properties"]["Method"].as_str()?.to_lowercase(), format!("/{path}")))
        })
        .collect();
    let document = document::document();
    let paths = document["paths"].as_object().into_iter().flatten();
    let told: BTreeSet<(String, String)> = paths
        .flat_map(|(path, methods)| {
            entries(methods).map(move |(method, _)| (method.to_owned(), path.clone()))
        })
        .collect();
    let differ = routes.symmetric_difference(&told);
    differ
        .map(|(method, path)| format!("{method} {path}: is in the template or in the contract alone"))
        .collect()
}

/// Every function is called by exactly the routes that its endpoints declare.
pub fn routes_are_as_declared(project: &Project) -> Problems {
    let mut problems = Problems::new();
    for function in project.template.functions() {
        let declared = project.declared.get(function.folder()).into_iter();
        let endpoints = declared.flat_map(|declared| &declared.endpoints);
        let expected: BTreeSet<(String, String)> =
            endpoints.map(|endpoint| route(endpoint.method, endpoint.path)).collect();
        let events = entries(&function.properties()["Events"]);
        let routes: BTreeSet<(String, String)> = events
            .filter(|(_, event)| event["Type"] == "HttpApi")
            .map(|(_, event)| {
                let path = event["Properties"]["Path"].as_str().unwrap_or(DEFAULT_ROUTE);
                let below = path.strip_prefix(BASE_PATH).map(|path| format!("/{path}"));
                let method = event["Properties"]["Method"].as_str().unwrap_or_default();
                route(method, below.as_deref().unwrap_or(path))
            })
            .collect();
        problems.extend(require(routes == expected, || {
            format!("{}: is called by {routes:?}, declares {expected:?}", function.name)
        }));
    }
    problems
}

/// A method and a path; the default route takes every method.
fn route(method: &str, path: &str) -> (String, String) {
    let method = if path == DEFAULT_ROUTE { "" } else { method };
    (method.to_owned(), path.to_owned())
}

/// Every route lies under the base path, but for one `$default`, which answers all the rest.
pub fn routes_are_under_the_base_path(project: &Project) -> Problems {
    let events = project.template.functions().flat_map(|function| entries(&function.properties()["Events"]));
    let paths: Vec<Option<&str>> = events
        .filter(|(_, event)| event["Type"] == "HttpApi")
        .map(|(_, event)| event["Properties"]["Path"].as_str())
        .collect();
    let outside = paths.iter().flatten().filter(|path| !path.starts_with(BASE_PATH));
    let defaults = paths.iter().filter(|path| path.is_none()).count();
    let one_default = require(defaults == 1, || format!("{defaults} default routes instead of one"));
    outside.map(|path| format!("{path}: is not under {BASE_PATH}")).chain(one_default).collect()
}
