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
