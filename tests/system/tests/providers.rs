//! Sending through the providers, end to end, against their stubs.

use provider_stubs::{ProviderStub, Reply, Rule, Script};
use serde_json::{Value, json};
use system::account::{start_waha, text_message};
use system::webhooks::cloud_api_webhook;
use system::{Account, Answer, PATIENCE_MS, Stack, eventually};

const SECRET: &str = "an-app-secret-of-this-test";
const NUMBER_ID: &str = "106540352242922";

/// A status of a message, as Meta reports it.
fn status(message_id: &str, theirs: &str, status: &str) -> Value {
    let seconds = (system::now().as_millis() / 1000).to_string();
    let status = json!({ "id": theirs, "status": status, "timestamp": seconds, "recipient_id": "16505551234",
                         "biz_opaque_callback_data": message_id });
    let value = json!({
        "messaging_product": "whatsapp", "statuses": [status],
        "metadata": { "display_phone_number": "15550783881", "phone_number_id": NUMBER_ID },
    });
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": value }] }] })
}

async fn reports(stack: &Stack, session: &str, message_id: &str, theirs: &str, state: &str) -> Answer {
    cloud_api_webhook(stack, session, SECRET, &status(message_id, theirs, state)).await
}

fn calls_to(stub: &ProviderStub, to: &str) -> usize {
    stub.calls().iter().filter(|call| call.chat_id.as_deref() == Some(to)).count()
}

#[tokio::test]
async fn the_cloud_api_delivers_and_its_webhooks_move_messages_forward() {
    let (stack, stub) = (Stack::from_env(), start_waha().await);
    let account = Account::create(&stack).await;
    let session = account.cloud_api(&stub, NUMBER_ID, SECRET).await;
    let id = account.api.send(&text_message(&session, "+1 (650) 555-1234")).await.id;
    let sent = account.api.reaches(&id, &["sent"], PATIENCE_MS).await;
    let theirs = sent.0["providerMessageId"].as_str().expect("an id").to_owned();
    let call = stub.calls().pop().expect("a call");
    assert_eq!((call.path.as_str(), &call.refused), ("/v23.0/106540352242922/messages", &None));
    assert_eq!(
        (&call.body["to"], &call.body["biz_opaque_callback_data"]),
        (&json!("+16505551234"), &json!(id))
    );
    assert_eq!(call.message_id.as_deref(), Some(theirs.as_str()));

    let forged = cloud_api_webhook(&stack, &session, "guess", &status(&id, &theirs, "read")).await;
    assert_eq!(forged.refusal(), (401, "signature_invalid"));
    assert_eq!(account.api.message(&id).await.status(), "sent");
    for (told, is) in [("delivered", "delivered"), ("read", "read"), ("delivered", "read")] {
        assert_eq!(reports(&stack, &session, &id, &theirs, told).await.status, 200);
        assert_eq!(account.api.message(&id).await.status(), is);
    }
}

#[tokio::test]
async fn an_unknown_outcome_is_settled_by_the_id_that_meta_brings_back() {
    let (stack, stub) = (Stack::from_env(), start_waha().await);
    let account = Account::create(&stack).await;
    let session = account.cloud_api(&stub, NUMBER_ID, SECRET).await;
    // The connection closes after the whole request was read.
    let id = account.api.send(&text_message(&session, "16505559001")).await.id;
    let lost = account.api.reaches(&id, &["failed"], PATIENCE_MS).await;
    assert_eq!((lost.error_code(), lost.attempts()), (Some("outcome_unknown"), 1));
    assert_eq!(reports(&stack, &session, &id, "wamid.LATE", "delivered").await.status, 200);
    let settled = account.api.message(&id).await;
    assert_eq!((settled.status(), settled.error_code()), ("delivered", None));
    assert_eq!(settled.0["providerMessageId"], "wamid.LATE");
    assert_eq!(calls_to(&stub, "+16505559001"), 1);
}

#[tokio::test]
async fn metas_codes_fail_a_message_or_hold_the_session() {
    let (stack, stub) = (Stack::from_env(), start_waha().await);
    let account = Account::create(&stack).await;
    let session = account.cloud_api(&stub, NUMBER_ID, SECRET).await;
    let refused = account.api.send(&text_message(&session, "16505559026")).await.id;
    let refused = account.api.reaches(&refused, &["failed"], PATIENCE_MS).await;
    let detail = refused.0["error"]["detail"].as_str().expect("a sentence");
    assert_eq!((refused.error_code(), refused.attempts()), (Some("provider_rejected"), 1));
    assert!(detail.ends_with("(Meta's code 131026: Its own words)."), "{detail}");

    let held = account.api.send(&text_message(&session, "16505559048")).await.id;
    eventually(PATIENCE_MS, async || {
        let message = account.api.message(&held).await;
        let reason = message.waiting().map(|(reason, _)| reason.to_owned());
        let is_held = reason.as_deref() == Some("account_restricted") && message.attempts() == 0;
        if is_held { Ok(()) } else { Err(message.0.to_string()) }
    })
    .await;
    assert_eq!(calls_to(&stub, "+16505559048"), 1);
}

#[tokio::test]
async fn a_recipient_that_got_too_much_waits_alone() {
    let (stack, stub) = (Stack::from_env(), start_waha().await);
    let reply = Reply::MetaError { code: 131_056, status: 400, is_transient: Some(true) };
    let rule = Rule { ends_with: "7777".to_owned(), times: Some(2), reply };
    stub.set_script(Script { rules: vec![rule], ..Script::default() });
    let account = Account::create(&stack).await;
    let session = account.cloud_api(&stub, NUMBER_ID, SECRET).await;
    let busy = account.api.send(&text_message(&session, "16505557777")).await.id;
    let other = account.api.send(&text_message(&session, "16505550099")).await.id;
    account.api.reaches(&other, &["sent"], PATIENCE_MS).await;
    let sent = account.api.reaches(&busy, &["sent"], PATIENCE_MS).await;
    assert_eq!((sent.attempts(), calls_to(&stub, "+16505557777")), (1, 3));
}

#[tokio::test]
async fn a_waha_session_checks_numbers_shows_typing_and_names_its_messages() {
    let (stack, stub) = (Stack::from_env(), start_waha().await);
    let missing_numbers = vec!["8888".to_owned()];
    stub.set_script(Script { missing_numbers, engine: provider_stubs::Engine::Gows, ..Script::default() });
    let account = Account::create(&stack).await;
    let options = ["checkNumbers", "simulateTyping", "ownMessageIds"];
    let session = account.waha_with(&stub, "careful", &options).await;
    let missing = account.api.send(&text_message(&session, "16505558888")).await.id;
    let missing = account.api.reaches(&missing, &["failed"], PATIENCE_MS).await;
    assert_eq!((missing.error_code(), missing.attempts()), (Some("number_not_on_whatsapp"), 1));
    let there = account.api.send(&text_message(&session, "16505551234")).await.id;
    let there = account.api.reaches(&there, &["sent"], PATIENCE_MS).await;
    let paths: Vec<String> = stub.calls().into_iter().map(|call| call.path).collect();
    let [question, start, stop, send] = &paths[1..] else { panic!("{paths:?}") };
    assert!(question.starts_with("/api/contacts/check-exists?"), "{question}");
    assert_eq!([start, stop, send], ["/api/startTyping", "/api/stopTyping", "/api/sendText"]);
    let id = stub.calls()[4].body["id"].as_str().expect("an id of ours").to_owned();
    assert_eq!(there.0["providerMessageId"], id.as_str());
}
