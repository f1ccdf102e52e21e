//! Owns the socket, the routes and the workers behind them; computes no image itself.

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
use super::guard::{self, Bucket};
use super::studio::{Asked, RenditionHeader, Studio, json};
use super::{ExploreError, Limits, frame};

/// How often the server looks whether it shall stop.
const LOOK: Duration = Duration::from_millis(100);

/// Seconds that work in progress may take after the server was told to stop.
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
            Self::Picture(_) | Self::Codec(_) | Self::Metric(_) | Self::Scene(_) => {
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

/// What all requests share.
#[derive(Debug)]
struct Desk {
    studio: Studio,
    limits: Limits,
    bucket: Bucket,
    waiting: Semaphore,
    working: Semaphore,
}

impl Desk {
    /// Runs heavy work on a thread of its own, at most as much at a time as was granted.
    async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        job: impl FnOnce(&Studio) -> Result<T, ExploreError> + Send + 'static,
    ) -> Result<T, ExploreError> {
        let _waits = self.waiting.try_acquire().map_err(|_| ExploreError::Busy)?;
        let _works = self.working.acquire().await.map_err(|_| ExploreError::Busy)?;
        let desk = Arc::clone(self);
        tokio::task::spawn_blocking(move || job(&desk.studio))
            .await
            .map_err(|error| ExploreError::Fault(error.to_string()))?
    }
}

/// The page and its answers.
pub fn router(studio: Studio, limits: Limits) -> Router {
    let desk = Arc::new(Desk {
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
        .route("/api/similarity", get(similarity))
        .route("/api/reading", get(reading))
        .route("/api/detectability", get(detectability))
        .route("/api/image", post(image))
        .fallback(async || ExploreError::Missing("such page".into()))
        .method_not_allowed_fallback(async || ExploreError::Method)
        .layer(middleware::from_fn_with_state(Arc::clone(&desk), at_the_door))
        .with_state(desk)
}

/// Every request passes here: refused or let in, and every answer gets its headers.
async fn at_the_door(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let allowed = desk.bucket.take(Instant::now()).and_then(|()| {
        guard::check(request.method(), request.uri(), request.headers(), &desk.limits)
    });
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
type Question = Result<Query<Asked>, QueryRejection>;

fn asked(question: Question) -> Result<Asked, ExploreError> {
    match question {
        Ok(Query(asked)) => Ok(asked),
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
    // What is no text is no name.
    let Path(name) = name.map_err(|_| ExploreError::Missing("such page".into()))?;
    file(&name)
}

async fn catalogue(State(desk): State<Arc<Desk>>) -> Response {
    answer(json(&desk.studio.catalogue()))
}

async fn original(State(desk): State<Arc<Desk>>, question: Question) -> Answer {
    let asked = asked(question)?;
    let body = desk.work(move |studio| {
        let input = studio.input(&asked)?;
        Ok(frame::bytes(&studio.original(&input), input.image()))
    });
    Ok(pixels(body.await?))
}

async fn rendition(State(desk): State<Arc<Desk>>, question: Question) -> Answer {
    let asked = asked(question)?;
    let body = desk.work(move |studio| {
        let (_, rendition) = studio.rendition(&asked)?;
        let image = &rendition.image;
        let figures = &rendition.figures;
        let header = RenditionHeader { rows: image.rows(), columns: image.columns(), figures };
        Ok(frame::bytes(&header, image))
    });
    Ok(pixels(body.await?))
}

async fn similarity(State(desk): State<Arc<Desk>>, question: Question) -> Answer {
    let asked = asked(question)?;
    Ok(answer(desk.work(move |studio| Ok(json(&studio.similarity(&asked)?))).await?))
}

async fn reading(State(desk): State<Arc<Desk>>, question: Question) -> Answer {
    let asked = asked(question)?;
    Ok(answer(desk.work(move |studio| Ok(json(&studio.reading(&asked)?))).await?))
}

async fn detectability(State(desk): State<Arc<Desk>>, question: Question) -> Answer {
    let asked = asked(question)?;
    let found = desk.work(move |studio| studio.detectability(&asked)).await?;
    Ok(answer(json(&serde_json::json!({ "detectability": found }))))
}

async fn image(State(desk): State<Arc<Desk>>, body: Body) -> Answer {
    let bytes = arrived(body, &desk.limits).await?;
    let name = desk.work(move |studio| studio.take(&bytes)).await?;
    Ok(answer(json(&serde_json::json!({ "upload": name }))))
}

/// The whole body, if it is short enough and comes in time.
async fn arrived(body: Body, limits: &Limits) -> Result<Bytes, ExploreError> {
    let most = limits.body_bytes;
    match tokio::time::timeout(Duration::from_secs(limits.body_seconds), to_bytes(body, most)).await
    {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(ExploreError::Large { what: "the image", most }),
        Err(_) => Err(ExploreError::Slow(limits.body_seconds)),
    }
}

/// A server that listens on this machine only.
#[derive(Debug)]
pub struct Server {
    listener: std::net::TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Listens on the loopback address; port 0 takes a free one.
    ///
    /// # Errors
    /// If the port is taken or not allowed.
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

    /// Serves the page until `stopped` says so.
    ///
    /// # Errors
    /// If the system refuses.
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
            let server = axum::serve(listener, router(studio, limits));
            tokio::select! {
                served = async { server.await } => served,
                () = until(stopped) => Ok(()),
            }
        });
        runtime.shutdown_timeout(GRACE);
        served.map_err(failed)
    }
}

async fn until(stopped: impl Fn() -> bool) {
    while !stopped() {
        tokio::time::sleep(LOOK).await;
    }
}
