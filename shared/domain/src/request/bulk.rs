//! `POST /messages/bulk`, `/messages/bulk/csv` and `/messages/bulk/uploads`: what they have in common.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::content::bounded_text;
use super::fields::{FieldCode, FieldError, Fields};
use super::recipient::default_country;
use super::send::session_id;
use super::time::scheduled_at;
use crate::bulk::csv::TextEncoding;
use crate::bulk::json::RECIPIENT_FIELDS;
use crate::bulk::{RecipientRules, Template};
use crate::limits::{
    BULK_RECIPIENTS_MAX, CSV_FILE_MAX_BYTES, FILE_NAME_MAX_CHARS, GAP_CEILING_MS, GAP_DEFAULT_MAX_MS,
    GAP_DEFAULT_MIN_MS, TEXT_MAX_CHARS,
};
use crate::providers::ProviderKind;
use crate::sending::pacing::Pacing;
use crate::session::Session;
use crate::values::ids::SessionId;
use crate::values::time::Timestamp;

/// What a stack allows campaigns to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BulkRules {
    /// The smallest gap that may be asked for, in milliseconds.
    pub gap_floor_ms: u32,
}

impl BulkRules {
    /// The smallest gap that campaigns of a session may ask for: those of the sandbox, which sends nowhere, need none.
    fn gap_floor_ms(self, session: Option<&Session>) -> u32 {
        let is_sandbox = session.is_some_and(|session| session.provider.kind() == ProviderKind::Sandbox);
        if is_sandbox { 0 } else { self.gap_floor_ms }
    }
}

/// What a request is read by: the time, what the stack allows, and the session that it names, if its caller has it.
#[derive(Clone, Copy, Debug)]
pub struct BulkContext<'a> {
    /// When it came.
    pub now: Timestamp,
    /// What the stack allows.
    pub rules: BulkRules,
    /// The session.
    pub session: Option<&'a Session>,
}

/// What all recipients of a campaign have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CampaignTerms {
    /// Through which session; whose it is remains to be checked.
    pub session_id: SessionId,
    /// What its owner calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The text for recipients that have none of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_message: Option<String>,
    /// The range of its gaps.
    pub pacing: Pacing,
    /// When it begins, if not now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_at: Option<Timestamp>,
    /// Whether links in its texts are shown with a preview, if something is said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_preview: Option<bool>,
    /// How its recipients are read.
    #[serde(default)]
    pub recipients: RecipientRules,
    /// What its file is said to be encoded in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<TextEncoding>,
}

/// A valid request with its recipients, each of which remains to be looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkRequest<'a> {
    /// What they have in common.
    pub terms: CampaignTerms,
    /// The recipients.
    pub recipients: &'a [Value],
}

/// A valid request for an address to upload a file to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRequest {
    /// What its recipients have in common.
    pub terms: CampaignTerms,
    /// The name of the file at its owner's.
    pub file_name: String,
    /// How many bytes it has, if that was said: no other size can then be uploaded.
    pub size: Option<u64>,
}

impl<'a> BulkRequest<'a> {
    /// Reads a body.
    ///
    /// # Errors
    /// All that is wrong with it, field by field.
    pub fn parse(body: &'a Value, context: BulkContext<'_>) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::of(body)?;
        let terms = terms(&mut fields, context);
        let recipients = recipients(&mut fields);
        fields.finish()?;
        match (terms, recipients) {
            (Some(terms), Some(recipients)) => Ok(Self { terms, recipients }),
            _ => Err(incomplete()),
        }
    }
}

impl CampaignTerms {
    /// Reads what came beside a file.
    ///
    /// # Errors
    /// All that is wrong with it, field by field.
    pub fn parse(body: &Value, context: BulkContext<'_>) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::of(body)?;
        let terms = terms(&mut fields, context);
        let encoding = encoding(&mut fields);
        fields.finish()?;
        terms.map(|terms| Self { encoding, ..terms }).ok_or_else(incomplete)
    }
}

impl UploadRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// All that is wrong with it, field by field.
    pub fn parse(body: &Value, context: BulkContext<'_>) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::of(body)?;
        let terms = terms(&mut fields, context);
        let encoding = encoding(&mut fields);
        let file_name = fields.required_text("fileName");
        let file_name = fields.parsed("fileName", file_name, file_name_form);
        let size = size(&mut fields);
        fields.finish()?;
        match (terms, file_name) {
            (Some(terms), Some(file_name)) => {
                Ok(Self { terms: CampaignTerms { encoding, ..terms }, file_name, size })
            }
            _ => Err(incomplete()),
        }
    }
}

/// Each part that is missing was noted before; this is never reached without one.
fn incomplete() -> Vec<FieldError> {
    vec![FieldError::body(FieldCode::Required, "the body is incomplete")]
}

