//! Every rule of the contract, against `DynamoDB` and SQS of the local stack; and what only its raw items can show.

use std::future::Future;

use aws_sdk_dynamodb::types::AttributeValue;
use contract::stack::LocalStack;
use contract::{Checked, sample};
use domain::message::MessageError;
use domain::sending::allowance::Paced;
use domain::sending::attempt::Progress;
use domain::sending::ticket::Ticket;
use domain::sending::wake_up::WakeUp;
use domain::values::fence::Fence;
use domain::values::priority::Priority;
use shared::adapters::{DynamoSessions, StackSecret, Vault};
use shared::ports::{
    AcceptMessages, ChangeSessions, Changed, Claim, DispatchMessages, KeepWakeUps, LeaseSessions, ReadLines,
    ReadPacers, ReadSessions, ReadWakeUps, Recorded, Row, WriteSessions,
};

/// Runs a check of the stack.
fn on_the_stack<F: Future<Output = Checked>>(check: impl FnOnce(LocalStack) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { check(LocalStack::find().await).await }).expect("the ports work");
}

macro_rules! check {
    ($module:ident, queues: $($rule:ident),+) => {
        mod $module {
            $(
                #[test]
                fn $rule() {
                    super::on_the_stack(|stack| async move {
                        let queues = stack.queues().await;
                        contract::$module::$rule(&queues).await?;
                        queues.delete_all().await;
                        Ok(())
                    });
                }
            )+
        }
    };
    ($module:ident, ledger: $($rule:ident),+) => {
        mod $module {
            $(
                #[test]
                fn $rule() {
                    super::on_the_stack(|stack| async move { contract::$module::$rule(&stack).await });
                }
            )+
        }
    };
    ($module:ident, due: $($rule:ident),+) => {
        mod $module {
            $(
                #[test]
                fn $rule() {
                    super::on_the_stack(|stack| async move {
                        contract::$module::$rule(&stack.due().await).await
                    });
                }
            )+
        }
    };
    ($module:ident, chores: $($rule:ident),+) => {
        mod $module {
            $(
                #[test]
                fn $rule() {
                    super::on_the_stack(|stack| async move {
                        contract::$module::$rule(&stack.chores().await).await
                    });
                }
            )+
        }
    };
    ($module:ident, watched: $($rule:ident),+) => {
        mod $module {
            $(
                #[test]
                fn $rule() {
                    super::on_the_stack(|stack| async move {
                        contract::$module::$rule(&stack.watched().await).await
                    });
                }
            )+
        }
    };
    ($module:ident, $ports:ident: $($rule:ident),+) => {
        mod $module {
            $(
                #[test]
                fn $rule() {
                    super::on_the_stack(|stack| async move { contract::$module::$rule(&stack.$ports()).await });
                }
            )+
        }
    };
}

contract::for_each_rule!(check);

/// What is stored of a session, as it lies in the table.
async fn raw_items(
    stack: &LocalStack,
    session_id: &str,
) -> Vec<std::collections::HashMap<String, AttributeValue>> {
    let query = stack
        .dynamodb()
        .query()
        .table_name(stack.output("SessionsTableName"))
        .key_condition_expression("sessionId = :session")
        .expression_attribute_values(":session", AttributeValue::S(session_id.to_owned()));
    query.send().await.expect("the table answers").items.expect("a list")
}

