//! The `$default` route: answers every path that there is not.
//!
//! A path with a slash too many at its end leads to the one without. The base path itself answers, so that tools that try
//! it find the API there.

#[cfg(feature = "lambda")]
use std::future::ready;

use serde::Serialize;
use shared::http::{
    Access, ApiRequest, ApiResponse, Endpoint, ErrorCode, Method, Problem, PublicCall, StatusCode,
};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_public};
use shared::world::Needs;

/// The endpoint, which stands for all that are none.
pub const ENDPOINT: Endpoint = Endpoint { access: Access::Public, ..Endpoint::get("$default", "notFound") };

/// The ports and settings that the function needs.
pub const NEEDS: Needs = Needs::NOTHING;

/// The base path of the API.
const BASE: &str = "/api/v1";

/// Longest path that is repeated in an answer, in characters.
const SHOWN_MAX_CHARS: usize = 100;

#[derive(Serialize)]
struct Base {
    name: &'static str,
    documentation: &'static str,
}

/// Leads to the path without slashes at its end, or says that there is no such path.
pub fn handle(call: &PublicCall) -> Result<ApiResponse, Problem> {
    let request = &call.request;
    let path = request.path.trim_end_matches('/');
    if path.ends_with(BASE) && request.method == Method::GET {
        let base = Base { name: "Paceline", documentation: "docs" };
        return Ok(ApiResponse::json(StatusCode::OK, &base));
    }
    if path.len() < request.path.len()
        && let Some(answer) = without_slashes(request, path)
    {
        return Ok(answer);
    }
    let shown: String = request.path.chars().take(SHOWN_MAX_CHARS).collect();
    let detail = format!("There is no {} {shown}. The API is below {BASE}.", request.method);
    Err(Problem::new(ErrorCode::RouteNotFound, detail))
}

/// Where a path leads without its last slashes, as seen from it: what stands before the base path is not known here. So it
/// never leads to another host.
fn without_slashes(request: &ApiRequest, path: &str) -> Option<ApiResponse> {
    let (_, last) = path.rsplit_once('/').filter(|(_, last)| !last.is_empty())?;
    let up = "../".repeat(request.path.len() - path.len());
    let query = request.raw_query();
    let question = if query.is_empty() { "" } else { "?" };
    ApiResponse::permanent_redirect(&format!("{up}{last}{question}{query}"))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    serve_public(&stack, &ENDPOINT, |call| ready(handle(&call))).await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn answer(path: &str, query: &[(&str, &str)]) -> (u16, Option<String>) {
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = ApiRequest { path: path.to_owned(), query, ..ApiRequest::default() };
        let call = PublicCall { request: Arc::new(request), now: domain::values::time::Timestamp::EPOCH };
        let response = handle(&call).unwrap_or_else(Problem::into_response);
        let location = response.headers.get("location").map(|it| it.to_str().unwrap().to_owned());
        (response.status.as_u16(), location)
    }

    #[test]
    fn a_slash_too_many_leads_to_the_path_without() {
        for (path, query, location) in [
            ("/api/v1/messages/", vec![], "../messages"),
            ("/api/v1/messages/send/", vec![], "../send"),
            ("/stage/api/v1/messages//", vec![], "../../messages"),
            ("/api/v1/messages/", vec![("to", "+49 1"), ("a", "&")], "../messages?to=%2B49+1&a=%26"),
            ("/api/v1//evil.example/", vec![], "../evil.example"),
            ("/api/v1/https:evil.example/", vec![], "../https:evil.example"),
        ] {
            assert_eq!(answer(path, &query), (308, Some(location.to_owned())), "{path}");
        }
    }

    #[test]
    fn the_base_path_answers_and_nothing_else_does() {
        for path in ["/api/v1", "/api/v1/", "/stage/api/v1/"] {
            assert_eq!(answer(path, &[]), (200, None), "{path}");
        }
        for path in ["/", "//", "/api/v1/nothing", "/api"] {
            assert_eq!(answer(path, &[]), (404, None), "{path}");
        }
        assert_eq!(answer("/api/v1/\n/", &[]).0, 404);
    }
}
