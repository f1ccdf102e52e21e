//! The server of the artefact page answers any request with a result or with a 4xx and a reason: it
//! neither panics nor serves other files, and its memory does not grow.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Method, Request, StatusCode, Uri};
use phantom_limit::explore::{Limits, Studio, router};
use phantom_limit::phantom::Phantom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tower::ServiceExt;

const HOST: &str = "127.0.0.1:7340";

/// Limits that no test reaches by accident, with a small cache.
fn limits() -> Limits {
    Limits {
        requests_per_second: 1e9,
        burst: 1e9,
        body_bytes: 64 << 10,
        memory_bytes: 8 << 20,
        image_pixels: 1 << 20,
        ..Limits::default()
    }
}

fn page(limits: Limits) -> Router {
    let source = include_str!("../phantom/small.toml");
    let phantom = Phantom::parse(source, "small.toml").unwrap();
    router(Studio::new(vec![phantom], None, limits), limits)
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn get(target: &str) -> Request<Body> {
    Request::builder().uri(target).header("host", HOST).body(Body::empty()).unwrap()
}

fn post(bytes: impl Into<Body>) -> Request<Body> {
    let request = Request::builder().method(Method::POST).uri("/api/image").header("host", HOST);
    request.body(bytes.into()).unwrap()
}

/// Status and body; checks that every response has the policy and every refusal a reason.
async fn ask(page: &Router, request: Request<Body>) -> (StatusCode, Bytes) {
    let head = request.method() == Method::HEAD;
    let response = page.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let policy = response.headers().get("content-security-policy").unwrap().to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    if !status.is_success() && !head {
        let reason: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert!(reason["error"].as_str().unwrap().len() > 5, "{status} {reason}");
    }
    (status, body)
}

/// Resident memory in bytes; `None` if the system does not report it.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<usize>().ok()? << 10)
}

fn pick<'a>(random: &mut ChaCha8Rng, from: &[&'a str]) -> &'a str {
    from[random.random_range(0..from.len())]
}

/// A query of known and unknown keys with possible and impossible values.
fn query(random: &mut ChaCha8Rng) -> String {
    const KEYS: [&str; 18] = [
        "phantom",
        "upload",
        "case",
        "contrast",
        "radius",
        "noise",
        "path",
        "center",
        "width",
        "codec",
        "ratio",
        "quality",
        "generations",
        "regime",
        "region",
        "file",
        "../case",
        "",
    ];
    const WORDS: [&str; 30] = [
        "small-head",
        "ct-head",
        "native",
        "windowed",
        "jpeg",
        "jpeg2000",
        "lossless",
        "original",
        "mixed",
        "0",
        "1",
        "2",
        "7",
        "10",
        "20.5",
        "40",
        "-1",
        "1e308",
        "1e999",
        "NaN",
        "inf",
        "18446744073709551616",
        "",
        "%00",
        "..%2F..%2Fetc%2Fpasswd",
        "%FF%FE",
        "null",
        "{}",
        "0x10",
        "%F0%9F%A9%BB",
    ];
    let count = random.random_range(0..6);
    let pairs: Vec<String> = (0..count)
        .map(|_| {
            let key = pick(random, &KEYS);
            let value = match key {
                // Mostly values that pass the first check.
                "path" if random.random_bool(0.8) => pick(random, &["native", "windowed"]).into(),
                "codec" if random.random_bool(0.8) => {
                    pick(random, &["jpeg", "jpeg12", "jpeg2000"]).into()
                }
                "phantom" if random.random_bool(0.8) => "small-head".into(),
                "ratio" if random.random_bool(0.6) => {
                    random.random_range(0.5..1200.0_f64).to_string()
                }
                "quality" if random.random_bool(0.6) => {
                    random.random_range(-5.0..110.0_f64).to_string()
                }
                "generations" if random.random_bool(0.6) => {
                    random.random_range(0..5_u32).to_string()
                }
                "case" if random.random_bool(0.6) => random.random_range(0..1100_u32).to_string(),
                "contrast" | "radius" | "noise" | "center" | "width" if random.random_bool(0.6) => {
                    random.random_range(-5.0..200.0_f64).to_string()
                }
                _ => pick(random, &WORDS).to_owned(),
            };
            format!("{key}={value}")
        })
        .collect();
    pairs.join("&")
}

