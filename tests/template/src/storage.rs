//! Tables, the bucket and the secret.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::template::{Resource, list, target};
use crate::{Problems, Project, require};

/// Tables whose content is worthless after a minute: they may go with the stack, and nothing recovers them.
const SHORT_LIVED: &[&str] = &["LimitsTable"];

/// Tables whose items end by themselves, and the attribute that says when.
const WITH_EXPIRY: &[(&str, &str)] = &[
    ("MessagesTable", "ttl"),
    ("LimitsTable", "expiresAt"),
    ("StatisticsTable", "expiresAt"),
    ("ConversationsTable", "expiresAt"),
];

fn tables(project: &Project) -> impl Iterator<Item = Resource<'_>> {
    project.template.of_type("AWS::DynamoDB::Table")
}

fn outlives_the_stack(resource: Resource<'_>) -> bool {
    let kept = |policy: &str| resource.body[policy].as_str().is_some_and(|value| value.starts_with("Retain"));
    kept("DeletionPolicy") && kept("UpdateReplacePolicy")
}

/// Every table is paid by use: an idle stack costs nothing for them.
pub fn tables_are_on_demand(project: &Project) -> Problems {
    let others = tables(project).filter(|table| table.properties()["BillingMode"] != "PAY_PER_REQUEST");
    others.map(|table| format!("{}: is not on demand", table.name)).collect()
}

/// Every table that matters can be brought back to any second of the last weeks, and outlives the stack.
pub fn tables_are_not_lost(project: &Project) -> Problems {
    let is_safe = |table: &Resource<'_>| {
        let recovery = &table.properties()["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"];
        recovery == true && outlives_the_stack(*table)
    };
    let unsafe_ones = tables(project).filter(|table| !SHORT_LIVED.contains(&table.name) && !is_safe(table));
    unsafe_ones.map(|table| format!("{}: can be lost", table.name)).collect()
}

/// Items that end by themselves do so by the right attribute, and only in the tables that are meant to.
pub fn items_expire_where_they_should(project: &Project) -> Problems {
    let wrong = tables(project).filter(|table| {
        let attribute =
            WITH_EXPIRY.iter().find(|(name, _)| *name == table.name).map(|(_, attribute)| attribute);
        let expected =
            attribute.map_or(Value::Null, |name| json!({ "AttributeName": name, "Enabled": true }));
        table.properties()["TimeToLiveSpecification"] != expected
    });
    wrong.map(|table| format!("{}: wrong time to live", table.name)).collect()
}

/// The bucket is closed to the public in all four ways, encrypted, outlives the stack, and throws away what is done with.
pub fn the_bucket_is_private(project: &Project) -> Problems {
    let public_access = json!({
        "BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true,
    });
    let expected = [
        ("/PublicAccessBlockConfiguration", public_access),
        ("/OwnershipControls/Rules/0/ObjectOwnership", json!("BucketOwnerEnforced")),
        (
            "/BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault/SSEAlgorithm",
            json!("AES256"),
        ),
        ("/LifecycleConfiguration/Rules/0/ExpirationInDays", json!(30)),
        ("/LifecycleConfiguration/Rules/2/ExpirationInDays", json!(30)),
        ("/LifecycleConfiguration/Rules/1/AbortIncompleteMultipartUpload/DaysAfterInitiation", json!(1)),
    ];
    let mut problems = Problems::new();
    for bucket in project.template.of_type("AWS::S3::Bucket") {
        let differing =
            expected.iter().filter(|(pointer, value)| bucket.properties().pointer(pointer) != Some(value));
        problems.extend(differing.map(|(pointer, _)| format!("{}: {pointer}", bucket.name)));
        problems
            .extend(require(outlives_the_stack(bucket), || format!("{}: goes with the stack", bucket.name)));
        problems.extend(require(is_tls_only(project, bucket), || {
            format!("{}: can be read without TLS", bucket.name)
        }));
    }
    problems
}

/// What must never be replaced or deleted by an update: all that outlives the stack.
pub fn the_stack_policy_names_what_is_kept(project: &Project) -> Problems {
    let kept: BTreeSet<String> = project
        .template
        .resources()
        .filter(|resource| outlives_the_stack(*resource))
        .map(|resource| format!("LogicalResourceId/{}", resource.name))
        .collect();
    let statements = list(&project.stack_policy["Statement"]);
    let denied = statements.iter().find(|statement| statement["Effect"] == "Deny");
    let named: BTreeSet<String> = denied
        .map(|statement| list(&statement["Resource"]))
        .unwrap_or_default()
        .iter()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    let actions = denied.map(|statement| &statement["Action"]);
    let refuses = actions == Some(&json!(["Update:Replace", "Update:Delete"]));
    let differing = kept.symmetric_difference(&named);
    let named_wrong = differing.map(|name| format!("{name}: is only kept or only in the stack policy"));
    named_wrong.chain(require(refuses, || "the stack policy lets tables be replaced".to_owned())).collect()
}

/// A page may upload to a signed address and read from one, whichever page it is.
pub fn browsers_reach_the_bucket(project: &Project) -> Problems {
    let headers = ["content-type", "if-none-match"];
    let allows = |bucket: Resource<'_>| {
        let rules = list(&bucket.properties()["CorsConfiguration"]["CorsRules"]);
        rules.iter().any(|rule| {
            rule["AllowedOrigins"] == json!(["*"])
                && rule["AllowedMethods"] == json!(["GET", "PUT"])
                && headers.iter().all(|header| list(&rule["AllowedHeaders"]).contains(&json!(header)))
        })
    };
    let buckets = project.template.of_type("AWS::S3::Bucket");
    buckets.filter(|bucket| !allows(*bucket)).map(|bucket| format!("{}: no CORS", bucket.name)).collect()
}

fn is_tls_only(project: &Project, bucket: Resource<'_>) -> bool {
    let policies = project.template.of_type("AWS::S3::BucketPolicy");
    let mut own = policies.filter(|policy| target(&policy.properties()["Bucket"]) == Some(bucket.name));
    own.any(|policy| {
        policy.statements().iter().any(|statement| {
            statement.0["Effect"] == "Deny"
                && statement.0["Condition"] == json!({ "Bool": { "aws:SecureTransport": "false" } })
                && statement.actions().contains("s3:*")
                && list(&statement.0["Resource"]).len() == 2
        })
    })
}

/// There is one secret (each costs $0.40 a month), long, generated, and kept with the tables that need it.
pub fn there_is_one_secret(project: &Project) -> Problems {
    let secrets: Vec<Resource<'_>> = project.template.of_type("AWS::SecretsManager::Secret").collect();
    let expected = json!({ "PasswordLength": 64, "ExcludePunctuation": true });
    let is_right = |secret: &Resource<'_>| {
        secret.properties()["GenerateSecretString"] == expected && outlives_the_stack(*secret)
    };
    let holds = secrets.len() == 1 && secrets.iter().all(is_right);
    require(holds, || format!("{} secrets, not one that is generated and kept", secrets.len()))
        .into_iter()
        .collect()
}
