//! The socket, the routes and the workers of the page's server; computes no image itself.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::Semaphore;

use super::assets::{self, POLICY};
use super::connections;
use super::frame::{self, json};
use super::guard::{self, Bucket};
use super::query::ImageQuery;
use super::studio::{RenditionHeader, Studio};
use super::{ExploreError, Limits};

/// Interval at which the server checks whether it is to stop.
const STOP_INTERVAL: Duration = Duration::from_millis(100);

/// Time for the work in progress after the server is stopped.
const GRACE: Duration = Duration::from_secs(2);

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

/// State that all requests share.
#[derive(Debug)]
struct Shared {
    studio: Studio,
    limits: Limits,
    bucket: Bucket,
    waiting: Semaphore,
    working: Semaphore,
}

impl Shared {
    /// Runs a job on a thread of its own, within the limits of workers and queue.
    async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        job: impl FnOnce(&Studio) -> Result<T, ExploreError> + Send + 'static,
    ) -> Result<T, ExploreError> {
        let _waits = self.waiting.try_acquire().map_err(|_| ExploreError::Busy)?;
        let _works = self.working.acquire().await.map_err(|_| ExploreError::Busy)?;
        let shared = Arc::clone(self);
        tokio::task::spawn_blocking(move || job(&shared.studio))
            .await
            .map_err(|error| ExploreError::Internal(error.to_string()))?
    }
}

/// The routes of the page.
pub fn router(studio: Studio, limits: Limits) -> Router {
    let shared = Arc::new(Shared {
        studio,
        limits,
        bucket: Bucket::new(&limits),
        waiting: Semaphore::new(limits.workers + limits.waiting),
        working: Semaphore::new(limits.workers),
    });
    Router::new()
        .route("/", get(index))
        .route("/{name}", get(asset))
        .route("/api/catalogue", get(catalogue))
        .route("/api/original", get(original))
        .route("/api/rendition", get(rendition))
        .route("/api/codestream", get(codestream))
        .route("/api/similarity", get(similarity))
        .route("/api/reading", get(reading))
        .route("/api/detectability", get(detectability))
        .route("/api/image", post(image))
        .fallback(async || ExploreError::Missing("such page".into()))
        .method_not_allowed_fallback(async || ExploreError::Method)
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), guarded))
        .with_state(shared)
}

/// Refuses requests beyond the limits, and adds the security headers to every response.
async fn guarded(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    // What another site sends must not use up what the page may.
    let allowed = guard::check(request.method(), request.uri(), request.headers(), &shared.limits)
        .and_then(|()| shared.bucket.take(Instant::now()));
    let mut response = match allowed {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("same-origin"),
        ),
        (
            header::HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        ),
        (
            header::HeaderName::from_static("permissions-policy"),
            HeaderValue::from_static("camera=(), microphone=(), geolocation=()"),
        ),
    ] {
        headers.insert(name, value);
    }
    response
}

type Answer = Result<Response, ExploreError>;
type Question = Result<Query<ImageQuery>, QueryRejection>;

fn parsed(question: Question) -> Result<ImageQuery, ExploreError> {
    match question {
        Ok(Query(query)) => Ok(query),
        Err(rejection) => Err(ExploreError::Query(rejection.body_text())),
    }
}