fn target(random: &mut ChaCha8Rng) -> String {
    const ROUTES: [&str; 8] = [
        "/api/original",
        "/api/rendition",
        "/api/similarity",
        "/api/reading",
        "/api/marks",
        "/api/contours",
        "/api/catalogue",
        "/api/detectability",
    ];
    const TRICKS: [&str; 18] = [
        "/",
        "/index.html",
        "/page.css",
        "/../Cargo.toml",
        "/..%2fCargo.toml",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/api/../../etc/passwd",
        "/api/original/../../x",
        "/C:%5CWindows",
        "/%00",
        "/page.js%00.html",
        "/%FF",
        "/.env",
        "/api",
        "/api/image",
        "/data/x.js",
        "/assets/page.js",
    ];
    if random.random_bool(0.2) {
        return pick(random, &TRICKS).to_owned();
    }
    format!("{}?{}", pick(random, &ROUTES), query(random))
}

#[test]
fn ten_thousand_random_requests_are_answered_and_memory_stays_flat() {
    let page = page(limits());
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut images = 0;
    let mut refused = 0;
    let mut warm = None;
    block_on(async {
        for number in 0..10_000 {
            let request = if random.random_bool(0.1) {
                let mut bytes = vec![0; random.random_range(0..4000)];
                random.fill_bytes(&mut bytes);
                if random.random_bool(0.5) {
                    bytes.splice(0..0, *b"\x89PNG\r\n\x1a\n");
                }
                post(bytes)
            } else {
                let target = target(&mut random);
                // A router never sees what is not a URI.
                let Ok(uri) = target.parse::<Uri>() else { continue };
                let methods = [
                    Method::GET,
                    Method::GET,
                    Method::GET,
                    Method::POST,
                    Method::DELETE,
                    Method::HEAD,
                ];
                let method = methods[random.random_range(0..methods.len())].clone();
                let request = Request::builder().method(method).uri(uri).header("host", HOST);
                request.body(Body::empty()).unwrap()
            };
            let request_line = format!("{} {}", request.method(), request.uri());
            let (status, body) = ask(&page, request).await;
            assert!(status.is_success() || status.is_client_error(), "{request_line}: {status}");
            let text = String::from_utf8_lossy(&body);
            assert!(!text.contains("root:x:") && !text.contains("[package]"), "{request_line}");
            images += usize::from(status.is_success());
            refused += usize::from(status.is_client_error());
            if number == 3000 {
                warm = resident();
            }
        }
    });
    assert!(images > 500 && refused > 5000, "{images} answered, {refused} refused");
    if let (Some(warm), Some(after)) = (warm, resident()) {
        let grown = after.saturating_sub(warm);
        // The cached images take up to 8 MiB; the rest is slack of the allocator.
        assert!(grown < 24 << 20, "memory grew by {grown} bytes after {warm}");
    }
}

