//! The answer to a page if the workbench refuses a request.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

/// A refusal as the pages read it, without the secrets that its reason may quote.
pub fn refused(status: StatusCode, why: &str) -> Response {
    (status, Json(serde_json::json!({ "error": psalink::secret::mask(why) }))).into_response()
}
