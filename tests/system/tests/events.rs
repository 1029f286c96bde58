//! Every event of `events/` has the result that its README says.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use system::account::text_message;
use system::events::{Event, documented, files, filled, holds};
use system::{Api, Stack};

#[test]
fn every_event_is_documented() {
    let documented: BTreeSet<String> = documented().into_iter().map(|event| event.file).collect();
    assert_eq!(documented, files());
}

#[tokio::test]
async fn every_event_does_what_the_readme_says() {
    let stack = Stack::from_env();
    let mut wrong = Vec::new();
    for event in documented() {
        let answer = result(&stack, &event).await;
        if !holds(&answer, &event.expected) {
            wrong.push(format!("{} answers {answer}, not {}", event.file, event.expected));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// A campaign that waits for its time, as the message does.
async fn campaign(api: &Api, message: &Value) -> String {
    let body = json!({
        "sessionId": message["sessionId"], "scheduledAt": message["scheduledAt"], "defaultMessage": "hello",
        "recipients": [{ "phone": "16505551234" }],
    });
    let body = body.to_string().into_bytes();
    let answer = api.request(Method::POST, "/messages/bulk", Some("application/json"), body).await;
    answer.body["campaignId"].as_str().expect("a campaign").to_owned()
}

/// Invokes the function with the event. `messageId` is a message that waits, a new one for each event.
async fn result(stack: &Stack, event: &Event) -> Value {
    let demo = &stack.about.demo;
    let api = stack.with_key(&demo.api_key);
    let mut body = text_message(&demo.session_id, "16505551234");
    body["scheduledAt"] = json!(system::now().plus_millis(600_000).to_string());
    let id = api.send(&body).await.id;
    let mut about = stack.json.clone();
    about["messageId"] = json!(id);
    if event.function.contains("campaign") || event.function == "rejected-recipients" {
        about["campaignId"] = json!(campaign(&api, &body).await);
    }
    let answer = stack.invoke(&event.function, &filled(event, &about)).await;
    api.cancel(&id).await;
    answer
}
