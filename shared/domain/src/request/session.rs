//! Making and changing a session.

use serde_json::{Map, Value};

use super::fields::{FieldCode, FieldError, Fields};
use super::limits::limits;
use super::recipient::country;
use crate::providers::ProviderKind;
use crate::sending::allowance::SendingLimits;
use crate::sending::pacing::Pacing;
use crate::session::{ProviderConfig, Session};
use crate::values::country::Country;
use crate::values::fields::is_absent;
use crate::values::reach::Reach;

/// What a stack allows a session to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRules {
    /// The pacing of a session that asks for none; also stands in for the half of a range that is not asked for.
    pub default_pacing: Pacing,
    /// The smallest gap that may be asked for, in milliseconds.
    pub gap_floor_ms: u32,
    /// Whether a provider may be in a private network, and may be reached over plain HTTP.
    pub allow_private_providers: bool,
}

impl SessionRules {
    const fn reach(&self) -> Reach {
        Reach::of(self.allow_private_providers)
    }

    /// The rules for sessions of a kind of provider: the sandbox, which sends nowhere, needs no gaps.
    fn for_kind(self, kind: Option<ProviderKind>) -> Self {
        let gap_floor_ms = if kind == Some(ProviderKind::Sandbox) { 0 } else { self.gap_floor_ms };
        Self { gap_floor_ms, ..self }
    }
}

/// A valid request to make a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRequest {
    /// What its owner calls it.
    pub name: String,
    /// How it reaches WhatsApp.
    pub provider: ProviderConfig,
    /// All else.
    pub settings: SessionSettings,
}

/// What a session may be set to beside its name and provider; what is absent is left as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionSettings {
    /// The range of its gaps.
    pub pacing: Option<Pacing>,
    /// What it may send; limits that limit nothing are none.
    pub limits: Option<SendingLimits>,
    /// The country of numbers that begin with 0, or that there is none.
    pub default_country: Option<Option<Country>>,
}

impl SessionSettings {
    /// Reads the fields that requests to make and to change a session have in common.
    fn parse(fields: &mut Fields<'_>, rules: &SessionRules) -> Self {
        let country = country(fields);
        let default_country = (country.is_some() || fields.is_null("defaultCountry")).then_some(country);
        let pacing = fields.nested("pacing", |inner| pacing(inner, rules));
        let limits = fields.optional("limits").is_some().then(|| limits(fields).unwrap_or_default());
        Self { pacing: pacing.flatten(), limits, default_country }
    }

    /// A session with these settings.
    #[must_use]
    pub fn applied_to(self, session: Session) -> Session {
        let limits = self.limits.or(session.limits).filter(SendingLimits::limits_anything);
        let default_country = self.default_country.unwrap_or(session.default_country);
        Session { pacing: self.pacing.or(session.pacing), limits, default_country, ..session }
    }
}

impl SessionRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// All that is wrong with it, field by field.
    pub fn parse(body: &Value, rules: &SessionRules) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::of(body)?;
        let name = fields.required_name("name");
        let provider = fields.nested("provider", |inner| ProviderConfig::parse(inner, rules.reach()));
        if fields.optional("provider").is_none() {
            fields.note("provider", FieldCode::Required, "is missing, such as {\"kind\": \"sandbox\"}");
        }
        let provider = provider.flatten();
        let kind = provider.as_ref().map(ProviderConfig::kind);
        let settings = SessionSettings::parse(&mut fields, &rules.for_kind(kind));
        fields.finish()?;
        match (name, provider) {
            (Some(name), Some(provider)) => Ok(Self { name, provider, settings }),
            _ => Err(vec![FieldError::body(FieldCode::Required, "the body is incomplete")]),
        }
    }
}

/// A valid request to change a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionChange {
    /// Its new name, if it gets one.
    pub name: Option<String>,
    /// Its new provider, if that changes: complete, with what was not given taken from the old one.
    pub provider: Option<ProviderConfig>,
    /// All else.
    pub settings: SessionSettings,
}

