//! Every event of `events/`, full or a variant, has the result that is written down there.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use system::account::text_message;
use system::events::{self, Event, filled, holds};
use system::{Api, Stack};

#[test]
fn every_function_has_one_full_event() {
    let functions: Vec<String> = events::functions().into_iter().collect();
    let mut documented = events::documented_functions();
    documented.sort();
    assert_eq!(documented, functions);
    assert_eq!(events::functions_with_a_file(), events::functions());
}

#[test]
fn every_variant_is_one_of_a_function_and_has_a_name_of_its_own() {
    let events = events::all();
    assert_eq!(events.len(), events::documented_functions().len() + events::varied_functions().len());
    let names: BTreeSet<_> = events.iter().map(|event| (&event.function, &event.name)).collect();
    assert_eq!(names.len(), events.len());
}

#[tokio::test]
async fn every_event_has_the_expected_result() {
    let stack = Stack::from_env();
    let mut wrong = Vec::new();
    for event in events::all() {
        let answer = result(&stack, &event).await;
        if !holds(&answer, &event.expected) {
            wrong.push(format!("{}: {}: {answer}, not {}", event.function, event.name, event.expected));
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
