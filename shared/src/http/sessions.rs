//! What the session endpoints share: ids in paths, the public address of the API, and what answers show.

use domain::sending::pacer::Pacer;
use domain::sending::pacing::Pacing;
use domain::session::{Secret, Session};
use domain::values::country::Country;
use domain::values::ids::SessionId;
use domain::values::time::Timestamp;

use super::address::ApiAddress;
use super::problem::{ErrorCode, Problem};
use super::request::ApiRequest;
use crate::providers::webhooks;
use crate::views::{NewSessionView, ProviderView, SessionView, Time, health_view};

/// The session id in the path. A text that is not a UUID cannot be an id of ours.
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
    pub fn view<'a>(
        &self,
        session: &'a Session,
        pacer: &'a Pacer,
        request: &ApiRequest,
        now: Timestamp,
    ) -> SessionView<'a> {
        SessionView {
            id: session.session_id,
            name: &session.name,
            provider: ProviderView(session.provider.view()),
            pacing: session.pacing.unwrap_or(self.default_pacing).into(),
            limits: session.limits.as_ref(),
            default_country: session.default_country.map(Country::name),
            health: health_view(pacer, now),
            webhook_url: self.webhook_url(session, request),
            created_at: Time(session.created_at),
        }
    }

    /// The same, with a secret that was just generated and is shown only this once.
    pub fn view_with_secret<'a>(
        &self,
        session: &'a Session,
        webhook_secret: Option<&'a Secret>,
        pacer: &'a Pacer,
        request: &ApiRequest,
        now: Timestamp,
    ) -> NewSessionView<'a> {
        let shown = self.view(session, pacer, request, now);
        NewSessionView { shown, webhook_secret: webhook_secret.map(Secret::expose) }
    }

    /// `None` for a provider without webhooks.
    fn webhook_url(&self, session: &Session, request: &ApiRequest) -> Option<String> {
        webhooks(&session.provider)?;
        let (base, kind) = (self.api.of(request), session.provider.kind().name());
        Some(format!("{base}/provider-webhooks/{kind}/{}", session.session_id))
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
        let (session, pacer) = (waha(), Pacer::default());
        let view = views.view(&session, &pacer, &ApiRequest::default(), NOW);
        let view = serde_json::to_value(view).unwrap();
        assert!(!view.to_string().contains("hidden"), "{view}");
        let id = SessionId::new(NOW, 1);
        assert_eq!(view["webhookUrl"], format!("https://api.example.com/api/v1/provider-webhooks/waha/{id}"));
    }
}
