//! The operator's command over all sessions.

use domain::session::ProviderConfig;
use fakes::World;
use handlers::{account, operate, session, session_id};
use serde_json::json;
use shared::ports::DeleteSessions;

/// The sessions of all accounts are encrypted again, except sessions that are being deleted.
#[test]
fn all_sessions_are_sealed_anew() {
    let world = World::new(1);
    for number in 0..40 {
        world.put_session(&session(number, account(), ProviderConfig::Sandbox));
    }
    let sessions = world.caller().sessions();
    world.block_on(sessions.mark_deleted(account(), session_id(7), world.now())).unwrap();
    let answer = operate(&world, &json!({ "command": "reseal" }));
    assert_eq!(answer, json!({ "resealed": 39, "left": 0 }));
}

/// A customer of another service moves here with the ids and keys that its programs know.
#[test]
fn ids_and_keys_of_another_service_are_taken() {
    let world = World::new(1);
    let created = operate(&world, &json!({ "command": "create-account", "name": "Acme" }));
    let account_id = &created["accountId"];
    let id = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    let session = json!({
        "command": "create-session", "accountId": account_id, "sessionId": id, "name": "shop",
        "provider": { "kind": "sandbox" }, "defaultCountry": "DE",
    });
    let made = operate(&world, &session);
    assert_eq!((&made["sessionId"], &made["defaultCountry"]), (&json!(id), &json!("DE")), "{made}");
    assert_eq!(operate(&world, &session)["code"], "validation_failed");
    let wrong =
        json!({ "command": "create-session", "accountId": account_id, "sessionId": "x", "name": "shop" });
    assert_eq!(operate(&world, &wrong)["code"], "validation_failed");

    let key = "gapi_AbCd_0123456789012345678901234567";
    let imported = json!({ "command": "create-api-key", "accountId": account_id, "name": "bot", "key": key });
    let made = operate(&world, &imported);
    assert_eq!((&made["apiKey"], &made["prefix"]), (&json!(key), &json!("gapi_AbCd")), "{made}");
    assert_eq!(operate(&world, &imported)["code"], "validation_failed");
    let wrong =
        json!({ "command": "create-api-key", "accountId": account_id, "name": "bot", "key": "gapi_1" });
    assert_eq!(operate(&world, &wrong)["code"], "validation_failed");
    let own =
        operate(&world, &json!({ "command": "create-api-key", "accountId": account_id, "name": "bot" }));
    assert!(own["apiKey"].as_str().is_some_and(|key| key.starts_with("gapi_")), "{own}");
}
