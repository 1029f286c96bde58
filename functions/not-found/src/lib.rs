//! The `$default` route: answers every path that there is not.

use shared::http::{ApiRequest, ApiResponse, ErrorCode, Problem};

/// Says that there is no such path.
pub fn handle(request: &ApiRequest) -> Result<ApiResponse, Problem> {
    let shown: String = request.path.chars().take(100).collect();
    let detail = format!("There is no {} {shown}. The API is below /api/v1.", request.method);
    Err(Problem::new(ErrorCode::RouteNotFound, detail))
}
