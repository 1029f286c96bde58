use serde_json::json;

use super::*;

fn parse(provider: &Value) -> (Option<ProviderConfig>, Vec<String>) {
    let mut fields = Fields::of(provider).unwrap();
    let read = ProviderConfig::parse(&mut fields, Reach::Anywhere);
    let errors = fields.finish().err().unwrap_or_default();
    (read, errors.into_iter().map(|error| error.detail).collect())
}

fn waha() -> Value {
    json!({ "kind": "waha", "baseUrl": "https://a.example", "apiKey": "k", "session": "s", "webhookSecret": "w", "ownMessageIds": true })
}

fn cloud_api() -> Value {
    json!({ "kind": "cloud_api", "phoneNumberId": "1", "accessToken": "a", "appSecret": "b", "verifyToken": "c" })
}

/// An unknown value is named in the error, with all values that the parser knows.
#[test]
fn the_table_of_a_provider_has_the_fields_of_its_parser() {
    for kind in ProviderKind::ALL {
        let (_, errors) = parse(&json!({ "kind": kind.name(), "no such field": 1 }));
        let mut names: Vec<&str> = kind.fields().iter().map(|field| field.name).chain(["kind"]).collect();
        names.sort_unstable();
        let known = format!("there are {}", names.join(", "));
        assert!(errors.iter().any(|error| error.ends_with(&known)), "{kind:?}: {errors:?}, not {known}");
    }
}

#[test]
fn what_is_stored_has_the_name_of_its_kind_and_the_form_it_always_had() {
    for (given, stored) in [
        (json!({ "kind": "sandbox" }), r#"{"kind":"sandbox"}"#),
        (
            waha(),
            r#"{"kind":"waha","baseUrl":"https://a.example","apiKey":"k","session":"s","webhookSecret":"w","options":{"checkNumbers":false,"simulateTyping":false,"ownMessageIds":true}}"#,
        ),
        (
            cloud_api(),
            r#"{"kind":"cloud_api","phoneNumberId":"1","accessToken":"a","appSecret":"b","verifyToken":"c"}"#,
        ),
    ] {
        let (read, errors) = parse(&given);
        let read = read.unwrap_or_else(|| panic!("{given}: {errors:?}"));
        assert_eq!(serde_json::to_string(&read).unwrap(), stored);
        assert_eq!(serde_json::from_str::<ProviderConfig>(stored).unwrap(), read);
        assert_eq!(given["kind"], read.kind().name());
        assert_eq!(parse(&Value::Object(read.as_request())).0, Some(read), "{given}");
    }
}

#[test]
fn all_is_shown_but_secrets() {
    for (given, shown) in [
        (json!({ "kind": "sandbox" }), r#"{"kind":"sandbox"}"#),
        (
            waha(),
            r#"{"kind":"waha","baseUrl":"https://a.example","session":"s","checkNumbers":false,"simulateTyping":false,"ownMessageIds":true}"#,
        ),
        (cloud_api(), r#"{"kind":"cloud_api","phoneNumberId":"1","apiVersion":null,"baseUrl":null}"#),
    ] {
        assert_eq!(parse(&given).0.unwrap().view().to_string(), shown);
    }
}

#[test]
fn a_field_of_several_providers_is_described_for_all_of_them() {
    let (asked, shown) = (request_schema(), answer_schema());
    assert_eq!(
        asked["properties"]["baseUrl"]["description"],
        "Of the WAHA server; of the Cloud API, if it is not Meta's own."
    );
    assert_eq!(shown["properties"]["baseUrl"], json!({ "type": ["string", "null"] }));
    assert_eq!(shown["properties"].get("apiKey"), None);
}
