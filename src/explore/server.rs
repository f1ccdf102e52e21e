//! The sockets and the routes of the page's server; computes no image itself.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Serialize;

use super::class::{Class, QUESTIONS_EACH, Standing};
use super::frame::{self, json};
use super::guard::{self, Bucket, is_loopback};
use super::query::ImageQuery;
use super::response::{Answer, admitted, answer, body_bytes, file, kept, parsed, pixels};
use super::studio::{RenditionHeader, Studio};
use super::workers::Workers;
use super::{ExploreError, Limits, assets, connections, qr, share};

/// Interval at which the server checks whether it is to stop.
const STOP_INTERVAL: Duration = Duration::from_millis(100);

/// Time for the work in progress after the server is stopped.
const GRACE: Duration = Duration::from_secs(2);

/// State that all requests share.
#[derive(Debug)]
struct Shared {
    workers: Workers,
    limits: Limits,
    bucket: Bucket,
    class: Option<(Arc<Class>, SocketAddr)>,
}

/// The routes of the page, without a class.
pub fn router(studio: Studio, limits: Limits) -> Router {
    page(Arc::new(studio), None, limits)
}

/// The routes of the page, and those of a class whose socket has this address.
///
/// # Errors
/// If the operating system gives no random bytes for the code.
pub fn routers(
    studio: Studio,
    address: SocketAddr,
    limits: Limits,
) -> Result<(Router, Router), ExploreError> {
    let (studio, class) = (Arc::new(studio), Arc::new(Class::new()?));
    let of_class =
        share::router(Arc::clone(&studio), Arc::clone(&class), address, share::limits(limits));
    Ok((page(studio, Some((class, address)), limits), of_class))
}

fn page(studio: Arc<Studio>, class: Option<(Arc<Class>, SocketAddr)>, limits: Limits) -> Router {
    let workers = Workers::new(studio, &limits);
    let shared = Arc::new(Shared { workers, limits, bucket: Bucket::new(&limits), class });
    Router::new()
        .route("/", get(index))
        .route("/{name}", get(asset))
        .route("/api/catalogue", get(catalogue))
        .route("/api/original", get(original))
        .route("/api/rendition", get(rendition))
        .route("/api/codestream", get(codestream))
        .route("/api/similarity", get(similarity))
        .route("/api/reading", get(reading))
        .route("/api/marks", get(marks))
        .route("/api/contours", get(contours))
        .route("/api/detectability", get(detectability))
        .route("/api/image", post(image))
        .route("/api/class", get(class_standing))
        .route("/api/class.csv", get(class_table))
        .route("/api/class.svg", get(class_picture))
        .fallback(async || ExploreError::Missing("such page".into()))
        .method_not_allowed_fallback(async || ExploreError::Method)
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), guarded))
        .with_state(shared)
}

/// Refuses requests beyond the limits, and adds the security headers to every response.
async fn guarded(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    // What another site sends must not use up what the page may.
    let (method, uri, headers) = (request.method(), request.uri(), request.headers());
    let allowed = guard::check(method, uri, headers, &shared.limits, is_loopback)
        .and_then(|()| shared.bucket.take(Instant::now()));
    admitted(allowed, request, next).await
}

type Asked = Result<Query<ImageQuery>, QueryRejection>;

async fn index() -> Answer {
    file(assets::find(""))
}

async fn asset(name: Result<Path<String>, PathRejection>) -> Answer {
    // A name that is not text is not the name of a file.
    let Path(name) = name.map_err(|_| ExploreError::Missing("such page".into()))?;
    file(assets::find(&name))
}

async fn catalogue(State(shared): State<Arc<Shared>>) -> Response {
    answer(json(&shared.workers.studio().catalogue(shared.class.is_some())))
}

async fn original(State(shared): State<Arc<Shared>>, question: Asked) -> Answer {
    let query = parsed(question)?;
    let body = shared.workers.work(move |studio| {
        let input = studio.input(&query)?;
        Ok(frame::bytes(&studio.original(&input), input.image()))
    });
    Ok(pixels(body.await?))
}

async fn rendition(State(shared): State<Arc<Shared>>, question: Asked) -> Answer {
    let query = parsed(question)?;
    let body = shared.workers.work(move |studio| {
        let (_, rendition) = studio.rendition(&query)?;
        let image = &rendition.image;
        let figures = &rendition.figures;
        let header = RenditionHeader { rows: image.rows(), columns: image.columns(), figures };
        Ok(frame::bytes(&header, image))
    });
    Ok(pixels(body.await?))
}

/// The file of the last generation, to be kept.
async fn codestream(State(shared): State<Arc<Shared>>, question: Asked) -> Answer {
    let query = parsed(question)?;
    let found = shared.workers.work(move |studio| studio.codestream(&query)).await?;
    Ok(kept(&found.name, "application/octet-stream", found.bytes))
}

async fn similarity(State(shared): State<Arc<Shared>>, question: Asked) -> Answer {
    let query = parsed(question)?;
    Ok(answer(shared.workers.work(move |studio| Ok(json(&studio.similarity(&query)?))).await?))
}

