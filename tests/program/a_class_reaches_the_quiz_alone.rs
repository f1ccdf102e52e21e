//! `explore --share`: a class reaches the quiz by a socket of its own and nothing else, behind a code,
//! and its answers are one curve.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode};
use phantom_limit::explore::{Limits, Studio, routers};
use phantom_limit::phantom::Phantom;
use serde_json::{Value, json};
use tower::ServiceExt;

const PAGE: &str = "127.0.0.1:7340";
const CLASS: &str = "192.168.7.20:7341";

/// Routes of the page and of the class.
fn both(limits: Limits) -> (Router, Router) {
    let phantom = Phantom::parse(include_str!("../phantom/small.toml"), "small.toml").unwrap();
    let address: SocketAddr = CLASS.parse().unwrap();
    routers(Studio::new(vec![phantom], None, limits), address, limits).unwrap()
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

async fn ask(
    router: &Router,
    host: &str,
    target: &str,
    body: Option<Value>,
) -> (StatusCode, Bytes) {
    let method = if body.is_some() { "POST" } else { "GET" };
    let request = Request::builder().method(method).uri(target).header("host", host);
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let response = router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
    assert!(response.headers().contains_key("content-security-policy"), "{target}");
    let status = response.status();
    (status, to_bytes(response.into_body(), usize::MAX).await.unwrap())
}

async fn code(page: &Router) -> String {
    let (status, body) = ask(page, PAGE, "/api/class", None).await;
    assert_eq!(status, StatusCode::OK);
    let standing: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(standing["address"], format!("http://{CLASS}/"));
    standing["code"].as_str().unwrap().to_owned()
}

async fn join(class: &Router, code: &str) -> Option<String> {
    let (status, body) = ask(class, CLASS, "/class/join", Some(json!({ "code": code }))).await;
    if status != StatusCode::OK {
        assert_eq!(status, StatusCode::FORBIDDEN);
        return None;
    }
    let joined: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&joined["each"], joined["ratios"].as_array().unwrap().len()), (&json!(8), 5));
    Some(joined["student"].as_str().unwrap().to_owned())
}

/// Header and pixels.
fn frame(body: &[u8]) -> (Value, usize) {
    let (length, rest) = body.split_first_chunk::<4>().unwrap();
    let (header, pixels) = rest.split_at(u32::from_le_bytes(*length) as usize);
    (serde_json::from_slice(header).unwrap(), pixels.len() / 2)
}

#[test]
fn nothing_but_the_quiz_is_reached() {
    let (page, class) = both(Limits::default());
    block_on(async {
        for target in ["/", "/class.js", "/page.css", "/palette.css", "/icon.svg"] {
            assert_eq!(ask(&class, CLASS, target, None).await.0, StatusCode::OK, "{target}");
        }
        for target in [
            "/index.html",
            "/page.js",
            "/api/catalogue",
            "/api/original",
            "/api/original?case=3",
            "/api/rendition?codec=jpeg2000&ratio=10",
            "/api/similarity",
            "/api/reading",
            "/api/detectability",
            "/api/codestream",
            "/api/class",
            "/api/class.csv",
            "/api/class.svg",
            "/class",
            "/../Cargo.toml",
            "/%2e%2e/%2e%2e/etc/passwd",
        ] {
            assert_eq!(ask(&class, CLASS, target, None).await.0, StatusCode::NOT_FOUND, "{target}");
        }
        let upload = ask(&class, CLASS, "/api/image", Some(json!({}))).await;
        assert_eq!(upload.0, StatusCode::NOT_FOUND);
        // The page is not reached by the address of the class, nor the class by a name.
        assert_eq!(ask(&page, CLASS, "/", None).await.0, StatusCode::FORBIDDEN);
        assert_eq!(ask(&page, CLASS, "/api/class", None).await.0, StatusCode::FORBIDDEN);
        for host in ["evil.example:7341", "192.168.7.20", "192.168.7.20:80", "localhost:7341", ""] {
            assert_eq!(ask(&class, host, "/", None).await.0, StatusCode::FORBIDDEN, "{host}");
        }
    });
}

