//! Bodies of webhooks that nobody has thought of.

use domain::message::Message;
use domain::values::ids::MessageKey;
use handlers::hooks::{CLOUD, FOREIGN, SANDBOX, WAHA, call, given, request, secret, status_of, world};
use handlers::session_id;
use proptest::prelude::*;
use serde_json::{Value, json};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop_oneof![
            ".{0,12}",
            "true_[0-9]{1,20}@(c.us|lid|g.us)_3EB0[0-9A-F]{0,8}",
            "[0-9]{0,22}@(c.us|lid|g.us|s.whatsapp.net)",
            "message(\\.any|\\.ack|\\.reaction)?",
            "text|image|reaction|button|location|default|delivered|read|sent|failed",
        ]
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((field(), inner), 0..8).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// Names that are looked at, and some that are not.
fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(vec![
            "event",
            "session",
            "payload",
            "id",
            "_serialized",
            "from",
            "to",
            "fromMe",
            "ack",
            "ackName",
            "body",
            "timestamp",
            "hasMedia",
            "media",
            "url",
            "mimetype",
            "replyTo",
            "_data",
            "key",
            "Info",
            "type",
            "reaction",
            "text",
            "messageId",
            "source",
            "location",
            "vCards",
            "object",
            "entry",
            "changes",
            "field",
            "value",
            "metadata",
            "phone_number_id",
            "statuses",
            "messages",
            "status",
            "errors",
            "biz_opaque_callback_data",
            "context",
            "interactive",
            "button_reply",
        ])
        .prop_map(str::to_owned),
        "[a-z]{0,5}",
    ]
}

/// A body that is almost right, with any values in the places that are looked at.
fn framed(provider: &str, parts: Vec<Value>, event: &str) -> Value {
    if provider == "waha" {
        let payload = parts.into_iter().find(Value::is_object).unwrap_or_else(|| json!({}));
        return json!({ "event": event, "session": "default", "timestamp": 1_767_225_600_000_i64, "payload": payload });
    }
    let value =
        json!({ "metadata": { "phone_number_id": "106540352242922" }, "messages": parts, "statuses": parts });
    json!({ "object": "whatsapp_business_account", "entry": [{ "changes": [{ "field": "messages", "value": value }] }] })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Whatever comes signed is answered with 200 or 400, changes no message of any other session, and twice is once.
    #[test]
    fn no_body_does_harm(
        bare in any_json(),
        parts in proptest::collection::vec(any_json(), 0..4),
        event in "message(\\.any|\\.ack|\\.reaction)",
        is_framed: bool,
        is_waha: bool,
    ) {
        let world = world();
        let (provider, number) = if is_waha { ("waha", WAHA) } else { ("cloud_api", CLOUD) };
        let others: Vec<Message> = [SANDBOX, FOREIGN].map(|other| given(&world, other, &json!({ "providerMessageId": "3EB0" }))).into();
        let body = if is_framed { framed(provider, parts, &event) } else { bare };
        let send = || call(&world, request(provider, number, body.to_string().into(), Some(&secret(number))));
        let status = status_of(&send());
        prop_assert!(matches!(status, 200 | 400), "{status}: {body}");
        let once = world.messages_of(session_id(number));
        prop_assert!(status == 200 || once.is_empty());
        prop_assert_eq!(status_of(&send()), status);
        prop_assert_eq!(world.messages_of(session_id(number)), once);
        for row in others {
            let stored = world.message(MessageKey { session_id: row.session_id, message_id: row.message_id });
            prop_assert_eq!(stored, Some(row));
        }
    }

    /// Bytes that are no JSON, unsigned and signed.
    #[test]
    fn no_bytes_do_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200), provider in 0..2_usize) {
        let (provider, number) = [("waha", WAHA), ("cloud_api", CLOUD)][provider];
        let world = world();
        prop_assert_eq!(status_of(&call(&world, request(provider, number, bytes.clone(), None))), 401);
        let answer = call(&world, request(provider, number, bytes, Some(&secret(number))));
        prop_assert_eq!(status_of(&answer), 400);
    }
}
