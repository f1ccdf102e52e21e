//! Owns the files of the page, embedded; knows no path of the disk.
//!
//! Scripts are classic ones in one scope, in this order: browsers load no modules from a file.

use axum::http::header::HeaderValue;

use super::studio::json;

/// One file of the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asset {
    /// Name after the slash.
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) text: &'static str,
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// All, the page first.
pub(super) const ASSETS: [Asset; 13] = [
    Asset { name: "index.html", kind: HTML, text: include_str!("page/index.html") },
    Asset { name: "palette.css", kind: CSS, text: include_str!("../report/palette.css") },
    Asset { name: "page.css", kind: CSS, text: include_str!("page/page.css") },
    Asset { name: "icon.svg", kind: SVG, text: include_str!("page/icon.svg") },
    Asset { name: "types.js", kind: SCRIPT, text: include_str!("page/types.js") },
    Asset { name: "source.js", kind: SCRIPT, text: include_str!("page/source.js") },
    Asset { name: "transform.js", kind: SCRIPT, text: include_str!("page/transform.js") },
    Asset { name: "stage.js", kind: SCRIPT, text: include_str!("page/stage.js") },
    Asset { name: "chart.js", kind: SCRIPT, text: include_str!("page/chart.js") },
    Asset { name: "stories.js", kind: SCRIPT, text: include_str!("page/stories.js") },
    Asset { name: "quiz.js", kind: SCRIPT, text: include_str!("page/quiz.js") },
    Asset { name: "app.js", kind: SCRIPT, text: include_str!("page/app.js") },
    Asset { name: "start.js", kind: SCRIPT, text: include_str!("page/start.js") },
];

/// The file of a name; the page for none.
pub(super) fn find(name: &str) -> Option<Asset> {
    let name = if name.is_empty() { "index.html" } else { name };
    ASSETS.into_iter().find(|asset| asset.name == name)
}

/// Nothing may be fetched, run or shown but what this origin serves.
pub(super) const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'",
);

/// The page's marker script for an exported copy, in front of the others.
pub(super) fn exported_marker(catalogue: &impl serde::Serialize) -> String {
    format!("\"use strict\";\nconst EXPORTED = {};\n", json(catalogue))
}