fn answer(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn pixels(body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/octet-stream")], body).into_response()
}

fn file(name: &str) -> Answer {
    let asset = assets::find(name).ok_or_else(|| ExploreError::Missing("such page".into()))?;
    Ok(([(header::CONTENT_TYPE, asset.content_type)], asset.text).into_response())
}

async fn index() -> Answer {
    file("")
}

async fn asset(name: Result<Path<String>, PathRejection>) -> Answer {
    // A name that is not text is not the name of a file.
    let Path(name) = name.map_err(|_| ExploreError::Missing("such page".into()))?;
    file(&name)
}

async fn catalogue(State(shared): State<Arc<Shared>>) -> Response {
    answer(json(&shared.studio.catalogue()))
}

async fn original(State(shared): State<Arc<Shared>>, question: Question) -> Answer {
    let query = parsed(question)?;
    let body = shared.work(move |studio| {
        let input = studio.input(&query)?;
        Ok(frame::bytes(&studio.original(&input), input.image()))
    });
    Ok(pixels(body.await?))
}

async fn rendition(State(shared): State<Arc<Shared>>, question: Question) -> Answer {
    let query = parsed(question)?;
    let body = shared.work(move |studio| {
        let (_, rendition) = studio.rendition(&query)?;
        let image = &rendition.image;
        let figures = &rendition.figures;
        let header = RenditionHeader { rows: image.rows(), columns: image.columns(), figures };
        Ok(frame::bytes(&header, image))
    });
    Ok(pixels(body.await?))
}

/// The file of the last generation, to be kept.
async fn codestream(State(shared): State<Arc<Shared>>, question: Question) -> Answer {
    let query = parsed(question)?;
    let found = shared.work(move |studio| studio.codestream(&query)).await?;
    let kept = format!("attachment; filename=\"{}\"", found.name);
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, kept),
    ];
    Ok((headers, found.bytes).into_response())
}

async fn similarity(State(shared): State<Arc<Shared>>, question: Question) -> Answer {
    let query = parsed(question)?;
    Ok(answer(shared.work(move |studio| Ok(json(&studio.similarity(&query)?))).await?))
}

async fn reading(State(shared): State<Arc<Shared>>, question: Question) -> Answer {
    let query = parsed(question)?;
    Ok(answer(shared.work(move |studio| Ok(json(&studio.reading(&query)?))).await?))
}

async fn detectability(State(shared): State<Arc<Shared>>, question: Question) -> Answer {
    let query = parsed(question)?;
    let found = shared.work(move |studio| studio.detectability(&query)).await?;
    Ok(answer(json(&serde_json::json!({ "detectability": found }))))
}

async fn image(State(shared): State<Arc<Shared>>, body: Body) -> Answer {
    let bytes = body_bytes(body, &shared.limits).await?;
    let name = shared.work(move |studio| studio.upload(&bytes)).await?;
    Ok(answer(json(&serde_json::json!({ "upload": name }))))
}

/// The whole body, if it is short enough and arrives in time.
async fn body_bytes(body: Body, limits: &Limits) -> Result<Bytes, ExploreError> {
    let most = limits.body_bytes;
    match tokio::time::timeout(Duration::from_secs(limits.body_seconds), to_bytes(body, most)).await
    {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(ExploreError::Large { what: "the image", most }),
        Err(_) => Err(ExploreError::Slow(limits.body_seconds)),
    }
}

/// A server that accepts connections from this machine only.
#[derive(Debug)]
pub struct Server {
    listener: std::net::TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Listens on the loopback address; port 0 takes a free one.
    ///
    /// # Errors
    /// If the port is in use or not permitted.
    pub fn listen(port: u16) -> Result<Self, ExploreError> {
        let failed = |source| ExploreError::Listen { port, source };
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// Address of the page.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Serves the page until `stopped` returns true.
    ///
    /// # Errors
    /// If the operating system refuses the socket or the threads.
    pub fn run(
        self,
        studio: Studio,
        limits: Limits,
        stopped: impl Fn() -> bool + Send + 'static,
    ) -> Result<(), ExploreError> {
        let port = self.address.port();
        let failed = |source| ExploreError::Listen { port, source };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(limits.workers)
            .build()
            .map_err(failed)?;
        let served = runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener)?;
            let server = connections::serve(listener, router(studio, limits), limits);
            tokio::select! {
                served = server => served,
                () = until(stopped) => Ok(()),
            }
        });
        runtime.shutdown_timeout(GRACE);
        served.map_err(failed)
    }
}

async fn until(stopped: impl Fn() -> bool) {
    while !stopped() {
        tokio::time::sleep(STOP_INTERVAL).await;
    }
}
