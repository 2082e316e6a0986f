//! The answer to a page whose request the workbench refuses.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

/// A refusal in the form that pages expect, without the secrets that its reason may quote.
pub fn refused(status: StatusCode, reason: &str) -> Response {
    (status, Json(serde_json::json!({ "error": psalink::secret::mask(reason) }))).into_response()
}
