//! The parts that all pages share: the document, tables, captions, rows of plots.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::record::Results;

use super::plot::{self, Drawing};
use super::words;

/// The look of the page, in terms of the plots' palette.
const STYLE: &str = include_str!("style.css");

/// Nothing may be loaded, run or embedded except the file's own pictures and styles.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/// A file that contains all that it shows and loads nothing.
pub(super) fn document(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style {
                    (PreEscaped(plot::PALETTE)) (PreEscaped(plot::STYLE)) (PreEscaped(STYLE))
                }
            }
            body { (body) }
        }
    }
}

/// The label of every limit, with its stamp.
pub(super) fn label(results: &Results) -> Markup {
    html! {
        span.label { (words::label(results)) }
        @if results.post_hoc { " " strong.stamp { (words::POST_HOC) } }
    }
}

/// A table that scrolls in a frame of its own, also by keyboard.
pub(super) fn scrolling(name: &str, table: &Markup) -> Markup {
    html! { div.scroll role="group" aria-label=(name) tabindex="0" { (table) } }
}

/// A caption that stays visible while its table scrolls.
pub(super) fn caption(text: &Markup) -> Markup {
    html! { caption { span { (text) } } }
}

/// A row of plots.
pub(super) fn panels(drawings: &[Drawing]) -> Markup {
    html! { div.panels { @for drawing in drawings { figure { (drawing.inline()) } } } }
}