fn terms(fields: &mut Fields<'_>, context: BulkContext<'_>) -> Option<CampaignTerms> {
    let BulkContext { now, rules, session } = context;
    let session_id = session_id(fields);
    let recipients = default_country(fields, session);
    let name = fields.optional_name("name");
    let default_message = default_message(fields);
    let link_preview = fields.optional_bool("linkPreview");
    let pacing = pacing(fields, rules.gap_floor_ms(session));
    let scheduled_at = scheduled_at(fields, now);
    Some(CampaignTerms {
        session_id: session_id?,
        name,
        default_message,
        pacing: pacing?,
        scheduled_at,
        link_preview,
        recipients,
        encoding: None,
    })
}

/// What a file is said to be encoded in.
fn encoding(fields: &mut Fields<'_>) -> Option<TextEncoding> {
    let label = fields.optional_text("encoding");
    fields.parsed("encoding", label, str::parse::<TextEncoding>)
}

fn default_message(fields: &mut Fields<'_>) -> Option<String> {
    let text = bounded_text(fields, "defaultMessage", TEXT_MAX_CHARS)?;
    if let Err(error) = Template::compile(&text) {
        fields.note("defaultMessage", FieldCode::InvalidFormat, &format!("is wrong: {error}"));
    }
    Some(text)
}

/// How many times its beginning the end of a range is by default.
const WIDTH: u32 = GAP_DEFAULT_MAX_MS / GAP_DEFAULT_MIN_MS;

/// The end of the range that is not asked for gives way to the one that is, and the range stays as wide as by default: a
/// gap is never a constant that nobody asked for.
fn pacing(fields: &mut Fields<'_>, floor: u32) -> Option<Pacing> {
    let (given_min, given_max) = (delay(fields, "delayMin", floor), delay(fields, "delayMax", floor));
    let below = |max: u32| if max > GAP_DEFAULT_MIN_MS { GAP_DEFAULT_MIN_MS } else { max / WIDTH };
    let above =
        |min: u32| if min < GAP_DEFAULT_MAX_MS { GAP_DEFAULT_MAX_MS } else { min.saturating_mul(WIDTH) };
    let max_or_ceiling = given_max.unwrap_or(GAP_CEILING_MS);
    let min = given_min.unwrap_or(below(max_or_ceiling).max(floor).min(max_or_ceiling));
    let max = given_max.unwrap_or(above(min).min(GAP_CEILING_MS).max(min));
    let pacing = Pacing::new(min, max);
    if pacing.is_err() && min > max {
        fields.note(
            "delayMin",
            FieldCode::OutOfRange,
            &format!("is {min} and must not be over delayMax, {max}"),
        );
    }
    pacing.ok()
}

fn delay(fields: &mut Fields<'_>, name: &'static str, floor: u32) -> Option<u32> {
    let delay = fields.optional_u32(name)?;
    if delay < floor {
        let detail = format!("must be at least {floor} ms (the floor of this stack)");
        fields.note(name, FieldCode::OutOfRange, &detail);
    } else if delay > GAP_CEILING_MS {
        fields.note(name, FieldCode::OutOfRange, &format!("must be at most {GAP_CEILING_MS} ms (one hour)"));
    }
    Some(delay)
}

fn recipients<'a>(fields: &mut Fields<'a>) -> Option<&'a [Value]> {
    let Some(value) = fields.optional("recipients") else {
        fields.note("recipients", FieldCode::Required, "is missing, such as [{\"phone\": \"16505551234\"}]");
        return None;
    };
    let Some(recipients) = value.as_array() else {
        fields.note("recipients", FieldCode::WrongType, "must be a list of objects");
        return None;
    };
    if recipients.is_empty() {
        fields.note("recipients", FieldCode::TooShort, "must not be empty");
    } else if recipients.len() > BULK_RECIPIENTS_MAX {
        let detail = format!(
            "must have at most {BULK_RECIPIENTS_MAX} elements, not {}; upload a file: POST /messages/bulk/uploads",
            recipients.len()
        );
        fields.note("recipients", FieldCode::TooLong, &detail);
    } else {
        fields.elements_have("recipients", recipients, &RECIPIENT_FIELDS);
    }
    Some(recipients)
}

fn size(fields: &mut Fields<'_>) -> Option<u64> {
    let value = fields.optional("size")?;
    let Some(size) = value.as_u64() else {
        fields.note("size", FieldCode::WrongType, "must be a whole number: the bytes of the file");
        return None;
    };
    if !(1..=CSV_FILE_MAX_BYTES).contains(&size) {
        let detail = format!("must be from 1 to {CSV_FILE_MAX_BYTES} bytes, the largest file there may be");
        fields.note("size", FieldCode::OutOfRange, &detail);
    }
    Some(size)
}