#[test]
fn valid_queries_are_answered_correctly() {
    let page = page(limits());
    block_on(async {
        let (status, body) = ask(&page, get("/")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(String::from_utf8_lossy(&body).starts_with("<!doctype html>"));
        let (_, body) = ask(&page, get("/api/catalogue")).await;
        let catalogue: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(catalogue["phantoms"][0]["id"], "small-head");
        assert_eq!(catalogue["run"], serde_json::Value::Null);

        let original = frame(&ask(&page, get("/api/original?case=4")).await.1);
        assert_eq!((original.0["rows"].as_u64(), original.1.len()), (Some(128), 128 * 128));
        let target = "/api/rendition?case=4&codec=jpeg2000&ratio=10";
        let (header, decoded) = frame(&ask(&page, get(target)).await.1);
        let figures = &header["figures"];
        // 12 bits stored, at least 10:1: at most 128·128·12/(8·10) = 2457 bytes.
        let bytes = figures["bytes"].as_u64().unwrap();
        assert!((2000..=2457).contains(&bytes), "{figures}");
        let ratio = figures["ratio_stored"].as_f64().unwrap();
        assert!((ratio - 128.0 * 128.0 * 12.0 / (8.0 * bytes as f64)).abs() < 1e-9);
        // PSNR of the pixels sent, peak 4095.
        let square = |(a, b): (&u16, &u16)| (f64::from(*a) - f64::from(*b)).powi(2);
        let mse = original.1.iter().zip(&decoded).map(square).sum::<f64>() / 16_384.0;
        let psnr = 10.0 * libm::log10(4095.0_f64.powi(2) / mse);
        assert!((figures["psnr_db"].as_f64().unwrap() - psnr).abs() < 1e-9, "{figures} {psnr}");
        // The same query gives the same pixels.
        assert_eq!(frame(&ask(&page, get(target)).await.1).1, decoded);

        // Only JPEG has a quality, and not together with a ratio.
        for (query, status) in [
            ("codec=jpeg&quality=40", StatusCode::OK),
            ("codec=jpeg12&quality=40", StatusCode::OK),
            ("codec=jpeg2000&quality=40", StatusCode::BAD_REQUEST),
            ("codec=jpeg&quality=40&ratio=5", StatusCode::BAD_REQUEST),
            ("codec=lossless&ratio=5", StatusCode::BAD_REQUEST),
            ("codec=htj2k&ratio=5", StatusCode::NOT_FOUND),
        ] {
            let target = format!("/api/rendition?path=native&{query}");
            assert_eq!(ask(&page, get(&target)).await.0, status, "{query}");
        }
        let (header, _) = frame(&ask(&page, get("/api/rendition?codec=jpeg&quality=40")).await.1);
        assert_eq!(header["figures"]["quality"], 40.0);
        // Twelve bits stored, eight in the file.
        assert_eq!(header["figures"]["dropped_bits"], 4);
        let target = "/api/rendition?codec=jpeg&path=windowed&ratio=12&generations=3";
        let (header, _) = frame(&ask(&page, get(target)).await.1);
        assert!(header["figures"]["quality"].as_f64().unwrap() >= 1.0);
        let (status, _) = ask(&page, get("/api/reading?codec=jpeg2000")).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    });
}

/// Header and pixels of a response.
fn frame(body: &[u8]) -> (serde_json::Value, Vec<u16>) {
    let (length, rest) = body.split_first_chunk::<4>().unwrap();
    let (header, pixels) = rest.split_at(u32::from_le_bytes(*length) as usize);
    let words = pixels.chunks_exact(2).map(|word| u16::from_le_bytes([word[0], word[1]]));
    (serde_json::from_slice(header).unwrap(), words.collect())
}

#[test]
fn an_uploaded_image_is_compressed_and_displaced_by_others() {
    let page = page(limits());
    let written = |value: u16| {
        let image = image::ImageBuffer::from_fn(90, 70, |x, y| {
            image::Luma([value.wrapping_add((x * 13 + y * 7) as u16 % 1000)])
        });
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::DynamicImage::ImageLuma16(image)
            .write_to(&mut bytes, image::ImageFormat::Png)
            .unwrap();
        bytes.into_inner()
    };
    block_on(async {
        let (status, body) = ask(&page, post(written(5))).await;
        assert_eq!(status, StatusCode::OK);
        let name: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let name = name["upload"].as_str().unwrap().to_owned();
        let target = format!("/api/rendition?upload={name}&codec=jpeg2000&ratio=8");
        let (header, pixels) = frame(&ask(&page, get(&target)).await.1);
        assert_eq!((header["rows"].as_u64(), pixels.len()), (Some(70), 6300));
        let (status, _) = ask(&page, get(&format!("/api/original?upload={name}&noise=3"))).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        // 20 % of 8 MiB hold 133 images of 12.6 kB: after 400 others the first is gone.
        for value in 0..400 {
            assert_eq!(ask(&page, post(written(1000 + value))).await.0, StatusCode::OK);
        }
        assert_eq!(ask(&page, get(&target)).await.0, StatusCode::NOT_FOUND);
    });
}

#[test]
fn bodies_that_are_too_long_or_too_slow_are_refused() {
    let page = page(Limits { body_seconds: 1, ..limits() });
    block_on(async {
        let (status, body) = ask(&page, post(vec![0; (64 << 10) + 1])).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{body:?}");
        // A body without an end and without a stated length.
        let endless = Body::new(Endless { slow: false });
        assert_eq!(ask(&page, post(endless)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
        let slow = Body::new(Endless { slow: true });
        assert_eq!(ask(&page, post(slow)).await.0, StatusCode::REQUEST_TIMEOUT);
        // A PNG that claims 2³¹ − 1 pixels on a side.
        let mut claim =
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFF\x10\0\0\0\0".to_vec();
        claim.extend([0; 4]);
        assert_eq!(ask(&page, post(claim)).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    });
}

/// A body that never ends: kilobytes without pause, or nothing at all.
struct Endless {
    slow: bool,
}

impl axum::body::HttpBody for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        if self.slow {
            return std::task::Poll::Pending;
        }
        let frame = http_body::Frame::data(Bytes::from_static(&[7; 1024]));
        std::task::Poll::Ready(Some(Ok(frame)))
    }
}

#[test]
fn foreign_requests_and_floods_are_refused() {
    let page_of = |limits| page(limits);
    block_on(async {
        let page = page_of(limits());
        let with = |name: &str, value: &str| {
            Request::builder().uri("/api/original").header(name, value).body(Body::empty()).unwrap()
        };
        assert_eq!(ask(&page, with("host", "evil.example")).await.0, StatusCode::FORBIDDEN);
        assert_eq!(ask(&page, with("accept", "*/*")).await.0, StatusCode::FORBIDDEN);
        let long = format!("/api/original?phantom={}", "x".repeat(4000));
        assert_eq!(ask(&page, get(&long)).await.0, StatusCode::URI_TOO_LONG);

        let page = page_of(Limits { burst: 5.0, requests_per_second: 0.001, ..limits() });
        // What is refused for where it comes from is not counted.
        for _ in 0..20 {
            assert_eq!(ask(&page, with("host", "evil.example")).await.0, StatusCode::FORBIDDEN);
        }
        for _ in 0..5 {
            assert_eq!(ask(&page, get("/")).await.0, StatusCode::OK);
        }
        assert_eq!(ask(&page, get("/")).await.0, StatusCode::TOO_MANY_REQUESTS);
    });
}

#[test]
fn requests_beyond_the_queue_are_refused_as_busy() {
    let page = page(Limits { workers: 1, waiting: 1, ..limits() });
    block_on(async {
        let requests: Vec<_> = (0..6)
            .map(|case| {
                let page = page.clone();
                tokio::spawn(async move {
                    let target = format!("/api/rendition?case={case}&ratio=8");
                    page.oneshot(get(&target)).await.unwrap().status()
                })
            })
            .collect();
        let mut busy = 0;
        for answer in requests {
            let status = tokio::time::timeout(Duration::from_secs(60), answer).await.unwrap();
            busy += usize::from(status.unwrap() == StatusCode::SERVICE_UNAVAILABLE);
        }
        // One is computed, one waits.
        assert_eq!(busy, 4);
    });
}
