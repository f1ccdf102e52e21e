//! The page with a run whose networks search and outline: their marks and outlines in images that
//! no study draws.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fs;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use phantom_limit::explore::{Limits, Studio, Trained, router};
use serde_json::Value;
use tower::ServiceExt;

use crate::runs::{done, text};

const PHANTOM: &str = include_str!("../phantom/small.toml");
const DETECTION: &str = "\n[detection]\nequivalent_radius_mm = { uniform = [2.0, 2.0] }\n\
    contrast_hu = { uniform_magnitude = [15.0, 20.0], sign = \"positive\" }\noffset_mm = 1.0\nshare = 0.5\n";

/// Status and what the answer says.
fn asked(page: &Router, target: &str) -> (u16, Value) {
    let request = Request::get(target).header("host", "127.0.0.1:7340").body(Body::empty());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (status, body) = runtime.block_on(async {
        let response = page.clone().oneshot(request.unwrap()).await.unwrap();
        let status = response.status().as_u16();
        (status, to_bytes(response.into_body(), 1 << 24).await.unwrap())
    });
    // Originals are a frame: length of the header, header, pixels.
    let value = serde_json::from_slice(&body).unwrap_or_else(|_| {
        let length = u32::from_le_bytes(body[..4].try_into().unwrap()) as usize;
        serde_json::from_slice(&body[4..4 + length]).unwrap()
    });
    (status, value)
}

#[test]
fn marks_and_outlines_of_the_runs_networks() {
    let place = tempfile::tempdir().unwrap();
    let phantom = place.path().join("small.toml");
    let source = PHANTOM.replace("\n[acquisition.ct]", &format!("{DETECTION}\n[acquisition.ct]"));
    fs::write(&phantom, &source).unwrap();
    let run = place.path().join("run");
    let study = ["calibrate", text(&phantom), "--task", "locate,outline", "--preset", "smoke"];
    let small = ["--path", "native", "--regime", "original", "--ratio", "5,80", "--epochs", "2"];
    let images = ["--train-images", "8", "--test-images", "14", "--quiet", "--out", text(&run)];
    done(&[&study[..], &small, &images].concat());

    let trained = Trained::open(&run).unwrap();
    let limits = Limits { requests_per_second: 1e9, burst: 1e9, ..Limits::default() };
    let studio = Studio::new(vec![trained.phantom().clone()], Some(trained), limits);
    let page = router(studio, limits);
    let (_, catalogue) = asked(&page, "/api/catalogue");
    let phantoms = catalogue["phantoms"].as_array().unwrap();
    assert_eq!(phantoms[1]["searched_of"], "small-head");
    for networks in ["searching", "outlining"] {
        assert_eq!(catalogue["run"][networks], serde_json::json!([["native", "original"]]));
    }
    assert_eq!(catalogue["run"]["identifying"], serde_json::json!([]));

    let (mut with, mut without) = (0, 0);
    for case in 0..12 {
        let image = format!("phantom=small-head-search&case={case}");
        let (_, original) = asked(&page, &format!("/api/original?{image}"));
        let truth = &original["truth"];
        assert_eq!(truth["is_searched"], true);
        let regions = truth["regions"].as_array().unwrap();
        assert!(regions.len() <= 3 && regions.iter().all(|it| it["contrast"].is_number()));
        *(if regions.is_empty() { &mut without } else { &mut with }) += 1;
        for level in ["", "&codec=jpeg2000&ratio=80"] {
            let (status, marks) = asked(&page, &format!("/api/marks?{image}{level}"));
            assert_eq!((status, &marks["networks"]), (200, &Value::from(1)), "{marks}");
            let found = marks["found"].as_array().unwrap();
            assert_eq!(found.len(), regions.len());
            assert!(found.iter().all(|count| count.as_u64().unwrap() <= 1));
            // No false mark is at the middle of a target.
            for mark in marks["false_marks"].as_array().unwrap() {
                let [row, column] = [0, 1].map(|axis| mark[axis].as_f64().unwrap() + 0.5);
                for region in regions {
                    let middle = [0, 1].map(|axis| region["center"][axis].as_f64().unwrap());
                    let away = libm::hypot(middle[0] - row, middle[1] - column);
                    assert!(away > 1.0, "{mark} in {region}");
                }
            }
            let again = asked(&page, &format!("/api/marks?{image}{level}"));
            assert_eq!(again.1, marks);
        }
    }
    assert!(with > 2 && without > 2, "half hold no target: {with} and {without}");
    // An image without a target has no region to ask about.
    for case in 0..12 {
        let image = format!("phantom=small-head-search&case={case}&region=3");
        let (status, said) = asked(&page, &format!("/api/detectability?{image}"));
        assert_eq!(status, 400, "{said}");
    }

    let image = "phantom=small-head&case=3&codec=jpeg2000&ratio=5";
    let (_, original) = asked(&page, "/api/original?phantom=small-head&case=3");
    let (status, contours) = asked(&page, &format!("/api/contours?{image}"));
    assert_eq!(status, 200, "{contours}");
    let regions = original["truth"]["regions"].as_array().unwrap();
    let dice = contours["dice"].as_array().unwrap();
    assert_eq!(dice.len(), regions.len());
    for (dice, region) in dice.iter().zip(regions) {
        assert_eq!(dice.is_number(), region["contrast"].is_number());
        assert!(dice.as_f64().is_none_or(|dice| (0.0..=1.0).contains(&dice)));
    }
    // Each answers for its own images only.
    for wrong in [
        "/api/marks?phantom=small-head",
        "/api/contours?phantom=small-head-search",
        "/api/reading?phantom=small-head",
        "/api/marks?phantom=small-head-search&regime=mixed",
    ] {
        let (status, said) = asked(&page, wrong);
        assert!(said["error"].as_str().unwrap().contains("network in the run"), "{said}");
        assert_eq!(status, 404, "{wrong}");
    }
}
