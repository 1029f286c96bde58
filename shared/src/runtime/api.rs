//! Requests of the HTTP API, in and out of Lambda's events.

use std::future::Future;
use std::sync::Arc;

use domain::access::idempotency::Seed;
use http::Response;
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt, service_fn};
use lambda_runtime::Error;

use crate::adapters::SystemClock;
use crate::http::{
    Access, ApiRequest, ApiResponse, Call, Content, Endpoint, Problem, PublicCall, TrustedProxy, serve,
};
use crate::ports::Clock;
use crate::runtime::Stack;

/// Serves an endpoint that needs credentials.
pub async fn serve_api<F, R>(stack: &Stack, endpoint: &Endpoint, handler: F) -> Result<(), Error>
where
    F: Fn(Call) -> R + Sync,
    R: Future<Output = Result<ApiResponse, Problem>> + Send,
{
    check_declared(endpoint, endpoint.access != Access::Public && !endpoint.idempotent)?;
    let front = &stack.front(endpoint)?;
    let handler = &handler;
    serve_requests(stack, move |request| async move {
        let call = front.admit(endpoint, request, SystemClock.now()).await?;
        handler(call).await
    })
    .await
}

/// Serves an endpoint that needs credentials, and whose requests may be sent again under an idempotency key.
pub async fn serve_once<F, R>(stack: &Stack, endpoint: &Endpoint, handler: F) -> Result<(), Error>
where
    F: Fn(Call, Seed) -> R + Sync,
    R: Future<Output = Result<ApiResponse, Problem>> + Send,
{
    check_declared(endpoint, endpoint.access != Access::Public && endpoint.idempotent)?;
    let (front, memory) = (&stack.front(endpoint)?, &stack.memory()?);
    let handler = &handler;
    serve_requests(stack, move |request| async move {
        let call = front.admit(endpoint, request, SystemClock.now()).await?;
        memory.once(endpoint, call, handler).await
    })
    .await
}

/// As [`serve_once`], with something read ahead while the caller is looked up.
pub async fn serve_once_ahead<A, B, F, R>(
    stack: &Stack,
    endpoint: &Endpoint,
    ahead: A,
    handler: F,
) -> Result<(), Error>
where
    A: Fn(Option<&Content>) -> B + Sync,
    B: Future<Output: Send> + Send,
    F: Fn(Call, Seed, B::Output) -> R + Sync,
    R: Future<Output = Result<ApiResponse, Problem>> + Send,
{
    check_declared(endpoint, endpoint.access != Access::Public && endpoint.idempotent)?;
    let (front, memory) = (&stack.front(endpoint)?, &stack.memory()?);
    let (ahead, handler) = (&ahead, &handler);
    serve_requests(stack, move |request| async move {
        let (call, found) = front.admit_ahead(endpoint, request, SystemClock.now(), ahead).await?;
        memory.once(endpoint, call, |call, seed| handler(call, seed, found)).await
    })
    .await
}

/// Serves an endpoint that anybody may call, so often.
pub async fn serve_public<F, R>(stack: &Stack, endpoint: &Endpoint, handler: F) -> Result<(), Error>
where
    F: Fn(PublicCall) -> R + Sync,
    R: Future<Output = Result<ApiResponse, Problem>> + Send,
{
    check_declared(endpoint, endpoint.access == Access::Public && !endpoint.idempotent)?;
    let front = &stack.public_front(endpoint)?;
    let handler = &handler;
    serve_requests(stack, move |request| async move {
        let call = front.admit(endpoint, request, SystemClock.now()).await?;
        handler(call).await
    })
    .await
}

/// Whether an endpoint is served as it is declared. A function that would let in whom its declaration keeps out, or would do
/// twice what it promises to do once, does not start.
fn check_declared(endpoint: &Endpoint, is_served_so: bool) -> Result<(), Error> {
    if is_served_so { Ok(()) } else { Err(format!("{} is not served as it is declared", endpoint.id).into()) }
}

/// Serves requests that nothing stands before: their handler checks for itself where they come from.
pub async fn serve_requests<F, R>(stack: &Stack, handler: F) -> Result<(), Error>
where
    F: Fn(Arc<ApiRequest>) -> R + Sync,
    R: Future<Output = Result<ApiResponse, Problem>> + Send,
{
    stack.env.check()?;
    let (handler, proxy) = (&handler, stack.proxy.as_ref());
    let service = move |request: Request| async move {
        let response = serve(api_request(request, proxy), &SystemClock, handler).await;
        Ok::<_, Error>(lambda_response(response))
    };
    lambda_http::run(service_fn(service)).await
}

fn api_request(request: Request, proxy: Option<&TrustedProxy>) -> ApiRequest {
    let (source_ip, domain_name, request_id) = match request.request_context() {
        RequestContext::ApiGatewayV2(context) => {
            (context.http.source_ip, context.domain_name, context.request_id)
        }
        // Only HTTP APIs invoke us; the library knows other kinds when another crate of a build asks for them.
        _ => (None, None, None),
    };
    let path_parameters =
        request.path_parameters().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let query = request.query_string_parameters();
    let query = query.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let path = request.raw_http_path().to_owned();
    let (parts, body) = request.into_parts();
    let peer = source_ip.unwrap_or_default();
    let client = proxy.and_then(|proxy| proxy.client(&parts.headers, &peer));
    ApiRequest {
        method: parts.method,
        path,
        domain_name: domain_name.unwrap_or_default(),
        path_parameters,
        query,
        headers: parts.headers,
        body: body.to_vec().into(),
        source_ip: client.map_or(peer, |address| address.to_string()),
        request_id: request_id.unwrap_or_default(),
        ..ApiRequest::default()
    }
}

fn lambda_response(response: ApiResponse) -> Response<Body> {
    // All that we answer is text, which Lambda takes as it is; anything else would be encoded.
    let body = match String::from_utf8(response.body.to_vec()) {
        Ok(text) => Body::Text(text),
        Err(bytes) => Body::Binary(bytes.into_bytes()),
    };
    let mut lambda = Response::new(body);
    *lambda.status_mut() = response.status;
    *lambda.headers_mut() = response.headers;
    lambda
}
