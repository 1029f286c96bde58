use serde_json::json;

use super::*;
use crate::providers::{WahaOptions, WahaSettings};
use crate::values::ids::{AccountId, SessionId};
use crate::values::secret::Secret;
use crate::values::time::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);
const RULES: SessionRules =
    SessionRules { default_pacing: Pacing::DEFAULT, gap_floor_ms: 1_000, allow_private_providers: true };

fn waha(base_url: &str, api_key: &str, webhook_secret: Option<&str>) -> ProviderConfig {
    ProviderConfig::Waha(WahaSettings {
        base_url: base_url.to_owned(),
        api_key: Secret::new(api_key.to_owned()),
        session: "default".to_owned(),
        webhook_secret: webhook_secret.map(|text| Secret::new(text.to_owned())),
        options: WahaOptions::default(),
    })
}

fn session() -> Session {
    let (session_id, account_id) = (SessionId::new(NOW, 1), AccountId::new(NOW, 2));
    let provider = waha("https://waha.example.com", "one", Some("two"));
    Session {
        pacing: Pacing::new(2_000, 3_000).ok(),
        ..Session::new(session_id, account_id, "shop", provider, NOW)
    }
}

fn changed(body: &Value) -> Result<Session, Vec<FieldError>> {
    let session = session();
    SessionChange::parse(body, &RULES, &session).map(|change| change.applied_to(session))
}

#[test]
fn options_stay_and_change_one_by_one() {
    let options = WahaOptions { check_numbers: true, simulate_typing: true, ..WahaOptions::default() };
    let ProviderConfig::Waha(settings) = session().provider else { panic!("a WAHA session") };
    let provider = ProviderConfig::Waha(WahaSettings { options, ..settings });
    let before = Session { provider, ..session() };
    for (given, check_numbers) in
        [(json!({ "apiKey": "new" }), true), (json!({ "checkNumbers": false }), false)]
    {
        let body = json!({ "provider": given });
        let change = SessionChange::parse(&body, &RULES, &before).unwrap();
        let ProviderConfig::Waha(after) = change.applied_to(before.clone()).provider else {
            panic!("a WAHA session");
        };
        assert_eq!(after.options, WahaOptions { check_numbers, ..options });
    }
}

#[test]
fn what_is_not_given_stays() {
    let base = "https://waha.example.com";
    for (body, expected) in [
        (json!({}), session()),
        (json!({ "name": null, "pacing": null, "provider": null }), session()),
        (json!({ "name": " bot " }), Session { name: "bot".to_owned(), ..session() }),
        (
            json!({ "pacing": { "minGapMs": 1_500 } }),
            Session { pacing: Pacing::new(1_500, 3_000).ok(), ..session() },
        ),
        (
            json!({ "pacing": { "minGapMs": 4_000 } }),
            Session { pacing: Pacing::new(4_000, 4_000).ok(), ..session() },
        ),
        (
            json!({ "provider": { "apiKey": "new" } }),
            Session { provider: waha(base, "new", Some("two")), ..session() },
        ),
        (
            json!({ "provider": { "kind": "waha", "baseUrl": "http://127.0.0.1:1/", "apiKey": null } }),
            Session { provider: waha("http://127.0.0.1:1", "one", Some("two")), ..session() },
        ),
        (
            json!({ "provider": { "kind": "sandbox" } }),
            Session { provider: ProviderConfig::Sandbox, ..session() },
        ),
    ] {
        assert_eq!(changed(&body), Ok(expected), "{body}");
    }
}

#[test]
fn another_kind_takes_nothing_over_and_what_is_wrong_is_named() {
    for (body, pointers) in [
        (json!([]), vec![""]),
        (json!({ "name": " " }), vec!["/name"]),
        (json!({ "id": "x" }), vec!["/id"]),
        (json!({ "provider": [] }), vec!["/provider"]),
        (json!({ "provider": { "kind": 7 } }), vec!["/provider/kind"]),
        (json!({ "provider": { "colour": 1 } }), vec!["/provider/colour"]),
        (json!({ "provider": { "kind": "sandbox", "apiKey": "x" } }), vec!["/provider/apiKey"]),
        (
            json!({ "provider": { "kind": "cloud_api", "phoneNumberId": "1" } }),
            vec!["/provider/accessToken", "/provider/appSecret", "/provider/verifyToken"],
        ),
        (json!({ "pacing": { "maxGapMs": 1_500 } }), vec!["/pacing/maxGapMs"]),
    ] {
        let errors = changed(&body).unwrap_err();
        let found: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(found, pointers, "{body}");
    }
}

#[test]
fn only_a_provider_that_is_given_is_changed() {
    for (body, expected) in [
        (json!({}), false),
        (json!({ "provider": null }), false),
        (json!({ "provider": {} }), true),
        (json!([{ "provider": 1 }]), false),
    ] {
        assert_eq!(SessionChange::concerns_provider(&body), expected, "{body}");
    }
}
