//! The files of the page, embedded in the program; knows no path on disk.

use axum::http::header::HeaderValue;

use super::frame::json;
use super::script;

/// One file of the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asset {
    /// Name after the slash.
    pub(super) name: &'static str,
    pub(super) content_type: &'static str,
    pub(super) text: &'static str,
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

const fn asset(name: &'static str, content_type: &'static str, text: &'static str) -> Asset {
    Asset { name, content_type, text }
}

/// What both pages look like.
const LOOKS: [Asset; 3] = [
    asset("palette.css", CSS, include_str!("../report/palette.css")),
    asset("page.css", CSS, include_str!("page/page.css")),
    asset("icon.svg", SVG, include_str!("page/icon.svg")),
];

/// All files, the page first.
pub(super) fn all() -> [Asset; 5] {
    let [palette, looks, icon] = LOOKS;
    let page = asset("index.html", HTML, include_str!("page/index.html"));
    [page, palette, looks, icon, asset("page.js", SCRIPT, &script::PAGE)]
}

/// The file of a name; the page for an empty one.
pub(super) fn find(name: &str) -> Option<Asset> {
    let name = if name.is_empty() { "index.html" } else { name };
    all().into_iter().find(|asset| asset.name == name)
}

/// A file of the page of a class; that page for an empty name.
pub(super) fn of_class(name: &str) -> Option<Asset> {
    match name {
        "" => Some(asset("class.html", HTML, include_str!("page/class.html"))),
        "class.js" => Some(asset("class.js", SCRIPT, &script::CLASS)),
        name => LOOKS.into_iter().find(|asset| asset.name == name),
    }
}

/// The browser may fetch, run and show only what this origin serves.
pub(super) const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'",
);

/// The first script of an exported copy: it holds the contents, by which the page knows that it is
/// a copy.
pub(super) fn exported_contents(contents: &impl serde::Serialize) -> String {
    format!("\"use strict\";\nconst EXPORTED = {};\n", json(contents))
}
