//! Answers, refusals and their headers, as both sockets send them; knows no route.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::assets::{Asset, POLICY};
use super::frame::json;
use super::{ExploreError, Limits};

pub(super) type Answer = Result<Response, ExploreError>;

impl ExploreError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Query(_) | Self::Value { .. } => StatusCode::BAD_REQUEST,
            Self::Foreign(_) => StatusCode::FORBIDDEN,
            Self::Missing(_) => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Slow(_) => StatusCode::REQUEST_TIMEOUT,
            Self::Large { what: "the address", .. } => StatusCode::URI_TOO_LONG,
            Self::Large { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unreadable(_) | Self::Codec(_) | Self::Metric(_) | Self::Scene(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Rate => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for ExploreError {
    fn into_response(self) -> Response {
        let body = json(&serde_json::json!({ "error": self.to_string() }));
        let status = self.status();
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
        if matches!(self, Self::Rate | Self::Busy) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Adds the security headers, which every response has.
fn secured(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("same-origin"),
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        ),
        (
            HeaderName::from_static("permissions-policy"),
            HeaderValue::from_static("camera=(), microphone=(), geolocation=()"),
        ),
    ] {
        headers.insert(name, value);
    }
    response
}

/// The response to a request that is allowed, or the refusal.
pub(super) async fn admitted(
    allowed: Result<(), ExploreError>,
    request: Request,
    next: Next,
) -> Response {
    secured(match allowed {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    })
}

/// The parameters of an address.
pub(super) fn parsed<T>(asked: Result<Query<T>, QueryRejection>) -> Result<T, ExploreError> {
    match asked {
        Ok(Query(query)) => Ok(query),
        Err(rejection) => Err(ExploreError::Query(rejection.body_text())),
    }
}

pub(super) fn answer(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

pub(super) fn pixels(body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/octet-stream")], body).into_response()
}

/// A file of the program; `None` gives the refusal of a page that is not there.
pub(super) fn file(asset: Option<Asset>) -> Answer {
    let asset = asset.ok_or_else(|| ExploreError::Missing("such page".into()))?;
    Ok(([(header::CONTENT_TYPE, asset.content_type)], asset.text).into_response())
}

/// A file to be kept, under this name.
pub(super) fn kept(name: &str, content_type: &str, bytes: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, bytes).into_response()
}

/// The whole body, if it is short enough and arrives in time.
pub(super) async fn body_bytes(body: Body, limits: &Limits) -> Result<Bytes, ExploreError> {
    let most = limits.body_bytes;
    match tokio::time::timeout(Duration::from_secs(limits.body_seconds), to_bytes(body, most)).await
    {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(ExploreError::Large { what: "the body", most }),
        Err(_) => Err(ExploreError::Slow(limits.body_seconds)),
    }
}
