//! The API over HTTP. What every answer must be is checked here, for each answer of each test.

use domain::values::time::Timestamp;
use provider_stubs::ProviderStub;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::contract;
use crate::login::CLIENT_SECRET;
use crate::message::Message;

/// What divides the parts of a form; no file of a test holds it.
const BOUNDARY: &str = "boundary-of-a-test";

/// The API, with the credentials of a caller.
#[derive(Clone, Debug)]
pub struct Api {
    pub(crate) http: reqwest::Client,
    pub(crate) base_url: String,
    pub(crate) headers: HeaderMap,
}

/// An answer of the API.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Value,
    /// The length of its body, in bytes.
    pub bytes: usize,
}

impl Api {
    /// `POST /messages/send`.
    pub async fn post_send(&self, body: &Value) -> Answer {
        self.request(Method::POST, "/messages/send", Some("application/json"), body.to_string().into()).await
    }

    /// Sends a message that is accepted, and returns what the answer says.
    pub async fn send(&self, body: &Value) -> Accepted {
        Accepted::of(&self.post_send(body).await)
    }

    /// `GET /messages/{id}`.
    pub async fn get(&self, id: &str) -> Answer {
        self.request(Method::GET, &format!("/messages/{id}"), None, Vec::new()).await
    }

    /// A message that is there.
    pub async fn message(&self, id: &str) -> Message {
        let answer = self.get(id).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        Message(answer.body)
    }

    /// `DELETE /messages/{id}`.
    pub async fn cancel(&self, id: &str) -> Answer {
        self.request(Method::DELETE, &format!("/messages/{id}"), None, Vec::new()).await
    }

    /// `POST /messages/bulk`.
    pub async fn post_bulk(&self, body: &Value) -> Answer {
        self.request(Method::POST, "/messages/bulk", Some("application/json"), body.to_string().into()).await
    }

    /// `POST /messages/bulk/csv`: a form with these fields and this file.
    pub async fn post_csv(&self, fields: &[(&str, &str)], file: &[u8]) -> Answer {
        let mut body = Vec::new();
        for (name, value) in fields {
            let head =
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(head.bytes());
        }
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"list.csv\"\r\n\
             Content-Type: text/csv\r\n\r\n"
        );
        body.extend(head.bytes());
        body.extend(file);
        body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        self.request(Method::POST, "/messages/bulk/csv", Some(&content_type), body).await
    }

    /// `POST /messages/bulk/uploads`.
    pub async fn post_upload(&self, body: &Value) -> Answer {
        self.request(
            Method::POST,
            "/messages/bulk/uploads",
            Some("application/json"),
            body.to_string().into(),
        )
        .await
    }

    /// Puts a file where an answer of [`Api::post_upload`] says. Returns the status.
    pub async fn put_file(&self, upload: &Value, file: Vec<u8>) -> u16 {
        let mut request = self.http.put(upload["url"].as_str().expect("an address")).body(file);
        for (name, value) in upload["headers"].as_object().expect("headers") {
            request = request.header(name, value.as_str().expect("a text"));
        }
        request.send().await.expect("an answer of S3").status().as_u16()
    }

    /// `GET /campaigns/{id}`.
    pub async fn campaign(&self, id: &str) -> Answer {
        self.request(Method::GET, &format!("/campaigns/{id}"), None, Vec::new()).await
    }

    /// The same, with one more header.
    #[must_use]
    pub fn with_header(&self, name: &'static str, value: &str) -> Self {
        let mut api = self.clone();
        api.headers.insert(name, HeaderValue::from_str(value).expect("a header's value"));
        api
    }

    /// Any request with a body in JSON.
    pub async fn call(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.request(method, path, Some("application/json"), body.to_string().into()).await
    }

    /// Any `GET`.
    pub async fn look(&self, path: &str) -> Answer {
        self.request(Method::GET, path, None, Vec::new()).await
    }

    /// Any request.
    pub async fn request(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: Vec<u8>,
    ) -> Answer {
        let request = self.builder(method.clone(), path, content_type, body.clone());
        let response = request.send().await.unwrap_or_else(|error| panic!("{path}: {error}"));
        let answer = Answer::of(response).await;
        answer.check();
        contract::check(&method, path, &body, &answer);
        answer.check_for_secrets(path);
        answer
    }

    /// Any request whose answer may be a redirect.
    pub async fn raw(&self, method: Method, path: &str) -> Answer {
        let request = self.builder(method, path, None, Vec::new());
        Answer::of(request.send().await.unwrap_or_else(|error| panic!("{path}: {error}"))).await
    }

    /// The answer to a request that may be lost: the process behind it may be killed, and nothing then answers as it
    /// should.
    pub async fn try_send(&self, body: &Value) -> Option<Answer> {
        let body = body.to_string().into();
        let request = self.builder(Method::POST, "/messages/send", Some("application/json"), body);
        let answer = Answer::of(request.send().await.ok()?).await;
        (answer.status == 202).then_some(answer)
    }

    fn builder(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: Vec<u8>,
    ) -> RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.base_url));
        request = request.headers(self.headers.clone()).body(body);
        match content_type {
            Some(content_type) => request.header(CONTENT_TYPE, content_type),
            None => request,
        }
    }
}

