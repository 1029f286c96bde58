//! Forms with a file in them (`multipart/form-data`, RFC 7578).

use bytes::Bytes;
use domain::bulk::csv::TextEncoding;
use domain::limits::{BODY_MAX_BYTES, FIELD_ERRORS_MAX, FIELD_NAME_SHOWN_MAX_CHARS};
use domain::request::{FieldCode, FieldError};
use futures_util::stream;
use http::header::CONTENT_TYPE;
use multer::{Field, Multipart};
use serde_json::{Map, Value};

use super::problem::{ErrorCode, Problem};
use super::request::ApiRequest;

/// The field with the file.
const FILE: &str = "file";

/// The field that says what the file is encoded in.
const ENCODING: &str = "encoding";

/// A form with a file.
#[derive(Clone, Debug, PartialEq)]
pub struct CsvForm {
    /// The file.
    pub file: Bytes,
    /// All other fields, as they would stand in a JSON body.
    pub fields: Value,
}

#[cfg(feature = "schema")]
impl CsvForm {
    /// The schema of the form.
    pub fn schema() -> Value {
        let file = serde_json::json!({
            "type": "string", "format": "binary",
            "description": "CSV by commas, semicolons or tabs, in UTF-8 or in what its byte order mark, `encoding` or its part's `charset` says.",
        });
        domain::request::CampaignTerms::schema_with_file(FILE, &file)
    }
}

/// The form of a request.
pub(super) async fn csv_form(request: &ApiRequest) -> Result<CsvForm, Problem> {
    let boundary =
        multer::parse_boundary(request.header(&CONTENT_TYPE).unwrap_or_default()).map_err(|_| {
            let detail =
                "Send the file as a form, with the header content-type: multipart/form-data; boundary=….";
            Problem::new(ErrorCode::UnsupportedMediaType, detail)
        })?;
    if request.body.len() > BODY_MAX_BYTES {
        let detail = format!(
            "The body may have at most {BODY_MAX_BYTES} bytes; this one has {}. Larger files: POST \
             /messages/bulk/uploads.",
            request.body.len()
        );
        return Err(Problem::new(ErrorCode::BodyTooLarge, detail));
    }
    let body = request.body.clone();
    let whole = stream::once(async move { Ok::<_, std::convert::Infallible>(body) });
    let mut form = Form::default();
    let mut parts = Multipart::new(whole, boundary);
    while let Some(part) = parts.next_field().await.map_err(|error| malformed(&error))? {
        form.add(part).await?;
    }
    form.finish()
}