fn file_name_form(text: &str) -> Result<String, String> {
    let chars = text.chars().count();
    if (1..=FILE_NAME_MAX_CHARS).contains(&chars) && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    Err(format!("must be 1 to {FILE_NAME_MAX_CHARS} characters on one line"))
}

#[cfg(feature = "schema")]
impl BulkRequest<'_> {
    /// The schema of the body.
    pub fn schema() -> Value {
        let recipients = serde_json::json!({
            "type": "array", "minItems": 1, "maxItems": BULK_RECIPIENTS_MAX,
            "items": { "$ref": "#/components/schemas/Recipient" },
        });
        CampaignTerms::schema_with("recipients", &recipients)
    }
}

#[cfg(feature = "schema")]
impl UploadRequest {
    /// The schema of the body.
    pub fn schema() -> Value {
        let name = serde_json::json!({ "type": "string", "minLength": 1, "maxLength": FILE_NAME_MAX_CHARS });
        let mut schema = CampaignTerms::schema_with_file("fileName", &name);
        schema["properties"]["size"] = serde_json::json!({
            "type": ["integer", "null"], "minimum": 1, "maximum": CSV_FILE_MAX_BYTES,
            "description": "Bytes of the file. The address then takes a file of this size only.",
        });
        schema
    }
}

#[cfg(feature = "schema")]
impl CampaignTerms {
    /// The schema of what comes with a file.
    pub fn schema_with_file(name: &str, field: &Value) -> Value {
        let mut schema = Self::schema_with(name, field);
        schema["properties"]["encoding"] = serde_json::json!({
            "type": ["string", "null"], "examples": ["windows-1252"],
            "description": "What the file is encoded in, by its WHATWG label; a byte order mark goes before it. UTF-8, when nothing is said.",
        });
        schema
    }

    /// The schema of a body that has one field more, which is required.
    fn schema_with(name: &str, field: &Value) -> Value {
        let gap = |default: u32| {
            serde_json::json!({
                "type": ["integer", "string", "null"], "maximum": GAP_CEILING_MS, "default": default,
                "description": "Of the gaps between two messages, in milliseconds.",
            })
        };
        let properties = serde_json::json!({
            "sessionId": { "type": "string", "format": "uuid", "description": "One of your sessions." },
            "defaultMessage": {
                "type": ["string", "null"], "maxLength": TEXT_MAX_CHARS, "examples": ["Hi {{name}}!"],
                "description": "For recipients that have no text of their own; `{{name}}` is replaced.",
            },
            "delayMin": gap(GAP_DEFAULT_MIN_MS),
            "delayMax": gap(GAP_DEFAULT_MAX_MS),
            "scheduledAt": super::time::schema(),
            "defaultCountry": super::recipient::country_schema(),
            "linkPreview": { "type": ["boolean", "null"], "default": true, "description": "Whether links in the texts are shown with a preview." },
            "name": { "type": ["string", "null"], "maxLength": crate::limits::NAME_MAX_CHARS },
            name: field,
        });
        crate::schema::body(&["sessionId", name], &properties)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(size: &Value) -> Result<Option<u64>, Vec<(String, FieldCode)>> {
        let session_id = SessionId::new(Timestamp::from_millis(0), 1).to_string();
        let body = serde_json::json!({ "sessionId": session_id, "fileName": "a.csv", "size": size });
        let (now, rules) = (Timestamp::from_millis(0), BulkRules { gap_floor_ms: 0 });
        let parsed = UploadRequest::parse(&body, BulkContext { now, rules, session: None });
        let told =
            |errors: Vec<FieldError>| errors.into_iter().map(|error| (error.pointer, error.code)).collect();
        parsed.map(|upload| upload.size).map_err(told)
    }

    #[test]
    fn a_size_is_that_of_a_file_that_can_be_read() {
        for (given, expected) in
            [(Value::Null, None), (1.into(), Some(1)), (CSV_FILE_MAX_BYTES.into(), Some(CSV_FILE_MAX_BYTES))]
        {
            assert_eq!(size(&given), Ok(expected));
        }
        for (given, code) in [
            (Value::from(0), FieldCode::OutOfRange),
            ((CSV_FILE_MAX_BYTES + 1).into(), FieldCode::OutOfRange),
            ((-1).into(), FieldCode::WrongType),
            (1.5.into(), FieldCode::WrongType),
            ("1".into(), FieldCode::WrongType),
        ] {
            assert_eq!(size(&given), Err(vec![("/size".to_owned(), code)]), "{given}");
        }
    }
}
