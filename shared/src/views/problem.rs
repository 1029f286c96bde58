//! A problem document (RFC 9457).

use serde::Serialize;

use crate::http::ErrorCode;

/// Why a request was refused (RFC 9457).
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Problem"))]
pub struct ProblemView<'a> {
    /// `urn:paceline:problem:` and the code.
    #[serde(rename = "type")]
    pub urn: String,
    /// A few words that are the same for every case of the code.
    pub title: &'static str,
    /// The HTTP status.
    #[cfg_attr(feature = "schema", schemars(range(min = 400, max = 599)))]
    pub status: u16,
    /// Why, for people, and what would be right.
    pub detail: &'a str,
    /// The same as `detail`, by the name that many clients look for.
    pub message: &'a str,
    /// Why, for programs. Stable.
    pub code: ErrorCode,
    /// What is wrong, place by place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ErrorView<'a>>,
}

/// What is wrong at one place: `pointer` into the body (RFC 6901), or `line` of a file.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct ErrorView<'a> {
    /// Where in the body, as a JSON pointer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(required))]
    pub pointer: Option<&'a str>,
    /// On which line of the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(required))]
    pub line: Option<u64>,
    /// What is wrong, for programs.
    pub code: &'static str,
    /// What is wrong, for people.
    pub detail: &'a str,
}
