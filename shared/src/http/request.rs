//! A request as the handlers see it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use bytes::Bytes;
use domain::access::rate_limit::Usage;
use http::{HeaderMap, HeaderName, Method};
use serde_json::map::Entry;
use serde_json::{Map, Value};
use url::form_urlencoded;

/// A request that came through the API Gateway.
#[derive(Clone, Debug, Default)]
pub struct ApiRequest {
    /// Its method.
    pub method: Method,
    /// Its path, without the stage.
    pub path: String,
    /// The name of the host that was asked, as the API Gateway knows it.
    pub domain_name: String,
    /// What the route's `{…}` stand for.
    pub path_parameters: BTreeMap<String, String>,
    /// The parameters of its query, decoded, in their order; a name may come twice.
    pub query: Vec<(String, String)>,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, decoded.
    pub body: Bytes,
    /// The client's address as the API Gateway saw it. No header can change it, but for one of a proxy that has proved itself
    /// ([`TrustedProxy`](super::TrustedProxy)).
    pub source_ip: String,
    /// The API Gateway's id of the request; every answer has it.
    pub request_id: String,
    /// What its client has used of its limit, once that is counted; every answer says so.
    pub usage: OnceLock<Usage>,
}

impl ApiRequest {
    /// Keeps what was counted for the answer's headers; a request is counted once.
    pub(super) fn note_usage(&self, usage: Usage) {
        self.usage.get_or_init(|| usage);
    }

    /// The query as an object of texts. A name that comes twice has a list, which is no text. What is empty is left out, as
    /// forms send it, and so are names that begin with `_`, by which some clients keep answers out of caches.
    pub fn query_object(&self) -> Value {
        let mut object = Map::new();
        let given = self.query.iter().filter(|(name, value)| !value.is_empty() && !name.starts_with('_'));
        for (name, value) in given {
            let value = Value::String(value.clone());
            match object.entry(name.clone()) {
                Entry::Vacant(place) => drop(place.insert(value)),
                Entry::Occupied(mut place) => *place.get_mut() = Value::Array(vec![value]),
            }
        }
        Value::Object(object)
    }

    /// The query as it stands in an address, encoded.
    pub fn raw_query(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.query).finish()
    }

    /// A header's value, if it is there and is text.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_parameter_that_comes_twice_is_no_text() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let query = vec![pair("a", "1"), pair("b", ""), pair("a", "2"), pair("_", "1"), pair("_t", "x")];
        let request = ApiRequest { query, ..ApiRequest::default() };
        assert_eq!(request.query_object(), json!({ "a": ["2"] }));
    }
}
