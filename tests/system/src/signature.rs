//! Signatures of requests to AWS (Signature Version 4), in the name of the local stack's administrator.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use reqwest::Request;
use reqwest::header::HeaderValue;

/// The region of every local stack.
const REGION: &str = "us-east-1";
/// The administrator's access key and its secret.
const ADMINISTRATOR: &str = "test";

/// The request with a signature for a service, such as `sqs`.
#[expect(clippy::disallowed_methods, reason = "a signature has the real time")]
pub(crate) fn signed(mut request: Request, service: &str) -> Request {
    let identity = Credentials::new(ADMINISTRATOR, ADMINISTRATOR, None, None, "tests").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name(service)
        .time(SystemTime::now())
        .settings(settings(service))
        .build()
        .expect("all that a signature needs");
    let (instructions, _) = sign(signable(&request), &params.into()).expect("a signature").into_parts();
    for (name, value) in instructions.into_parts().0.iter().map(|header| (header.name(), header.value())) {
        request.headers_mut().insert(name, HeaderValue::from_str(value).expect("a header"));
    }
    request
}

fn signable(request: &Request) -> SignableRequest<'_> {
    let headers =
        request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().expect("a text")));
    let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
    SignableRequest::new(
        request.method().as_str(),
        request.url().as_str(),
        headers,
        SignableBody::Bytes(body),
    )
    .expect("an address")
}

/// S3 signs paths as they are, and wants the body's hash in a header.
fn settings(service: &str) -> SigningSettings {
    let mut settings = SigningSettings::default();
    if service == "s3" {
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    settings
}