#[test]
fn no_secret_of_a_session_is_stored_in_the_clear() {
    on_the_stack(|stack| async move {
        let session = sample::session();
        stack.sessions().put(&session).await?;
        let items = raw_items(&stack, &session.session_id.to_string()).await;
        assert_eq!(items.len(), 2);
        let config =
            items.iter().find(|item| item["kind"] == AttributeValue::S("config".to_owned())).unwrap();
        assert_eq!(config["providerKind"], AttributeValue::S("waha".to_owned()));
        let sealed = config["provider"].as_b().unwrap().as_ref();
        let shown = format!("{items:?}");
        for secret in sample::SECRETS.into_iter().chain(["waha.example.com"]) {
            assert!(!shown.contains(secret), "{secret}");
            assert!(!sealed.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
        }
        Ok(())
    });
}

#[test]
fn a_sealed_configuration_does_not_open_in_another_sessions_place() {
    on_the_stack(|stack| async move {
        let (victim, thief) = (sample::session(), sample::session());
        for session in [&victim, &thief] {
            stack.sessions().put(session).await?;
        }
        let items = raw_items(&stack, &victim.session_id.to_string()).await;
        let mut stolen = items.into_iter().find(|item| item.contains_key("provider")).unwrap();
        for (name, value) in
            [("sessionId", thief.session_id.to_string()), ("accountId", thief.account_id.to_string())]
        {
            stolen.insert(name.to_owned(), AttributeValue::S(value));
        }
        let table = stack.output("SessionsTableName");
        stack.dynamodb().put_item().table_name(table).set_item(Some(stolen)).send().await.unwrap();
        let read = ReadSessions::load(&stack.sessions(), thief.session_id).await;
        assert_eq!(read.unwrap_err().operation, "sessions.load");
        Ok(())
    });
}

#[test]
fn a_pacer_is_read_without_its_configuration() {
    on_the_stack(|stack| async move {
        let session = sample::session();
        assert_eq!(stack.pacers().pacer(session.session_id).await?, Paced::default(), "as for a new one");
        stack.sessions().put(&session).await?;
        let lease = sample::lease();
        LeaseSessions::acquire(&stack.sessions(), session.session_id, Fence(0), lease).await?;
        let paced = stack.pacers().pacer(session.session_id).await?;
        assert_eq!((paced.pacer.fence, paced.pacer.lease), (Fence(1), Some(lease)));
        assert_eq!((paced.limits, paced.created_at), (session.limits, session.created_at));
        Ok(())
    });
}

/// However many cannot be read in front of it.
#[test]
fn a_malformed_wake_up_takes_no_readable_ones_place() {
    on_the_stack(|stack| async move {
        let table = stack.copy_of_table("DueTableName").await;
        let due = shared::adapters::DynamoDue::new(stack.dynamodb(), table.clone());
        let ticket = Ticket::new(sample::session_id(), Priority::Normal, sample::message_id());
        let wake_up = WakeUp { due: sample::NOW, ticket };
        due.keep(&wake_up).await?;
        for number in 0..5 {
            let put = stack.dynamodb().put_item().table_name(&table);
            let put = put.item("shard", AttributeValue::S(format!("{:02}", wake_up.shard())));
            let put = put.item("dueKey", AttributeValue::S(format!("00000000000000{number}#x")));
            put.send().await.expect("the table takes anything");
        }
        assert_eq!(due.due_before(wake_up.shard(), sample::at(1), 2).await?, [wake_up]);
        Ok(())
    });
}

#[test]
fn a_table_that_is_not_there_is_told_with_its_cause() {
    on_the_stack(|stack| async move {
        let messages = shared::adapters::DynamoMessages::new(stack.dynamodb(), "no-such-table".to_owned());
        let message = sample::message(sample::session_id());
        let error = messages.put(&message).await.unwrap_err();
        assert_eq!(error.operation, "messages.put");
        assert!(error.cause.contains("ResourceNotFoundException"), "{error}");
        Ok(())
    });
}

/// It must not hold up its line for ever: the dispatcher claims it, learns that it is malformed, and fails it.
#[test]
fn a_row_that_is_no_message_is_claimed_and_ended() {
    on_the_stack(|stack| async move {
        for (spoil, reason) in [("REMOVE createdAt", "createdAt"), ("SET retention = :text", "retention")] {
            let (messages, message) = (stack.messages(), sample::message(sample::session_id()));
            messages.put(&message).await?;
            let table = stack.output("MessagesTableName");
            let key = [
                ("sessionId", message.session_id.to_string()),
                ("messageId", message.message_id.to_string()),
            ];
            let key = key.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
            let update = stack.dynamodb().update_item().table_name(table).set_key(Some(key.into()));
            let text = spoil.contains(':').then(|| (":text".to_owned(), AttributeValue::S("x".to_owned())));
            let update = update.set_expression_attribute_values(text.map(|text| [text].into()));
            update.update_expression(spoil).send().await.unwrap();
            for copy in 1..=2 {
                let claim = messages.claim(message.key(), Fence(1), sample::NOW).await?;
                assert!(matches!(claim, Claim::Claimed(Row::Malformed { .. })), "{reason}, copy {copy}");
            }
            let error = MessageError::malformed();
            let failed = Progress::Failed { at: sample::NOW, error, attempts: 0 };
            for copy in 1..=2 {
                let recorded = messages.record(message.key(), message.priority, Fence(1), &failed).await?;
                assert_eq!(recorded, Recorded::Yes, "{reason}, copy {copy}");
            }
            assert!(messages.waiting(message.session_id, None, 5).await?.keys.is_empty());
        }
        Ok(())
    });
}

/// Then the older secret may go.
#[test]
fn a_session_that_is_stored_anew_is_sealed_under_the_secret_of_now() {
    on_the_stack(|stack| async move {
        let (old, new) = ("old secret".repeat(8), "new secret".repeat(8));
        let under = |secret: String| {
            let vault = Vault::new(&StackSecret::new(secret).expect("a long secret")).expect("a vault");
            DynamoSessions::new(stack.dynamodb(), stack.output("SessionsTableName"), vault)
        };
        let both = format!(r#"{{ "current": "{new}", "older": ["{old}"] }}"#);
        let session = sample::session();
        under(old).put(&session).await?;
        let alone = under(new);
        ReadSessions::load(&alone, session.session_id).await.expect_err("sealed under the older secret");
        let changed = under(both).change(&session, &session).await?;
        assert_eq!(changed, Changed::Yes);
        let state = ReadSessions::load(&alone, session.session_id).await?;
        assert_eq!(state.map(|state| state.session), Some(session));
        Ok(())
    });
}
