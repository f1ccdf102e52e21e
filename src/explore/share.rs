//! The routes of a class on the local network: the quiz and nothing else; computes no image itself.
//!
//! It has a socket, limits and threads of its own, so that phones reach no other route and do not
//! hold up who presents.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};

use super::class::{self, Class, QUESTIONS, QUESTIONS_EACH, RATIOS};
use super::frame::{self, json};
use super::guard::{self, Bucket};
use super::question::{Posed, examples, pose};
use super::reading::Curve;
use super::response::{Answer, admitted, answer, body_bytes, file, parsed, pixels};
use super::studio::{Display, Studio};
use super::workers::Workers;
use super::{ExploreError, Limits, assets};

/// Tries to join in a second, and in one burst: a class joins at once, a code cannot be guessed.
const JOINS: (f64, f64) = (3.0, 120.0);

/// Connections at the same time: a browser holds several.
const CONNECTIONS: usize = 1024;

/// Requests that may wait for a thread: a whole class may ask at once.
const WAITING: usize = 256;

/// A body is a code or an answer.
const BODY_BYTES: usize = 512;

/// Limits of a class: those of the page, with more connections, a longer queue, half the
/// threads and short bodies.
pub(super) fn limits(page: Limits) -> Limits {
    Limits {
        connections: CONNECTIONS,
        body_bytes: BODY_BYTES,
        workers: page.workers.div_ceil(2),
        waiting: page.waiting.max(WAITING),
        ..page
    }
}

#[derive(Debug)]
struct Shared {
    class: Arc<Class>,
    workers: Workers,
    limits: Limits,
    bucket: Bucket,
    joining: Bucket,
    port: u16,
}

/// The routes of a class whose socket has this address.
pub(super) fn router(
    studio: Arc<Studio>,
    class: Arc<Class>,
    address: SocketAddr,
    limits: Limits,
) -> Router {
    let (requests_per_second, burst) = JOINS;
    let shared = Arc::new(Shared {
        class,
        workers: Workers::new(studio, &limits),
        limits,
        bucket: Bucket::new(&limits),
        joining: Bucket::new(&Limits { requests_per_second, burst, ..limits }),
        port: address.port(),
    });
    Router::new()
        .route("/", get(index))
        .route("/{name}", get(asset))
        .route("/class/join", post(join))
        .route("/class/shapes", get(shapes))
        .route("/class/question", get(question))
        .route("/class/answer", post(given))
        .fallback(async || ExploreError::Missing("such page".into()))
        .method_not_allowed_fallback(async || ExploreError::Method)
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), guarded))
        .with_state(shared)
}

async fn guarded(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    // A name can be made to lead here from another site, an address cannot.
    let is_own = |host: &str| host.parse().is_ok_and(|it: SocketAddr| it.port() == shared.port);
    let (method, uri, headers) = (request.method(), request.uri(), request.headers());
    let allowed = guard::check(method, uri, headers, &shared.limits, is_own)
        .and_then(|()| shared.bucket.take(Instant::now()));
    admitted(allowed, request, next).await
}

async fn index() -> Answer {
    file(assets::of_class(""))
}

async fn asset(name: Result<Path<String>, PathRejection>) -> Answer {
    file(name.ok().and_then(|Path(name)| assets::of_class(&name)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Joining {
    code: String,
}

#[derive(Serialize)]
struct Joined<'a> {
    student: String,
    codec: &'static str,
    title: &'a str,
    ratios: &'a [f64],
    each: usize,
    /// Of networks for the same phantom, codec and path.
    curves: Vec<&'a Curve>,
}

async fn join(State(shared): State<Arc<Shared>>, body: Body) -> Answer {
    shared.joining.take(Instant::now())?;
    let Joining { code } = read(body, &shared.limits).await?;
    let student = shared.class.join(&code)?;
    let (codec, title, curves) = shared.workers.studio().asked_of_a_class();
    let (ratios, each) = (&RATIOS[..], QUESTIONS_EACH);
    Ok(answer(json(&Joined { student, codec, title, ratios, each, curves })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asking {
    student: String,
}

type Asked = Result<Query<Asking>, QueryRejection>;

#[derive(Serialize)]
struct Shapes {
    classes: Vec<&'static str>,
    #[serde(flatten)]
    display: Display,
}

async fn shapes(State(shared): State<Arc<Shared>>, asked: Asked) -> Answer {
    shared.class.question(&parsed(asked)?.student)?;
    let body = shared.workers.work(|studio| {
        let (classes, square) = examples(studio)?;
        Ok(frame::bytes(&Shapes { classes, display: square.display }, &square.image))
    });
    Ok(pixels(body.await?))
}

#[derive(Serialize)]
struct Shown {
    number: usize,
    of: usize,
    ratio: f64,
    classes: Vec<&'static str>,
    #[serde(flatten)]
    display: Display,
}

async fn question(State(shared): State<Arc<Shared>>, asked: Asked) -> Answer {
    let Some(question) = shared.class.question(&parsed(asked)?.student)? else {
        return Err(ExploreError::Missing("question left".into()));
    };
    let body = shared.workers.work(move |studio| {
        let Posed { decoded, classes, .. } = pose(studio, &question)?;
        let class::Question { number, ratio, .. } = question;
        let shown = Shown { number, of: QUESTIONS, ratio, classes, display: decoded.display };
        Ok(frame::bytes(&shown, &decoded.image))
    });
    Ok(pixels(body.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    student: String,
    /// Number of the question, from 0.
    question: usize,
    /// Index of the class.
    answer: usize,
}

#[derive(Serialize)]
struct Told {
    correct: bool,
    truth: u8,
    contrast: Option<f64>,
    contrast_unit: &'static str,
    radius_mm: Option<f64>,
    reached: f64,
    #[serde(flatten)]
    display: Display,
}

async fn given(State(shared): State<Arc<Shared>>, body: Body) -> Answer {
    let Given { student, question: number, answer } = read(body, &shared.limits).await?;
    let question = shared.class.question(&student)?.filter(|it| it.number == number);
    let question =
        question.ok_or_else(|| ExploreError::Query("this question is not the next one".into()))?;
    let posed = shared.workers.work(move |studio| pose(studio, &question)).await?;
    let Posed { original, reached, classes, region, contrast_unit, .. } = posed;
    let class_of = |at: usize| {
        classes.get(at).copied().ok_or_else(|| ExploreError::Value {
            key: "answer",
            found: at.to_string(),
            expected: format!("0 to {} are possible", classes.len() - 1),
        })
    };
    let (truth, given) = (class_of(usize::from(region.class))?, class_of(answer)?);
    let correct = truth == given;
    let class::Question { number, ratio, case, .. } = question;
    shared.class.keep(
        &student,
        class::Answer {
            question: number,
            ratio,
            reached,
            case,
            row: region.row,
            column: region.column,
            truth,
            answer: given,
            correct,
        },
    )?;
    let told = Told {
        correct,
        truth: region.class,
        contrast: region.contrast,
        contrast_unit,
        radius_mm: region.radius_mm,
        reached,
        display: original.display,
    };
    Ok(pixels(frame::bytes(&told, &original.image)))
}

async fn read<T: serde::de::DeserializeOwned>(
    body: Body,
    limits: &Limits,
) -> Result<T, ExploreError> {
    let bytes = body_bytes(body, limits).await?;
    serde_json::from_slice(&bytes).map_err(|error| ExploreError::Query(error.to_string()))
}
