//! Every check holds for the project as it is, and notices what was broken on purpose.

use serde_json::{Value, json};
use shared::http::Access;
use shared::ports::grants::{Grant, Part};
use template_tests::{
    Problems, Project, alarms, functions, loops, network, parameters, permissions, queues, roles, schedules,
    sizes, storage,
};

/// A named way to break the project.
type Breakage = (&'static str, fn(&mut Project));

fn hold_and_notice(check: fn(&Project) -> Problems, breakages: &[Breakage]) {
    let project = Project::load().expect("a project that can be read");
    assert_eq!(check(&project), Problems::new());
    for (what, break_it) in breakages {
        let mut broken = project.clone();
        break_it(&mut broken);
        assert_ne!(check(&broken), Problems::new(), "not noticed: {what}");
    }
}

macro_rules! checks {
    ($($module:ident::$check:ident { $($what:literal: $break_it:expr;)+ })+) => {
        $(#[test]
        fn $check() {
            hold_and_notice($module::$check, &[$(($what, $break_it)),+]);
        })+
    };
}

/// A pointer to a resource's property.
fn property(resource: &str, path: &str) -> String {
    format!("/Resources/{resource}/Properties/{path}")
}

/// A pointer to a statement of a role's only policy, or to a part of it.
fn statement(project: &Project, role: &str, sid: &str, path: &str) -> String {
    let role = project.template.resource(role).expect("a role");
    let position =
        role.statements().iter().position(|statement| statement.sid() == sid).expect("a statement");
    property(role.name, &format!("Policies/0/PolicyDocument/Statement/{position}{path}"))
}

fn set(project: &mut Project, resource: &str, path: &str, value: Value) {
    project.set(&property(resource, path), value);
}

fn remove(project: &mut Project, resource: &str, path: &str) {
    project.remove(&property(resource, path));
}

fn set_statement(project: &mut Project, role: &str, sid: &str, path: &str, value: Value) {
    project.set(&statement(project, role, sid, path), value);
}

fn remove_statement(project: &mut Project, role: &str, sid: &str, path: &str) {
    project.remove(&statement(project, role, sid, path));
}

checks! {
    functions::folders_are_functions {
        "a folder without a function": |p| p.remove("/Resources/WakeFunction");
        "a function without a folder": |p| { p.readmes.remove("wake"); };
        "a name that is not the folder's": |p| set(p, "WakeFunction", "FunctionName", json!("wake"));
    }
    functions::functions_are_rust_binaries {
        "another way to build": |p| p.set("/Resources/WakeFunction/Metadata/BuildMethod", json!("makefile"));
        "another runtime for all": |p| p.set("/Globals/Function/Runtime", json!("provided.al2"));
        "another handler for one": |p| set(p, "WakeFunction", "Handler", json!("wake"));
    }
    functions::readmes_are_complete {
        "a README without failures": |p| p.readmes.values_mut().for_each(|readme| drop(readme.headings.pop()));
    }
    functions::environment_is_documented {
        "a variable that no README lists": |p| set(p, "WakeFunction", "Environment/Variables/MORE", json!("1"));
        "a variable that is not given": |p| remove(p, "WakeFunction", "Environment/Variables/HIGH_QUEUE_URL");
        "a shared variable that is not given": |p| p.remove("/Globals/Function/Environment/Variables/LOG_LEVEL");
    }
    functions::environment_is_read {
        "a variable that no code reads": |p| set(p, "WakeFunction", "Environment/Variables/MORE", json!("1"));
        "a variable that is not given": |p| remove(p, "DispatchFunction", "Environment/Variables/SECRET_ARN");
        "a variable that the code reads no more": |p| { p.variables.get_mut("wake").unwrap().remove("LOG_LEVEL"); };
    }
    functions::variables_bear_their_parameters_names {
        "two parameters mixed up": |p| set(p, "DispatchFunction", "Environment/Variables/MIN_GAP_MS", json!({ "Ref": "MaxGapMs" }));
    }
    functions::functions_have_log_groups {
        "no log group": |p| remove(p, "WakeFunction", "LoggingConfig");
        "another's log group": |p| set(p, "WakeFunction", "LoggingConfig/LogGroup", json!({ "Ref": "DispatchLogs" }));
        "a log group that is missing": |p| p.remove("/Resources/WakeLogs");
    }
    functions::logs_are_not_kept_for_ever {
        "a function's log": |p| remove(p, "WakeLogs", "RetentionInDays");
        "the API's log": |p| remove(p, "ApiLogs", "RetentionInDays");
    }
    functions::routes_are_under_the_base_path {
        "a route elsewhere": |p| set(p, "GetMessageFunction", "Events/Get/Properties/Path", json!("/messages/{id}"));
        "no default route": |p| remove(p, "NotFoundFunction", "Events/Default");
        "two default routes": |p| remove(p, "GetMessageFunction", "Events/Get/Properties/Path");
    }

    functions::the_contract_has_every_route {
        "a route that is not told": |p| set(p, "GetMessageFunction", "Events/Get/Properties/Path", json!("/api/v1/other"));
        "a route that is not there": |p| remove(p, "GetMessageFunction", "Events/Get");
    }

    functions::routes_are_as_declared {
        "another method": |p| set(p, "GetMessageFunction", "Events/Get/Properties/Method", json!("POST"));
        "another path": |p| set(p, "GetMessageFunction", "Events/Get/Properties/Path", json!("/api/v1/other"));
        "a declaration that differs": |p| p.declared.get_mut("get-message").unwrap().endpoints[0].path = "/message/{id}";
        "a declared method that differs": |p| p.declared.get_mut("get-message").unwrap().endpoints[0].method = "POST";
        "two functions' routes exchanged": |p| {
            set(p, "GetMessageFunction", "Events/Get/Properties/Path", json!("/api/v1/sessions/{id}"));
            set(p, "GetSessionFunction", "Events/Get/Properties/Path", json!("/api/v1/messages/{id}"));
        };
    }

    queues::timeouts_are_in_order {
        "a time-out as long as the lease": |p| set(p, "DispatchFunction", "Timeout", json!(20));
        "a time-out too close to the lease": |p| set(p, "DispatchFunction", "Timeout", json!(18));
        "the time-out of all functions": |p| remove(p, "DispatchFunction", "Timeout");
        "visibility as short as the lease": |p| set(p, "HighQueue", "VisibilityTimeout", json!(20));
        "visibility too close to the lease": |p| set(p, "NormalQueue", "VisibilityTimeout", json!(22));
        "no visibility": |p| remove(p, "BulkQueue", "VisibilityTimeout");
    }
    queues::visibility_outlasts_the_function {
        "a timer that shows up too soon": |p| set(p, "TimerQueue", "VisibilityTimeout", json!(10));
        "a queue that does not exist": |p| p.remove("/Resources/TimerQueue");
    }
    queues::failures_are_reported_one_by_one {
        "no response types": |p| remove(p, "DispatchFunction", "Events/Bulk/Properties/FunctionResponseTypes");
        "empty response types": |p| set(p, "WakeFunction", "Events/Timer/Properties/FunctionResponseTypes", json!([]));
        "another batch size": |p| set(p, "WakeFunction", "Events/Timer/Properties/BatchSize", json!(1));
        "normal messages that are not merged": |p| set(p, "DispatchFunction", "Events/Normal/Properties/BatchSize", json!(1));
        "replies that wait for each other": |p| set(p, "DispatchFunction", "Events/High/Properties/BatchSize", json!(10));
    }
    queues::replies_always_find_room {
        "normal without a limit": |p| remove(p, "DispatchFunction", "Events/Normal/Properties/ScalingConfig");
        "bulk without a limit": |p| remove(p, "DispatchFunction", "Events/Bulk/Properties/ScalingConfig");
        "replies that share a limit": |p| set(p, "DispatchFunction", "Events/High/Properties/ScalingConfig/MaximumConcurrency", json!({ "Ref": "BulkConcurrency" }));
        "a limit that is written": |p| set(p, "WakeFunction", "Events/Timer/Properties/ScalingConfig/MaximumConcurrency", json!(5));
        "one that a new account cannot set": |p| p.set("/Parameters/BulkConcurrency/MinValue", json!(5));
        "nothing left for the API": |p| p.set("/Parameters/NormalConcurrency/Default", json!(900));
    }
    queues::poison_is_given_up {
        "no dead-letter queue": |p| remove(p, "TimerQueue", "RedrivePolicy");
        "one that does not exist": |p| p.remove("/Resources/TimerDeadQueue");
        "one of the other kind": |p| set(p, "HighQueue", "RedrivePolicy/deadLetterTargetArn", json!({ "Fn::GetAtt": ["TimerDeadQueue", "Arn"] }));
        "one in a circle": |p| set(p, "TimerDeadQueue", "RedrivePolicy", json!({ "deadLetterTargetArn": { "Fn::GetAtt": ["TimerQueue", "Arn"] }, "maxReceiveCount": 100 }));
        "fewer receives than deferrals": |p| set(p, "HighQueue", "RedrivePolicy/maxReceiveCount", json!(20));
    }
    queues::queues_keep_and_encrypt {
        "not encrypted": |p| set(p, "HighQueue", "SqsManagedSseEnabled", json!(false));
        "kept for four days by default": |p| remove(p, "TimerDeadQueue", "MessageRetentionPeriod");
        "kept for an hour": |p| set(p, "BulkQueue", "MessageRetentionPeriod", json!(3600));
    }
    queues::fifo_queues_have_high_throughput {
        "limits for the whole queue": |p| remove(p, "BulkQueue", "FifoThroughputLimit");
        "deduplication over all groups": |p| set(p, "HighQueue", "DeduplicationScope", json!("queue"));
        "deduplication by content": |p| set(p, "HighQueue", "ContentBasedDeduplication", json!(true));
    }
    queues::queues_are_named_after_the_stack {
        "a name of its own": |p| set(p, "HighQueue", "QueueName", json!({ "Fn::Sub": "high.fifo" }));
        "FIFO without its ending": |p| set(p, "HighQueue", "QueueName", json!({ "Fn::Sub": "${AWS::StackName}-high" }));
        "not FIFO by mistake": |p| remove(p, "TicketsDeadQueue", "FifoQueue");
    }

    loops::loops_are_known {
        "a new one": |p| set_statement(p, "DispatchRole", "Tickets", "/Action", json!(["sqs:ReceiveMessage", "sqs:SendMessage"]));
        "one that is no more": |p| remove_statement(p, "IngestRole", "Ingest", "");
        "one that another queue opens": |p| set(p, "WakeFunction", "Events/Timer/Properties/Queue", json!({ "Fn::GetAtt": ["IngestQueue", "Arn"] }));
    }
    loops::loops_are_allowed {
        "one that is stopped": |p| remove(p, "WakeFunction", "RecursiveLoop");
        "one that is stopped on purpose": |p| set(p, "IngestFunction", "RecursiveLoop", json!("Terminate"));
        "a function without a loop": |p| set(p, "SweepFunction", "RecursiveLoop", json!("Allow"));
        "all functions": |p| p.set("/Globals/Function/RecursiveLoop", json!("Allow"));
    }

    network::who_calls_providers_is_in_the_vpc {
        "dispatch outside": |p| remove(p, "DispatchFunction", "VpcConfig");
        "dispatch without rights": |p| remove(p, "DispatchRole", "ManagedPolicyArns");
        "always inside": |p| { let inside = p.template.root()["Resources"]["DispatchFunction"]["Properties"]["VpcConfig"]["Fn::If"][1].clone(); set(p, "DispatchFunction", "VpcConfig", inside); };
        "another function with rights": |p| set(p, "WakeRole", "ManagedPolicyArns", json!([{ "Ref": "VpcPolicy" }]));
    }
    network::network_rights_are_lambdas_alone {
        "rights for code": |p| p.remove("/Resources/VpcPolicy/Properties/PolicyDocument/Statement/1");
        "one right for code": |p| { p.remove("/Resources/VpcPolicy/Properties/PolicyDocument/Statement/1/Action/0"); };
        "rights without a VPC": |p| p.remove("/Resources/VpcPolicy/Condition");
        "denied to Lambda, too": |p| p.remove("/Resources/VpcPolicy/Properties/PolicyDocument/Statement/1/Condition");
    }

    sizes::names_of_functions_fit {
        "a long name": |p| set(p, "WakeFunction", "CodeUri", json!("functions/a-name-that-is-far-too-long/"));
    }
    sizes::variables_fit {
        "a parameter without a bound": |p| p.remove("/Parameters/BillingPlans/MaxLength");
        "a parameter that fills them": |p| p.set("/Parameters/BillingPlans/MaxLength", json!(4000));
        "many small ones": |p| p.set("/Parameters/TrustedProxySecret/MaxLength", json!(2000));
    }
    sizes::parameters_go_together {
        "no rules": |p| p.remove("/Rules");
        "one rule less": |p| p.remove("/Rules/ProxyAndSecret");
        "one that asserts nothing": |p| p.remove("/Rules/AnotherNameFirst/Assertions/0");
    }

    schedules::schedules_are_as_in_code {
        "another period": |p| set(p, "PromoteFunction", "Events/EachMinute/Properties/Schedule", json!("rate(2 minutes)"));
        "switched off": |p| set(p, "SweepFunction", "Events/EachFiveMinutes/Properties/Enabled", json!(false));
        "one that nobody counts on": |p| set(p, "WakeFunction", "Events/Often", json!({ "Type": "Schedule", "Properties": { "Schedule": "rate(1 minute)" } }));
        "none": |p| remove(p, "SweepFunction", "Events/EachFiveMinutes");
    }
    schedules::scheduled_runs_end_in_time {
        "runs that pile up": |p| set(p, "SweepFunction", "Timeout", json!(900));
        "runs that end at once": |p| remove(p, "PromoteFunction", "Timeout");
    }
    schedules::streams_are_read_whole {
        "from now on": |p| set(p, "WatchFunction", "Events/Messages/Properties/StartingPosition", json!("LATEST"));
        "records that are given up": |p| set(p, "WatchFunction", "Events/Messages/Properties/MaximumRetryAttempts", json!(3));
        "batches that overtake each other": |p| set(p, "ProjectFunction", "Events/Changes/Properties/ParallelizationFactor", json!(4));
        "a window as long as the memory": |p| set(p, "WatchFunction", "Events/Messages/Properties/MaximumBatchingWindowInSeconds", json!(300));
        "nobody reads it": |p| { remove(p, "WatchFunction", "Events/Messages"); remove(p, "ProjectFunction", "Events/Changes") };
    }
    schedules::watch_sees_what_waits {
        "no filter": |p| remove(p, "WatchFunction", "Events/Messages/Properties/FilterCriteria");
        "half of it": |p| p.remove(&property("WatchFunction", "Events/Messages/Properties/FilterCriteria/Filters/1"));
    }
    schedules::stream_readers_are_permitted {
        "no reading": |p| set_statement(p, "WatchRole", "Stream", "/Action", json!(["dynamodb:ListStreams"]));
        "another table": |p| set(p, "WatchFunction", "Events/Messages/Properties/Stream", json!({ "Fn::GetAtt": ["SessionsTable", "StreamArn"] }));
    }

    storage::tables_are_on_demand {
        "provisioned": |p| set(p, "MessagesTable", "BillingMode", json!("PROVISIONED"));
        "by default": |p| remove(p, "LimitsTable", "BillingMode");
    }
    storage::tables_are_not_lost {
        "no recovery": |p| remove(p, "SessionsTable", "PointInTimeRecoverySpecification");
        "recovery switched off": |p| set(p, "MessagesTable", "PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled", json!(false));
        "deleted with the stack": |p| p.set("/Resources/AccountsTable/DeletionPolicy", json!("Delete"));
        "deleted when replaced": |p| p.remove("/Resources/AccountsTable/UpdateReplacePolicy");
    }
    storage::items_expire_where_they_should {
        "messages for ever": |p| remove(p, "MessagesTable", "TimeToLiveSpecification");
        "another attribute": |p| set(p, "LimitsTable", "TimeToLiveSpecification/AttributeName", json!("ttl"));
        "messages by another attribute": |p| set(p, "MessagesTable", "TimeToLiveSpecification/AttributeName", json!("expiresAt"));
        "accounts that expire": |p| set(p, "AccountsTable", "TimeToLiveSpecification", json!({ "AttributeName": "expiresAt", "Enabled": true }));
    }
    storage::the_bucket_is_private {
        "public lists": |p| set(p, "UploadsBucket", "PublicAccessBlockConfiguration/IgnorePublicAcls", json!(false));
        "owned by uploaders": |p| remove(p, "UploadsBucket", "OwnershipControls");
        "not encrypted": |p| remove(p, "UploadsBucket", "BucketEncryption");
        "kept for ever": |p| remove(p, "UploadsBucket", "LifecycleConfiguration");
        "campaigns kept for ever": |p| remove(p, "UploadsBucket", "LifecycleConfiguration/Rules/2");
        "deleted with the stack": |p| p.remove("/Resources/UploadsBucket/DeletionPolicy");
        "without TLS": |p| p.remove("/Resources/UploadsBucketPolicy");
        "a policy that denies nothing": |p| set(p, "UploadsBucketPolicy", "PolicyDocument/Statement/0/Condition", json!({}));
    }
    storage::the_stack_policy_names_what_is_kept {
        "a table that it does not name": |p| { let one = p.template.root()["Resources"]["DueTable"].clone(); p.set("/Resources/MoreTable", one); };
        "a table that is not kept": |p| p.remove("/Resources/DueTable");
        "replacement": |p| p.stack_policy["Statement"][1]["Action"] = json!(["Update:Delete"]);
        "nothing denied": |p| p.stack_policy["Statement"][1]["Effect"] = json!("Allow");
    }
    storage::browsers_reach_the_bucket {
        "no page": |p| remove(p, "UploadsBucket", "CorsConfiguration");
        "a header that is missing": |p| set(p, "UploadsBucket", "CorsConfiguration/CorsRules/0/AllowedHeaders", json!(["content-type"]));
        "no uploads": |p| set(p, "UploadsBucket", "CorsConfiguration/CorsRules/0/AllowedMethods", json!(["GET"]));
    }
    storage::there_is_one_secret {
        "none": |p| p.remove("/Resources/Secret");
        "two": |p| { let one = p.template.root()["Resources"]["Secret"].clone(); p.set("/Resources/Second", one); };
        "a written one": |p| { remove(p, "Secret", "GenerateSecretString"); set(p, "Secret", "SecretString", json!("x")); };
        "deleted with the stack": |p| p.remove("/Resources/Secret/DeletionPolicy");
    }

    roles::roles_follow_from_ports {
        "a port too many": |p| p.declared.get_mut("list-api-keys").unwrap().ports.push("RevokeApiKeys");
        "a port that may do more": |p| {
            let more = Grant { statement: "Due", on: Part::Whole, actions: &["dynamodb:DeleteItem"] };
            p.grants.get_mut("ReadWakeUps").unwrap().push(more);
        };
        "a port on another index": |p| p.grants.get_mut("ReadLines").unwrap()[0].on = Part::Index("byAccount");
        "a role that may do less": |p| set_statement(p, "DispatchRole", "Messages", "/Action", json!(["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"]));
        "a role that may do more": |p| set_statement(p, "SweepRole", "Due", "/Action", json!(["dynamodb:DeleteItem", "dynamodb:Query"]));
        "a role without its index": |p| set_statement(p, "DispatchRole", "Messages", "/Resource", json!([{ "Fn::GetAtt": ["MessagesTable", "Arn"] }]));
        "a role without the front's policy": |p| remove(p, "SendMessageRole", "ManagedPolicyArns");
        "the front's policy for whom it is not": |p| set(p, "WakeRole", "ManagedPolicyArns", json!([{ "Ref": "FrontPolicy" }]));
        "an endpoint that anybody may call": |p| p.declared.get_mut("get-message").unwrap().endpoints[0].access = Access::Public;
        "an event source that may not be read": |p| remove_statement(p, "ProjectRole", "Stream", "");
    }
    roles::the_front_policy_follows_from_its_ports {
        "none": |p| p.remove("/Resources/FrontPolicy");
        "less": |p| p.remove("/Resources/FrontPolicy/Properties/PolicyDocument/Statement/3");
        "more": |p| p.set("/Resources/FrontPolicy/Properties/PolicyDocument/Statement/0/Action", json!(["dynamodb:GetItem", "dynamodb:PutItem"]));
        "a front that asks for less": |p| { p.grants.remove("NoteApiKeyUses"); };
    }
    roles::every_port_has_its_grants {
        "a port without grants": |p| { p.grants.remove("ReadLines"); };
        "grants without a port": |p| { p.grants.insert("ManageEverything", Vec::new()); };
    }
    roles::roles_are_bounded {
        "a role without a boundary": |p| remove(p, "WakeRole", "PermissionsBoundary");
        "a role without a path": |p| remove(p, "WakeRole", "Path");
        "a policy without a path": |p| remove(p, "FrontPolicy", "Path");
    }
    roles::only_uses_of_keys_are_bound {
        "any attribute": |p| p.remove("/Resources/FrontPolicy/Properties/PolicyDocument/Statement/1/Condition");
        "another attribute": |p| p.set("/Resources/FrontPolicy/Properties/PolicyDocument/Statement/1/Condition", json!({ "ForAllValues:StringEquals": { "dynamodb:Attributes": ["pk", "accountId"] } }));
        "a condition elsewhere": |p| set_statement(p, "WakeRole", "Timer", "/Condition", json!({}));
    }

    permissions::permissions_are_documented {
        "an action that no README lists": |p| set_statement(p, "SendMessageRole", "Messages", "/Action", json!(["dynamodb:PutItem", "dynamodb:Scan"]));
        "an action that is not allowed": |p| set_statement(p, "GetMessageRole", "Messages", "/Action", json!(["dynamodb:GetItem"]));
        "a port that is not allowed": |p| remove_statement(p, "WakeRole", "Tickets", "");
        "a port that no README lists": |p| { p.readmes.get_mut("dispatch").unwrap().permissions.remove("Timer"); };
    }
    permissions::roles_are_not_shared {
        "another's role": |p| set(p, "WakeFunction", "Role", json!({ "Fn::GetAtt": ["DispatchRole", "Arn"] }));
        "SAM's role": |p| remove(p, "WakeFunction", "Role");
        "SAM's policies": |p| set(p, "WakeFunction", "Policies", json!(["AmazonSQSFullAccess"]));
        "a managed policy": |p| set(p, "WakeRole", "ManagedPolicyArns", json!(["arn:aws:iam::aws:policy/AmazonSQSFullAccess"]));
    }
    permissions::statements_reach_their_port {
        "another table": |p| set_statement(p, "SendMessageRole", "Messages", "/Resource", json!({ "Fn::GetAtt": ["AccountsTable", "Arn"] }));
        "one queue of three": |p| set_statement(p, "WakeRole", "Tickets", "/Resource", json!([{ "Fn::GetAtt": ["HighQueue", "Arn"] }]));
        "an index that does not exist": |p| set_statement(p, "DispatchRole", "Messages", "/Resource/1", json!({ "Fn::Sub": "${MessagesTable.Arn}/index/waiting" }));
        "all indexes": |p| set_statement(p, "DispatchRole", "Messages", "/Resource/1", json!({ "Fn::Sub": "${MessagesTable.Arn}/index/*" }));
        "a port nobody knows": |p| set_statement(p, "SendMessageRole", "Messages", "/Sid", json!("Tables"));
        "a port twice": |p| set_statement(p, "SendMessageRole", "Messages", "/Sid", json!("Sessions"));
        "a denial": |p| set_statement(p, "SendMessageRole", "Messages", "/Effect", json!("Deny"));
    }
    permissions::functions_write_their_own_log {
        "no log": |p| remove_statement(p, "NotFoundRole", "Logs", "");
        "another's log": |p| set_statement(p, "WakeRole", "Logs", "/Resource", json!({ "Fn::GetAtt": ["DispatchLogs", "Arn"] }));
        "creating groups": |p| set_statement(p, "WakeRole", "Logs", "/Action/1", json!("logs:CreateLogGroup"));
    }
    permissions::nothing_is_allowed_wholesale {
        "all actions": |p| set_statement(p, "WakeRole", "Messages", "/Action", json!(["dynamodb:*"]));
        "all indexes": |p| set_statement(p, "DispatchRole", "Messages", "/Resource/1", json!({ "Fn::Sub": "${MessagesTable.Arn}/index/*" }));
        "everything below a table": |p| set_statement(p, "DispatchRole", "Messages", "/Resource/1", json!({ "Fn::Sub": "${MessagesTable.Arn}/*" }));
        "one action as a text": |p| set_statement(p, "WakeRole", "Messages", "/Action", json!("*"));
        "all resources": |p| set_statement(p, "WakeRole", "Messages", "/Resource", json!("*"));
        "everything but one action": |p| { remove_statement(p, "WakeRole", "Messages", "/Action"); set_statement(p, "WakeRole", "Messages", "/NotAction", json!("sqs:SendMessage")); };
        "the exception allows": |p| set(p, "UploadsBucketPolicy", "PolicyDocument/Statement/0/Effect", json!("Allow"));
    }
    permissions::permissions_follow_the_environment {
        "a table that may not be used": |p| set(p, "NotFoundFunction", "Environment", json!({ "Variables": { "MESSAGES_TABLE": { "Ref": "MessagesTable" } } }));
        "a table that is not named": |p| remove(p, "SendMessageFunction", "Environment/Variables/LIMITS_TABLE");
        "a queue that may not be used": |p| remove_statement(p, "SendMessageRole", "Timer", "");
    }
    permissions::event_sources_are_permitted {
        "no receiving": |p| set_statement(p, "WakeRole", "Timer", "/Action", json!(["sqs:DeleteMessage", "sqs:GetQueueAttributes"]));
        "another queue": |p| set(p, "WakeFunction", "Events/Timer/Properties/Queue", json!({ "Fn::GetAtt": ["TimerDeadQueue", "Arn"] }));
    }

    parameters::defaults_are_as_promised {
        "another default": |p| p.set("/Parameters/SendPerMinute/Default", json!(61));
        "an open door": |p| p.set("/Parameters/AllowPrivateProviders/Default", json!("true"));
        "no such parameter": |p| p.remove("/Parameters/LogLevel");
    }
    parameters::parameters_explain_themselves {
        "no description": |p| p.remove("/Parameters/MinGapMs/Description");
        "no upper end": |p| p.remove("/Parameters/MinGapMs/MaxValue");
        "any text": |p| p.remove("/Parameters/LogLevel/AllowedValues");
        "no label": |p| p.remove("/Metadata/AWS::CloudFormation::Interface/ParameterLabels/LogLevel");
        "no group": |p| p.remove("/Metadata/AWS::CloudFormation::Interface/ParameterGroups/0");
    }
    parameters::parameters_are_used {
        "one that nothing refers to": |p| p.set("/Parameters/More", json!({ "Type": "String" }));
    }
    parameters::outputs_are_described {
        "no base URL": |p| p.remove("/Outputs/ApiBaseUrl");
        "no description": |p| p.remove("/Outputs/HighQueueUrl/Description");
    }

    alarms::alarms_watch_what_exists {
        "a queue that does not exist": |p| p.remove("/Resources/TimerDeadQueue");
        "a queue by a written name": |p| set(p, "TimerDeadAlarm", "Dimensions/0/Value", json!("paceline-timer-dead"));
        "something that is no queue": |p| set(p, "TimerDeadAlarm", "Dimensions/0/Value", json!({ "Ref": "MessagesTable" }));
        "no queue of many": |p| remove(p, "TimerDeadAlarm", "Dimensions");
        "a metric that no line makes": |p| p.remove("/Resources/RowsOverdueMetric");
        "another metric of lines": |p| set(p, "RowsOverdueAlarm", "MetricName", json!("OverdueMs"));
        "a metric of lines by a dimension": |p| {
            set(p, "RowsOverdueAlarm", "Dimensions", json!([{ "Name": "FunctionName", "Value": "x" }]));
        };
        "nobody to tell": |p| p.remove("/Resources/AlarmTopic");
        "telling nobody": |p| remove(p, "TimerDeadAlarm", "AlarmActions");
        "not telling that it is over": |p| remove(p, "TimerDeadAlarm", "OKActions");
    }
    alarms::log_metrics_are_watched {
        "no alarm": |p| p.remove("/Resources/MalformedAlarm");
        "a log that does not exist": |p| p.remove("/Resources/WakeLogs");
        "a log by a written name": |p| set(p, "WakeComesAgainMetric", "LogGroupName", json!("/aws/lambda/paceline-wake"));
        "values while nothing happens": |p| {
            set(p, "WakeComesAgainMetric", "MetricTransformations/0/DefaultValue", json!(0));
        };
    }
    alarms::dead_letters_are_noticed {
        "no alarm": |p| p.remove("/Resources/TimerDeadAlarm");
        "another metric": |p| set(p, "TimerDeadAlarm", "MetricName", json!("NumberOfMessagesSent"));
    }
    alarms::queues_that_stand_still_are_noticed {
        "no alarm for the timer": |p| p.remove("/Resources/TimerOldAlarm");
        "no alarm for rows": |p| p.remove("/Resources/RowsOverdueAlarm");
        "an alarm that an hour's gap sets off": |p| {
            set(p, "TimerOldAlarm", "Dimensions/0/Value", json!({ "Fn::GetAtt": ["HighQueue", "QueueName"] }));
        };
    }
    alarms::late_streams_are_noticed {
        "no alarm": |p| p.remove("/Resources/WatchLateAlarm");
        "another metric": |p| set(p, "ProjectLateAlarm", "MetricName", json!("Errors"));
    }
    alarms::schedules_that_fail_are_noticed {
        "no alarm": |p| p.remove("/Resources/SweepFailingAlarm");
        "not running is no alarm": |p| set(p, "SweepFailingAlarm", "TreatMissingData", json!("notBreaching"));
        "one more schedule": |p| {
            let events = json!({ "Each": { "Type": "Schedule", "Properties": { "Schedule": "rate(1 minute)" } } });
            set(p, "OperatorFunction", "Events", events);
        };
    }
    alarms::alarms_are_explained {
        "no row": |p| p.operations = p.operations.replace("| `<stack>-rows-overdue`", "| rows-overdue");
        "a row that says nothing": |p| {
            p.operations = p.operations.replace("| `<stack>-malformed` |", "| `<stack>-malformed` | | |\n| ");
        };
        "a row without an alarm": |p| p.remove("/Resources/ThrottledAlarm");
        "a name of its own": |p| set(p, "ThrottledAlarm", "AlarmName", json!("throttled"));
    }
    alarms::alarms_stay_within_the_budget {
        "one more": |p| {
            let one = p.template.root()["Resources"]["TimerDeadAlarm"].clone();
            p.set("/Resources/A", one);
        };
        "one more metric": |p| set(p, "WakeComesAgainMetric", "MetricTransformations/0/MetricName", json!("Own"));
        "the metric of another stack": |p| {
            set(p, "WakeComesAgainMetric", "MetricTransformations/0/MetricNamespace", json!("Paceline"));
        };
    }
}