impl Answer {
    async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap_or_default();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Self { status, headers, body, bytes: bytes.len() }
    }

    /// A header, as text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value: &HeaderValue| value.to_str().unwrap_or_default())
    }

    /// The code of a problem.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The errors of a problem, each as pointer and code, sorted.
    pub fn errors(&self) -> Vec<(String, String)> {
        let listed = self.body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        let text = |error: &Value, name: &str| error[name].as_str().expect("a text").to_owned();
        let mut errors: Vec<_> =
            listed.iter().map(|error| (text(error, "pointer"), text(error, "code"))).collect();
        errors.sort();
        errors
    }

    /// The status and code of a problem.
    pub fn refusal(&self) -> (u16, &str) {
        (self.status, self.code())
    }

    /// No answer has a secret, except an answer that shows it to its owner.
    fn check_for_secrets(&self, path: &str) {
        if SHOWS_A_SECRET.iter().any(|shows| path.starts_with(shows)) {
            return;
        }
        let headers = self.headers.values().filter_map(|value| value.to_str().ok());
        for text in headers.chain([self.body.to_string().as_str()]) {
            assert_eq!(secret_in(text), None, "{path}: {self:?}");
        }
    }

    /// What every answer must be: it has an id and JSON, and says by a problem document why a request is refused.
    fn check(&self) {
        assert!(!self.header("x-request-id").is_empty(), "no x-request-id: {self:?}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("x-frame-options", "DENY"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("referrer-policy", "no-referrer"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(self.header(name), value, "{name}: {self:?}");
        }
        if self.status == 204 {
            assert_eq!(self.bytes, 0, "{self:?}");
            return;
        }
        let is_success = (200..300).contains(&self.status);
        let media_type = if is_success { "application/json" } else { "application/problem+json" };
        assert_eq!(self.header("content-type"), media_type, "{self:?}");
        if is_success {
            return;
        }
        assert_eq!(self.body["status"], self.status, "{self:?}");
        for name in ["type", "title", "detail", "code"] {
            assert!(self.body[name].as_str().is_some_and(|text| !text.is_empty()), "no {name}: {self:?}");
        }
        assert_ne!(self.status, 500, "{self:?}");
    }
}

/// Paths whose answers show a secret, once, to whom it is for.
const SHOWS_A_SECRET: [&str; 2] = ["/auth/google/callback", "/api-keys"];

/// What must not be in an answer: the secrets of the tests' providers, and everything that looks like an API key or a token.
fn secret_in(text: &str) -> Option<&'static str> {
    let known = [CLIENT_SECRET, ProviderStub::DEFAULT_API_KEY];
    let found = known.into_iter().find(|secret| text.contains(secret));
    let is_word = |text: &str, length: usize| {
        text.len() >= length && text.bytes().take(length).all(|b| b.is_ascii_alphanumeric())
    };
    let is_key =
        |rest: &str| is_word(rest, 4) && rest[4..].strip_prefix('_').is_some_and(|rest| is_word(rest, 28));
    let has_key = text.split("gapi_").skip(1).any(is_key);
    // Both parts of a JWT are objects, which begin the same in base64.
    let has_token = text.contains(".eyJ");
    found.or(has_key.then_some("an API key")).or(has_token.then_some("a token"))
}

/// What the answer to an accepted message says.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The message's id.
    pub id: String,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// The whole answer.
    pub body: Value,
}

impl Accepted {
    /// Reads the answer.
    pub fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 202, "{answer:?}");
        let created_at = answer.body["createdAt"].as_str().expect("a time");
        Self {
            id: answer.body["jobId"].as_str().expect("a jobId").to_owned(),
            created_at: Timestamp::parse_rfc3339(created_at).expect("a time"),
            body: answer.body.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_noticed() {
        for text in [
            "x client-secret-of-a-local-stack",
            "gapi_abcd_0123456789012345678901234567",
            "\"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc\"",
        ] {
            assert!(secret_in(text).is_some(), "{text}");
        }
        for text in
            ["gapi_xxxx_", "The API key has not the form gapi_xxxx_xxx.", "{\"prefix\":\"gapi_abcd\"}"]
        {
            assert_eq!(secret_in(text), None, "{text}");
        }
    }
}