async fn reading(State(shared): State<Arc<Shared>>, question: Asked) -> Answer {
    let query = parsed(question)?;
    Ok(answer(shared.workers.work(move |studio| Ok(json(&studio.reading(&query)?))).await?))
}

async fn marks(State(shared): State<Arc<Shared>>, question: Asked) -> Answer {
    let query = parsed(question)?;
    Ok(answer(shared.workers.work(move |studio| Ok(json(&studio.marks(&query)?))).await?))
}

async fn contours(State(shared): State<Arc<Shared>>, question: Asked) -> Answer {
    let query = parsed(question)?;
    Ok(answer(shared.workers.work(move |studio| Ok(json(&studio.contours(&query)?))).await?))
}

async fn detectability(State(shared): State<Arc<Shared>>, question: Asked) -> Answer {
    let query = parsed(question)?;
    let found = shared.workers.work(move |studio| studio.detectability(&query)).await?;
    Ok(answer(json(&serde_json::json!({ "detectability": found }))))
}

async fn image(State(shared): State<Arc<Shared>>, body: Body) -> Answer {
    let bytes = body_bytes(body, &shared.limits).await?;
    let name = shared.workers.work(move |studio| studio.upload(&bytes)).await?;
    Ok(answer(json(&serde_json::json!({ "upload": name }))))
}

impl Shared {
    fn class(&self) -> Result<(&Class, SocketAddr), ExploreError> {
        let class = self.class.as_ref().map(|(class, address)| (class.as_ref(), *address));
        class.ok_or_else(|| ExploreError::Missing("class: start the page with --share".into()))
    }
}

/// What the presenter sees of a class.
#[derive(Serialize)]
struct Shown<'a> {
    /// Where students open the quiz.
    address: String,
    /// Questions to each student at each ratio.
    each: usize,
    #[serde(flatten)]
    standing: Standing<'a>,
}

async fn class_standing(State(shared): State<Arc<Shared>>) -> Answer {
    let (class, address) = shared.class()?;
    let (address, standing) = (format!("http://{address}/"), class.standing()?);
    Ok(answer(json(&Shown { address, each: QUESTIONS_EACH, standing })))
}

async fn class_table(State(shared): State<Arc<Shared>>) -> Answer {
    let (class, _) = shared.class()?;
    Ok(kept("class.csv", "text/csv; charset=utf-8", class.table()))
}

/// The address with the code, to be read by a phone. The code stands in the fragment, which a browser
/// does not send.
async fn class_picture(State(shared): State<Arc<Shared>>) -> Answer {
    let (class, address) = shared.class()?;
    let picture = qr::svg(&format!("http://{address}/#{}", class.code()))?;
    Ok(([(axum::http::header::CONTENT_TYPE, "image/svg+xml")], picture).into_response())
}

/// A server that accepts connections from this machine only, and for a class from the network.
#[derive(Debug)]
pub struct Server {
    page: Socket,
    class: Option<Socket>,
}

#[derive(Debug)]
struct Socket {
    listener: std::net::TcpListener,
    address: SocketAddr,
}

impl Socket {
    fn listen(address: SocketAddr) -> Result<Self, ExploreError> {
        let failed = |source| ExploreError::Listen { address, source };
        let listener = std::net::TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }
}

impl Server {
    /// Listens on the loopback address; port 0 takes a free one.
    ///
    /// # Errors
    /// If the port is in use or not permitted.
    pub fn listen(port: u16) -> Result<Self, ExploreError> {
        let page = Socket::listen((Ipv4Addr::LOCALHOST, port).into())?;
        Ok(Self { page, class: None })
    }

    /// Listens for a class too, on an address of this machine, by a socket that serves the quiz and
    /// nothing else; port 0 takes a free one.
    ///
    /// # Errors
    /// If the machine has no such address, or the port is in use or not permitted.
    pub fn share(self, address: IpAddr, port: u16) -> Result<Self, ExploreError> {
        let class = Socket::listen((address, port).into())?;
        Ok(Self { class: Some(class), ..self })
    }

    /// Address of the page.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.page.address)
    }

    /// Address of the quiz for a class, if there is one.
    #[must_use]
    pub fn class_url(&self) -> Option<String> {
        self.class.as_ref().map(|class| format!("http://{}/", class.address))
    }

    /// Serves the page until `stopped` returns true.
    ///
    /// # Errors
    /// If the operating system refuses a socket or the threads.
    pub fn run(
        self,
        studio: Studio,
        limits: Limits,
        stopped: impl Fn() -> bool + Send + 'static,
    ) -> Result<(), ExploreError> {
        let address = self.page.address;
        let failed = |source| ExploreError::Listen { address, source };
        let of_class = share::limits(limits);
        let (page, class) = match self.class {
            None => (router(studio, limits), None),
            Some(socket) => {
                let (page, class) = routers(studio, socket.address, limits)?;
                (page, Some((socket.listener, class)))
            }
        };
        let threads = limits.workers + class.as_ref().map_or(0, |_| of_class.workers);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(threads)
            .build()
            .map_err(failed)?;
        let served = runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.page.listener)?;
            if let Some((listener, class)) = class {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                tokio::spawn(connections::serve(listener, class, of_class));
            }
            tokio::select! {
                served = connections::serve(listener, page, limits) => served,
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
