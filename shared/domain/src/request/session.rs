//! Making a session.

use serde_json::Value;

use super::fields::{FieldCode, FieldError, Fields};
use super::limits::limits;
use crate::allowance::SendingLimits;
use crate::pacing::Pacing;
use crate::session::{ProviderConfig, Secret};

/// What a stack allows a session to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRules {
    /// The pacing of a session that asks for none; also stands in for the half of a range that is not asked for.
    pub default_pacing: Pacing,
    /// The smallest gap that may be asked for, in milliseconds.
    pub gap_floor_ms: u32,
    /// Whether a provider may be reached over plain HTTP.
    pub allow_private_providers: bool,
}

/// A valid request to make a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRequest {
    /// What its owner calls it.
    pub name: String,
    /// How it reaches WhatsApp.
    pub provider: ProviderConfig,
    /// The range of its gaps, if it asks for one.
    pub pacing: Option<Pacing>,
    /// What it may send, if it asks for limits.
    pub limits: Option<SendingLimits>,
}

impl SessionRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// All that is wrong with it, field by field.
    pub fn parse(body: &Value, rules: &SessionRules) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::of(body)?;
        let name = fields.required_name("name");
        let provider = fields.nested("provider", |inner| provider(inner, rules));
        if fields.optional("provider").is_none() {
            fields.note("provider", FieldCode::Required, "is missing, such as {\"kind\": \"sandbox\"}");
        }
        let pacing = fields.nested("pacing", |inner| pacing(inner, rules));
        let limits = limits(&mut fields);
        fields.finish()?;
        match (name, provider.flatten()) {
            (Some(name), Some(provider)) => Ok(Self { name, provider, pacing: pacing.flatten(), limits }),
            _ => Err(vec![FieldError::body(FieldCode::Required, "the body is incomplete")]),
        }
    }
}

fn provider(fields: &mut Fields<'_>, rules: &SessionRules) -> Option<ProviderConfig> {
    match fields.required_text("kind")? {
        "sandbox" => Some(ProviderConfig::Sandbox),
        "waha" => waha(fields, rules),
        "cloud_api" => cloud_api(fields, rules),
        _ => {
            fields.note("kind", FieldCode::OutOfRange, "must be one of sandbox, waha, cloud_api");
            None
        }
    }
}

fn waha(fields: &mut Fields<'_>, rules: &SessionRules) -> Option<ProviderConfig> {
    let base_url = fields.required_text("baseUrl");
    let base_url = fields.parsed("baseUrl", base_url, |text| base_url_form(text, rules));
    let api_key = secret(fields, "apiKey");
    if api_key.is_none() && fields.optional("apiKey").is_none() {
        fields.note("apiKey", FieldCode::Required, "is missing: it goes into X-Api-Key at the WAHA server");
    }
    let session = fields.required_name("session");
    let webhook_secret = secret(fields, "webhookSecret");
    Some(ProviderConfig::Waha { base_url: base_url?, api_key: api_key?, session: session?, webhook_secret })
}

fn cloud_api(fields: &mut Fields<'_>, rules: &SessionRules) -> Option<ProviderConfig> {
    let phone_number_id = fields.required_text("phoneNumberId");
    let phone_number_id = fields.parsed("phoneNumberId", phone_number_id, |text| {
        let is_one = (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        is_one.then(|| text.to_owned()).ok_or("must be the digits of Meta's id of the phone number")
    });
    let [access_token, app_secret, verify_token] =
        ["accessToken", "appSecret", "verifyToken"].map(|name| required_secret(fields, name));
    let api_version = fields.optional_text("apiVersion");
    let api_version = fields.parsed("apiVersion", api_version, |text| {
        let is_part = |part: &str| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        let parts = text.strip_prefix('v').and_then(|rest| rest.split_once('.'));
        let is_one = parts.is_some_and(|(major, minor)| is_part(major) && is_part(minor));
        is_one.then(|| text.to_owned()).ok_or("must be a version such as v23.0")
    });
    let base_url = fields.optional_text("baseUrl");
    let base_url = fields.parsed("baseUrl", base_url, |text| base_url_form(text, rules));
    Some(ProviderConfig::CloudApi {
        phone_number_id: phone_number_id?,
        access_token: access_token?,
        app_secret: app_secret?,
        verify_token: verify_token?,
        api_version,
        base_url,
    })
}

fn required_secret(fields: &mut Fields<'_>, name: &'static str) -> Option<Secret> {
    let found = secret(fields, name);
    if found.is_none() && fields.optional(name).is_none() {
        fields.note(name, FieldCode::Required, "is missing");
    }
    found
}

fn secret(fields: &mut Fields<'_>, name: &'static str) -> Option<Secret> {
    let text = fields.optional_text(name)?;
    // It goes into a header: what cannot stand there would fail at every send.
    if text.is_empty() || text.len() > 512 || !text.bytes().all(|b| b.is_ascii_graphic()) {
        fields.note(name, FieldCode::InvalidFormat, "must be 1 to 512 visible ASCII characters");
        return None;
    }
    Some(Secret::new(text.to_owned()))
}

/// Without a slash at its end, so that paths can follow.
fn base_url_form(text: &str, rules: &SessionRules) -> Result<String, &'static str> {
    let rest = match text.split_once("://") {
        Some(("https", rest)) => rest,
        Some(("http", rest)) if rules.allow_private_providers => rest,
        _ if rules.allow_private_providers => return Err("must be an http or https URL"),
        _ => return Err("must be an https URL"),
    };
    let clean =
        text.len() <= 512 && text.bytes().all(|b| b.is_ascii_graphic()) && !rest.contains(['?', '#', '@']);
    if clean && !rest.is_empty() && !rest.starts_with(['/', ':']) {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("must be a URL with a host, and without user, query or fragment")
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
