//! A plot as SVG, within a page or as a file of its own, with its style and its text.

use maud::{Markup, PreEscaped, html};

use crate::record::Results;
use crate::report::words;

/// Colours as CSS variables, for a page or a stand-alone SVG.
pub(in crate::report) const PALETTE: &str = include_str!("../palette.css");

/// The style of a plot, in terms of [`PALETTE`].
pub(in crate::report) const STYLE: &str = include_str!("plot.css");

/// Height of a stand-alone plot's head and foot.
const MARGINS: (f64, f64) = (58.0, 30.0);

/// One plot.
pub(in crate::report) struct Drawing {
    /// Name of its file, and of its parts within a page: unique, of letters, digits and dashes.
    pub(in crate::report) name: String,
    /// What it shows, in one line.
    pub(in crate::report) title: String,
    /// The same in words, for those who do not see it.
    pub(in crate::report) text: String,
    /// Width and height in SVG units.
    pub(in crate::report) size: (f64, f64),
    /// What is inside.
    pub(in crate::report) body: Markup,
}

impl Drawing {
    /// For a page that holds [`PALETTE`] and [`STYLE`].
    pub(in crate::report) fn inline(&self) -> Markup {
        let (title, text) = (format!("{}-title", self.name), format!("{}-text", self.name));
        html! {
            svg.plot viewBox=(format!("0 0 {} {}", self.size.0, self.size.1)) role="img"
                aria-labelledby=(format!("{title} {text}")) {
                title id=(title) { (self.title) }
                desc id=(text) { (self.text) }
                (self.body)
            }
        }
    }

    /// As a file of its own, with a title.
    pub(in crate::report) fn alone(&self, results: &Results) -> String {
        let (head, foot) = MARGINS;
        let size = (self.size.0, head + self.size.1 + foot);
        let body = html! { g transform=(format!("translate(0 {head})")) { (self.body) } };
        alone(results, size, &self.title, &self.text, &body)
    }
}

/// A stand-alone SVG with a heading and the label at its foot; light or dark as the viewer prefers.
pub(super) fn alone(
    results: &Results,
    size: (f64, f64),
    title: &str,
    text: &str,
    body: &Markup,
) -> String {
    let stamp =
        if results.post_hoc { format!(" \u{2013} {}", words::POST_HOC) } else { String::new() };
    let markup = html! {
        svg.plot xmlns="http://www.w3.org/2000/svg" width=(size.0) height=(size.1)
            viewBox=(format!("0 0 {} {}", size.0, size.1)) role="img"
            aria-labelledby="title text" {
            title id="title" { (title) ", " (results.phantom) }
            desc id="text" { (text) }
            style { (PreEscaped(PALETTE)) (PreEscaped(STYLE)) }
            rect width="100%" height="100%" style="fill:var(--paper)" {}
            text.name x="16" y="26" { (results.phantom) }
            text.soft x="16" y="46" { (title) }
            (body)
            text.soft x="16" y=(size.1 - 12.0) { (words::label(results)) (stamp) }
        }
    };
    markup.into_string()
}

/// One decimal is a tenth of a pixel.
pub(super) fn at(value: f64) -> String {
    format!("{value:.1}")
}

pub(super) fn side_label(text: &str, y: f64) -> Markup {
    html! {
        text.soft transform=(format!("translate(14 {y:.1}) rotate(-90)")) text-anchor="middle" {
            (text)
        }
    }
}
