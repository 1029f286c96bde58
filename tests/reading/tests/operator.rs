//! The operator's command over all sessions.

#![allow(clippy::unwrap_used, reason = "a test panics where it is to fail")]

use domain::pacing::Pacing;
use domain::request::SessionRules;
use domain::session::ProviderConfig;
use fakes::World;
use reading::{account, session, session_id};
use serde_json::{Value, json};
use shared::ports::DeleteSessions;

fn carry_out(world: &World, command: &Value) -> Value {
    let caller = world.caller();
    let deps = operator::Deps {
        accounts: caller.accounts(),
        sessions: caller.sessions(),
        messages: caller.messages(),
        counters: caller.lists(),
        keyring: fakes::OpenKeyring,
        clock: caller.clock(),
        entropy: caller.entropy(),
        rules: SessionRules {
            default_pacing: Pacing::DEFAULT,
            gap_floor_ms: 0,
            allow_private_providers: true,
        },
    };
    world.block_on(operator::handle(&deps, command))
}

/// Whosever they are; what is being deleted needs no seal.
#[test]
fn all_sessions_are_sealed_anew() {
    let world = World::new(1);
    for number in 0..40 {
        world.put_session(&session(number, account(), ProviderConfig::Sandbox));
    }
    let sessions = world.caller().sessions();
    world.block_on(sessions.mark_deleted(account(), session_id(7), world.now())).unwrap();
    let answer = carry_out(&world, &json!({ "command": "reseal" }));
    assert_eq!(answer, json!({ "resealed": 39, "left": 0 }));
}
