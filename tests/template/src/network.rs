//! Functions in a VPC.

use std::collections::BTreeSet;

use serde_json::json;

use crate::permissions::VPC_POLICY;
use crate::template::Resource;
use crate::{Problems, Project, require};

/// The part of the world that calls providers, by the name of its port.
const PROVIDER: &str = "Provider";

/// The functions that call providers run in the VPC of the parameters, if there is one, and no others; those have the policy.
pub fn who_calls_providers_is_in_the_vpc(project: &Project) -> Problems {
    let vpc = json!({ "Fn::If": [
        "IsInVpc",
        {
            "SubnetIds": { "Fn::Split": [",", { "Ref": "VpcSubnetIds" }] },
            "SecurityGroupIds": { "Fn::Split": [",", { "Ref": "VpcSecurityGroupIds" }] },
        },
        { "Ref": "AWS::NoValue" },
    ] });
    let wrong = |function: &Resource<'_>| {
        let declared = project.declared.get(function.folder());
        let calls = declared.is_some_and(|declared| declared.ports.contains(&PROVIDER));
        let expected = calls.then_some(&vpc);
        let has_policy = project.template.managed_policies(*function).contains(&VPC_POLICY);
        function.properties().get("VpcConfig") != expected || has_policy != calls
    };
    let differing = project.template.functions().filter(wrong);
    differing
        .map(|function| format!("{}: is in the VPC and should not be, or the reverse", function.name))
        .collect()
}

/// What Lambda may do to the network for a function, the function's own code may not; and both only in a VPC.
pub fn network_rights_are_lambdas_alone(project: &Project) -> Problems {
    let policy = project.template.resource(VPC_POLICY);
    let statements = policy.map(Resource::statements).unwrap_or_default();
    let actions = |effect: &str| -> BTreeSet<&str> {
        let those = statements.iter().filter(|statement| statement.0["Effect"] == effect);
        those.flat_map(|statement| statement.actions()).collect()
    };
    let is_conditional = policy.is_some_and(|policy| policy.body["Condition"] == "IsInVpc");
    let is_denied = !actions("Allow").is_empty() && actions("Allow") == actions("Deny");
    let names_functions = statements.iter().any(|statement| {
        let source = &statement.0["Condition"]["ArnLike"]["lambda:SourceFunctionArn"]["Fn::Sub"];
        source.as_str().is_some_and(|arn| arn.ends_with(":function:${AWS::StackName}-*"))
    });
    let holds = is_conditional && is_denied && names_functions;
    require(holds, || format!("{VPC_POLICY}: gives rights to code, or outside of a VPC"))
        .into_iter()
        .collect()
}