#[test]
fn without_the_code_nothing_is_asked_and_the_code_cannot_be_tried_out() {
    let (page, class) = both(Limits::default());
    block_on(async {
        for target in
            ["/class/question?student=", "/class/question?student=0", "/class/shapes?student=x"]
        {
            assert_eq!(ask(&class, CLASS, target, None).await.0, StatusCode::FORBIDDEN, "{target}");
        }
        let bare = ask(&class, CLASS, "/class/question", None).await.0;
        assert_eq!(bare, StatusCode::BAD_REQUEST);
        let answer = json!({ "student": "x", "question": 0, "answer": 0 });
        let refused = ask(&class, CLASS, "/class/answer", Some(answer)).await.0;
        assert_eq!(refused, StatusCode::FORBIDDEN);
        let long = json!({ "code": "A".repeat(600) });
        let refused = ask(&class, CLASS, "/class/join", Some(long)).await.0;
        assert_eq!(refused, StatusCode::PAYLOAD_TOO_LARGE);
        let code = code(&page).await;
        assert!(join(&class, &code).await.is_some());
        let mut refused = 0;
        for _ in 0..200 {
            let guess = json!({ "code": "AAAAAA" });
            let (status, _) = ask(&class, CLASS, "/class/join", Some(guess)).await;
            refused += usize::from(status == StatusCode::TOO_MANY_REQUESTS);
        }
        // The burst is 120.
        assert!(refused > 60, "{refused} of 200 guesses");
    });
}

#[test]
fn a_flood_of_the_class_does_not_hold_up_the_page() {
    let (page, class) = both(Limits { burst: 5.0, requests_per_second: 0.1, ..Limits::default() });
    block_on(async {
        let mut refused = 0;
        for _ in 0..20 {
            refused +=
                usize::from(ask(&class, CLASS, "/", None).await.0 == StatusCode::TOO_MANY_REQUESTS);
        }
        assert_eq!(refused, 15);
        assert_eq!(ask(&page, PAGE, "/", None).await.0, StatusCode::OK);
    });
}

#[test]
fn answers_of_students_are_the_curve() {
    let (page, class) = both(Limits { burst: 1e6, ..Limits::default() });
    block_on(async {
        let code = code(&page).await;
        assert_eq!(join(&class, "NOCODE").await, None);
        for student in 0..3 {
            let token = join(&class, &code).await.unwrap();
            let question = format!("/class/question?student={token}");
            // The first of each student's questions are at 5:1.
            for number in 0..4 {
                let (header, pixels) = frame(&ask(&class, CLASS, &question, None).await.1);
                assert_eq!((&header["number"], &header["ratio"]), (&json!(number), &json!(5.0)));
                let side = header["side"].as_u64().unwrap() as usize;
                assert_eq!(pixels, side * side, "the region and no more of the image");
                assert_eq!(header.get("truth"), None, "the truth follows the answer");
                let answer = json!({ "student": token, "question": number, "answer": student });
                let (status, body) =
                    ask(&class, CLASS, "/class/answer", Some(answer.clone())).await;
                assert_eq!(status, StatusCode::OK);
                let (told, _) = frame(&body);
                assert_eq!(told["correct"], json!(told["truth"] == json!(student)));
                // Once only.
                let again = ask(&class, CLASS, "/class/answer", Some(answer)).await.0;
                assert_eq!(again, StatusCode::BAD_REQUEST);
            }
            let beyond = json!({ "student": token, "question": 4, "answer": 99 });
            let refused = ask(&class, CLASS, "/class/answer", Some(beyond)).await.0;
            assert_eq!(refused, StatusCode::BAD_REQUEST);
        }
        let standing: Value =
            serde_json::from_slice(&ask(&page, PAGE, "/api/class", None).await.1).unwrap();
        assert_eq!((&standing["joined"], &standing["answers"]), (&json!(3), &json!(12)));
        let table = ask(&page, PAGE, "/api/class.csv", None).await.1;
        let table = String::from_utf8(table.to_vec()).unwrap();
        let rows: Vec<&str> = table.lines().skip(1).collect();
        assert_eq!(rows.len(), 12);
        let correct = rows.iter().filter(|row| row.ends_with(",true")).count();
        let level = &standing["levels"][0];
        assert_eq!((&level["asked"], &level["correct"]), (&json!(12), &json!(correct)));
        assert_eq!(level["students"], 3);
        let picture = ask(&page, PAGE, "/api/class.svg", None).await.1;
        assert!(String::from_utf8(picture.to_vec()).unwrap().starts_with("<svg"));
    });
}

#[test]
fn without_a_class_its_routes_are_not_there() {
    let phantom = Phantom::parse(include_str!("../phantom/small.toml"), "small.toml").unwrap();
    let limits = Limits::default();
    let page = phantom_limit::explore::router(Studio::new(vec![phantom], None, limits), limits);
    block_on(async {
        for target in ["/api/class", "/api/class.csv", "/api/class.svg"] {
            let (status, body) = ask(&page, PAGE, target, None).await;
            assert_eq!(status, StatusCode::NOT_FOUND);
            assert!(String::from_utf8_lossy(&body).contains("--share"));
        }
    });
}