/// What was read of a form.
#[derive(Default)]
struct Form {
    file: Option<Bytes>,
    /// What the part with the file says that it is encoded in.
    charset: Option<String>,
    fields: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Form {
    async fn add(&mut self, part: Field<'_>) -> Result<(), Problem> {
        let name = part.name().unwrap_or_default().to_owned();
        let charset = charset(&part);
        let is_new = if name == FILE { self.file.is_none() } else { !self.fields.contains_key(&name) };
        if !is_new {
            self.note(&name, FieldCode::NotAllowed, "is there twice");
        } else if name == FILE {
            self.file = Some(part.bytes().await.map_err(|error| malformed(&error))?);
            self.charset = charset;
        } else {
            let bytes = part.bytes().await.map_err(|error| malformed(&error))?;
            self.add_text(name, charset.as_deref(), &bytes);
        }
        Ok(())
    }

    /// A field that was left empty is not there.
    fn add_text(&mut self, name: String, charset: Option<&str>, bytes: &[u8]) {
        let Ok(encoding) = charset.unwrap_or("utf-8").parse::<TextEncoding>() else {
            return self.note(&name, FieldCode::InvalidFormat, "is in an encoding that nobody knows");
        };
        if let Some(text) = encoding.decode(bytes) {
            self.fields.insert(name, Value::from(text));
        } else {
            let detail = format!("must be a text in {}", encoding.name());
            self.note(&name, FieldCode::InvalidFormat, &detail);
        }
    }

    fn note(&mut self, name: &str, code: FieldCode, detail: &str) {
        if self.errors.len() < FIELD_ERRORS_MAX {
            let shown: String = name.chars().take(FIELD_NAME_SHOWN_MAX_CHARS).collect();
            self.errors.push(FieldError {
                pointer: format!("/{shown}"),
                code,
                detail: format!("{shown} {detail}"),
            });
        }
    }

    fn finish(mut self) -> Result<CsvForm, Problem> {
        if self.file.is_none() {
            self.note(FILE, FieldCode::Required, "is missing: the CSV file with the recipients");
        }
        match self.file {
            Some(file) if self.errors.is_empty() => {
                self.fields.retain(|_, value| value != "");
                if let Some(charset) = self.charset {
                    self.fields.entry(ENCODING).or_insert(Value::from(charset));
                }
                Ok(CsvForm { file, fields: Value::Object(self.fields) })
            }
            _ => Err(Problem::validation(self.errors)),
        }
    }
}

/// What a part says that its text is encoded in.
fn charset(part: &Field<'_>) -> Option<String> {
    part.content_type()?.get_param("charset").map(|charset| charset.as_str().to_ascii_lowercase())
}

fn malformed(error: &multer::Error) -> Problem {
    Problem::new(ErrorCode::MalformedMultipart, format!("The body is not a form of several parts: {error}."))
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn read(content_type: &str, body: &str) -> Result<CsvForm, Problem> {
        let mut request = ApiRequest { body: body.to_owned().into(), ..ApiRequest::default() };
        request.headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        csv_form(&request).now_or_never().expect("nothing waits")
    }

    fn part(name: &str, more: &str, value: &str) -> String {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n{value}\r\n")
    }

    const FORM: &str = "multipart/form-data; boundary=x";

    #[test]
    fn a_form_is_read_in_any_order() {
        let file = part("file", "; filename=\"a.csv\"\r\nContent-Type: text/csv", "phone\r\n1\r\n");
        let body = format!(
            "{}{file}{}{}{}--x--\r\n",
            part("delayMin", "", "7000"),
            part("name", "", ""),
            part("delayMax", "", "soon"),
            part("defaultMessage", "", "7")
        );
        let form = read(FORM, &body).unwrap();
        assert_eq!(form.file, "phone\r\n1\r\n");
        let fields = serde_json::json!({ "delayMin": "7000", "delayMax": "soon", "defaultMessage": "7" });
        assert_eq!(form.fields, fields);
    }

    #[test]
    fn a_part_may_say_what_it_is_encoded_in() {
        let file = part("file", "\r\nContent-Type: text/csv; charset=\"Windows-1252\"", "phone\n1\n");
        let latin = |charset: &str| {
            let head = part("name", &format!("\r\nContent-Type: text/plain; charset={charset}"), "@");
            let body = format!("{head}{file}--x--\r\n").into_bytes();
            let body: Vec<u8> = body.into_iter().map(|byte| if byte == b'@' { 0xFC } else { byte }).collect();
            let mut request = ApiRequest { body: body.into(), ..ApiRequest::default() };
            request.headers.insert(CONTENT_TYPE, FORM.parse().unwrap());
            csv_form(&request).now_or_never().expect("nothing waits")
        };
        let form = latin("ISO-8859-1").unwrap();
        assert_eq!(form.fields, serde_json::json!({ "name": "ü", "encoding": "windows-1252" }));
        for charset in ["utf-8", "klingon"] {
            assert_eq!(latin(charset).unwrap_err().errors[0].pointer, "/name");
        }
    }

    #[test]
    fn what_is_no_form_is_refused() {
        let whole = format!("{}--x--\r\n", part("file", "", "phone\n"));
        let code = |result: Result<CsvForm, Problem>| result.unwrap_err().code;
        assert_eq!(code(read("application/json", &whole)), ErrorCode::UnsupportedMediaType);
        assert_eq!(code(read("multipart/form-data", &whole)), ErrorCode::UnsupportedMediaType);
        assert_eq!(code(read(FORM, "phone\n1\n")), ErrorCode::MalformedMultipart);
        assert_eq!(code(read(FORM, whole.trim_end_matches("--x--\r\n"))), ErrorCode::MalformedMultipart);
        let twice = format!("{}{whole}", part("file", "", "phone\n"));
        assert_eq!(read(FORM, &twice).unwrap_err().errors[0].code, FieldCode::NotAllowed);
        let without = format!("{}--x--\r\n", part("name", "", "a"));
        assert_eq!(read(FORM, &without).unwrap_err().errors[0].pointer, "/file");
        let large = format!("{}--x--\r\n", part("file", "", &"x".repeat(BODY_MAX_BYTES)));
        assert_eq!(code(read(FORM, &large)), ErrorCode::BodyTooLarge);
    }
}
