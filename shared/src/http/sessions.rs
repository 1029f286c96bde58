//! What the session endpoints share: ids in paths, the public address of the API, and what answers show.

use domain::sending::allowance::NEW_CONTACTS_HELD;
use domain::sending::pacer::Pacer;
use domain::sending::pacing::Pacing;
use domain::session::{Secret, Session};
use domain::values::ids::SessionId;
use domain::values::time::Timestamp;
use serde_json::{Value, json};

use super::address::ApiAddress;
use super::problem::{ErrorCode, Problem};
use super::request::ApiRequest;
use crate::providers::webhooks;

/// The session id in the path. What is no UUID was never an id of ours.
pub fn session_id(request: &ApiRequest) -> Result<SessionId, Problem> {
    let text = request.path_parameters.get("id").map_or("", String::as_str);
    text.parse().map_err(|_| session_not_found(text))
}

/// There is no such session for this account (`isolated`).
pub fn session_not_found(id: &str) -> Problem {
    let shown: String = id.chars().take(60).collect();
    Problem::new(ErrorCode::SessionNotFound, format!("You have no session with the id {shown}."))
}

/// What views of sessions need of the stack.
#[derive(Clone, Debug)]
pub struct SessionViews {
    /// The pacing of sessions that have none of their own.
    pub default_pacing: Pacing,
    /// Where providers reach the API.
    pub api: ApiAddress,
}

impl SessionViews {
    /// A session with its health, and where its provider's webhooks go. Never a secret.
    pub fn view(&self, session: &Session, pacer: &Pacer, request: &ApiRequest, now: Timestamp) -> Value {
        let pacing = session.pacing.unwrap_or(self.default_pacing);
        json!({
            "id": session.session_id.to_string(),
            "name": session.name,
            "provider": session.provider.view(),
            "pacing": pacing,
            "limits": session.limits,
            "health": health(pacer, now),
            "webhookUrl": self.webhook_url(session, request),
            "createdAt": session.created_at.to_string(),
        })
    }

    /// The same, with a secret that was just made, and is told this once.
    pub fn view_with_secret(
        &self,
        session: &Session,
        webhook_secret: Option<&Secret>,
        pacer: &Pacer,
        request: &ApiRequest,
        now: Timestamp,
    ) -> Value {
        let mut view = self.view(session, pacer, request, now);
        if let Some(secret) = webhook_secret {
            view["webhookSecret"] = secret.expose().into();
        }
        view
    }

    /// None of a provider without webhooks.
    fn webhook_url(&self, session: &Session, request: &ApiRequest) -> Option<String> {
        webhooks(&session.provider)?;
        let (base, kind) = (self.api.of(request), session.provider.kind().name());
        Some(format!("{base}/provider-webhooks/{kind}/{}", session.session_id))
    }
}

/// `ready` or `held`. A session that may not write to new contacts for now is ready, and says so.
fn health(pacer: &Pacer, now: Timestamp) -> Value {
    let health = |status: &str, reason: &str, detail: &str, until: Timestamp| json!({ "status": status, "reason": reason, "detail": detail, "until": until.to_string() });
    if let Some(hold) = pacer.release.hold.as_ref().filter(|hold| hold.until > now) {
        return health("held", hold.reason.name(), &hold.detail, hold.until);
    }
    match pacer.release.new_contacts_hold.as_ref().filter(|hold| hold.until > now) {
        Some(hold) => health("ready", NEW_CONTACTS_HELD, &hold.detail, hold.until),
        None => json!({ "status": "ready", "reason": null, "detail": null, "until": null }),
    }
}

#[cfg(test)]
mod tests {
    use domain::providers::{ProviderConfig, WahaOptions, WahaSettings};
    use domain::values::ids::AccountId;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_776_679_200_000);

    fn waha() -> Session {
        let secret = |text: &str| Secret::new(text.to_owned());
        let provider = ProviderConfig::Waha(WahaSettings {
            base_url: "https://waha.example.com".to_owned(),
            api_key: secret("hidden-1"),
            session: "default".to_owned(),
            webhook_secret: Some(secret("hidden-2")),
            options: WahaOptions::default(),
        });
        Session::new(SessionId::new(NOW, 1), AccountId::new(NOW, 2), "shop", provider, NOW)
    }

    #[test]
    fn webhooks_go_where_the_api_is_and_no_secret_is_shown() {
        let api = ApiAddress::new(Some("https://api.example.com/api/v1".to_owned()));
        let views = SessionViews { default_pacing: Pacing::DEFAULT, api };
        let view = views.view(&waha(), &Pacer::default(), &ApiRequest::default(), NOW);
        assert!(!view.to_string().contains("hidden"), "{view}");
        let id = SessionId::new(NOW, 1);
        assert_eq!(view["webhookUrl"], format!("https://api.example.com/api/v1/provider-webhooks/waha/{id}"));
    }
}
