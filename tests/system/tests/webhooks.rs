//! `POST /webhooks/waha/{sessionId}`: reports and inbound messages of a provider.

use serde_json::json;
use system::account::{start_waha, text_message};
use system::webhooks::waha_webhook;
use system::{Account, PATIENCE_MS, Stack, eventually};

const SECRET: &str = "a-secret-of-this-test";

#[tokio::test]
async fn wahas_webhooks_move_messages_forward() {
    let (stack, stub) = (Stack::from_env(), start_waha().await);
    let account = Account::create(&stack).await;
    let session = account.signed_waha(&stub, "webhooks", SECRET).await;
    let id = account.api.send(&text_message(&session, "16505551234")).await.id;
    let message = account.api.reaches(&id, &["sent"], PATIENCE_MS).await;
    let theirs = message.0["providerMessageId"].as_str().expect("an id").to_owned();
    let ack = |ack: i64| {
        json!({ "id": "evt", "event": "message.ack", "session": "webhooks",
                "payload": { "id": format!("true_16505551234@c.us_{theirs}"), "fromMe": true, "to": "16505551234@c.us", "ack": ack } })
    };
    assert_eq!(waha_webhook(&stack, &session, "guess", &ack(2)).await.refusal(), (401, "signature_invalid"));
    assert_eq!(account.api.message(&id).await.status(), "sent");
    for (number, status) in [(3, "read"), (2, "read"), (3, "read")] {
        assert_eq!(waha_webhook(&stack, &session, SECRET, &ack(number)).await.status, 200);
        assert_eq!(account.api.message(&id).await.status(), status);
    }
    let now_s = system::now().as_millis() / 1000;
    let inbound = json!({ "id": "evt", "event": "message", "session": "webhooks",
        "payload": { "id": "false_16505551234@c.us_3EB0C1", "timestamp": now_s, "from": "16505551234@c.us", "fromMe": false, "body": "thanks", "hasMedia": false,
                     "_data": { "notifyName": "Kim" } } });
    for _ in 0..2 {
        assert_eq!(waha_webhook(&stack, &session, SECRET, &inbound).await.status, 200);
    }
    let list = account.api.look("/messages?status=received").await;
    assert_eq!(list.body["data"].as_array().map(Vec::len), Some(1), "{list:?}");
    assert_eq!(
        (&list.body["data"][0]["message"], &list.body["data"][0]["from"]),
        (&json!("thanks"), &json!("16505551234"))
    );
    // Providers tell whole seconds, so that what we sent in the same second counts as newer; then the name comes with the
    // counters, which the table's stream brings up to date.
    eventually(PATIENCE_MS, async || {
        let talks = account.api.look(&format!("/messages/conversations?sessionId={session}")).await.body;
        let told = (&talks["data"][0]["name"], talks["data"].as_array().map(Vec::len));
        if told == (&json!("Kim"), Some(1)) { Ok(()) } else { Err(talks.to_string()) }
    })
    .await;
}