impl SessionChange {
    /// Reads a body that changes a session. What is absent stays as it is; of a provider of the same kind each field.
    ///
    /// # Errors
    /// All that is wrong with it, field by field.
    pub fn parse(body: &Value, rules: &SessionRules, current: &Session) -> Result<Self, Vec<FieldError>> {
        let completed = completed(body, &current.provider);
        let mut fields = Fields::of(completed.as_ref().unwrap_or(body))?;
        // Half of a range is completed by what the session has.
        let rules = SessionRules { default_pacing: current.pacing.unwrap_or(rules.default_pacing), ..*rules };
        let name = fields.optional_name("name");
        let provider =
            fields.nested("provider", |inner| ProviderConfig::parse(inner, rules.reach())).flatten();
        let kind = provider.as_ref().unwrap_or(&current.provider).kind();
        let rules = rules.for_kind(Some(kind));
        let settings = SessionSettings::parse(&mut fields, &rules);
        check_gaps_kept(&mut fields, &rules, settings.pacing.or(current.pacing));
        fields.finish()?;
        Ok(Self { name, provider, settings })
    }

    /// Whether a body would change the provider: not everybody may.
    pub fn concerns_provider(body: &Value) -> bool {
        body.get("provider").is_some_and(|provider| !is_absent(provider))
    }

    /// Whether a body would change the limits.
    pub fn concerns_limits(body: &Value) -> bool {
        body.get("limits").is_some_and(|limits| !is_absent(limits))
    }

    /// A session after the change.
    #[must_use]
    pub fn applied_to(self, session: Session) -> Session {
        let Self { name, provider, settings } = self;
        let session = settings.applied_to(session);
        Session {
            name: name.unwrap_or(session.name),
            provider: provider.unwrap_or(session.provider),
            ..session
        }
    }
}

/// A body whose provider is completed by the fields of the present one, if it is of the same kind.
fn completed(body: &Value, current: &ProviderConfig) -> Option<Value> {
    let given: &Map<String, Value> = body.get("provider")?.as_object()?;
    let is_same = given.get("kind").is_none_or(|kind| kind.is_null() || kind == current.kind().name());
    if !is_same {
        return None;
    }
    let mut provider = current.as_request();
    let given = given.iter().filter(|(_, value)| !is_absent(value));
    provider.extend(given.map(|(name, value)| (name.clone(), value.clone())));
    let mut body = body.clone();
    body["provider"] = Value::Object(provider);
    Some(body)
}

/// Reads the query of a request that deletes a session: whether what waits is to be cancelled.
///
/// # Errors
/// All that is wrong with it, parameter by parameter.
pub fn cancels_waiting(query: &Value) -> Result<bool, Vec<FieldError>> {
    let mut fields = Fields::of(query)?;
    let cancels = match fields.optional_text("cancelWaiting") {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => {
            fields.note("cancelWaiting", FieldCode::OutOfRange, "must be true or false");
            false
        }
    };
    fields.finish()?;
    Ok(cancels)
}

/// A valid request to make an API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyRequest {
    /// What its owner calls it.
    pub name: String,
}

impl ApiKeyRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// All that is wrong with it, field by field.
    pub fn parse(body: &Value) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::of(body)?;
        let name = fields.required_name("name");
        fields.finish()?;
        name.map(|name| Self { name })
            .ok_or_else(|| vec![FieldError::body(FieldCode::Required, "the body is incomplete")])
    }
}

/// Gaps that the sandbox may have are too small for the provider that comes after it.
fn check_gaps_kept(fields: &mut Fields<'_>, rules: &SessionRules, pacing: Option<Pacing>) {
    let is_told = fields.optional("pacing").is_some();
    if !is_told && pacing.is_some_and(|pacing| pacing.min_gap_ms() < rules.gap_floor_ms) {
        let detail = format!("is missing: this provider needs gaps of at least {} ms", rules.gap_floor_ms);
        fields.note("pacing", FieldCode::Required, &detail);
    }
}

fn pacing(fields: &mut Fields<'_>, rules: &SessionRules) -> Option<Pacing> {
    let min = fields.optional_u32("minGapMs").unwrap_or(rules.default_pacing.min_gap_ms());
    let max = fields.optional_u32("maxGapMs").unwrap_or(rules.default_pacing.max_gap_ms().max(min));
    if min < rules.gap_floor_ms {
        let detail = format!("must be at least {} (the floor of this stack)", rules.gap_floor_ms);
        fields.note("minGapMs", FieldCode::OutOfRange, &detail);
    }
    match Pacing::new(min, max) {
        Ok(pacing) => Some(pacing),
        Err(error) => {
            fields.note("maxGapMs", FieldCode::OutOfRange, &format!("is wrong: {error}"));
            None
        }
    }
}

#[cfg(feature = "schema")]
mod schema;
#[cfg(feature = "schema")]
pub use schema::cancels_waiting_parameters;

#[cfg(test)]
mod tests;
