//! Owns the plots as SVG: what they share, and their two forms, in a page and as files; knows no
//! page and computes no statistic.
#![expect(clippy::disallowed_methods, reason = "makes no pixels of a phantom")]

mod accuracy;
mod contour;
mod detail;
mod frame;
mod linear;
mod overlay;
mod psychometric;
mod quality;
mod raster;
mod training;

use maud::{Markup, PreEscaped, html};

use crate::codec::CodecName;
use crate::record::{Results, Verdict};

use super::words;

pub use accuracy::accuracy_svg;
pub(super) use accuracy::{accuracies, areas};
pub(super) use contour::contours;
pub(super) use detail::details;
pub(super) use linear::linears;
pub(super) use overlay::overlays;
pub(super) use psychometric::psychometric;
pub(super) use quality::{qualities, shown_regime};
pub(super) use raster::png;
pub(super) use training::{heat_maps, shifts};

/// Colours as CSS variables, for a page or a stand-alone SVG.
pub(super) const PALETTE: &str = include_str!("../palette.css");

/// The look of a plot, in terms of [`PALETTE`].
pub(super) const STYLE: &str = include_str!("plot.css");

/// Height of a stand-alone plot's head and foot.
const MARGINS: (f64, f64) = (58.0, 30.0);

/// One plot.
pub(super) struct Drawing {
    /// Name of its file, and of its parts within a page: unique, of letters, digits and dashes.
    pub(super) name: String,
    /// What it shows, in one line.
    pub(super) title: String,
    /// The same in words, for those who do not see it.
    pub(super) text: String,
    /// Width and height in SVG units.
    pub(super) size: (f64, f64),
    /// What is inside.
    pub(super) body: Markup,
}

impl Drawing {
    /// For a page that holds [`PALETTE`] and [`STYLE`].
    pub(super) fn inline(&self) -> Markup {
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

    /// As a file of its own, which says what it is about.
    pub(super) fn alone(&self, results: &Results) -> String {
        let (head, foot) = MARGINS;
        let size = (self.size.0, head + self.size.1 + foot);
        let body = html! { g transform=(format!("translate(0 {head})")) { (self.body) } };
        alone(results, size, &self.title, &self.text, &body)
    }
}

/// Every plot of a study, in the order of the page.
pub(super) fn all(results: &Results, classes: usize) -> Vec<Drawing> {
    let mut drawings = accuracies(results, classes);
    drawings.extend(areas(results));
    drawings.extend(psychometric(results));
    drawings.extend(shifts(results));
    drawings.extend(heat_maps(results));
    drawings.extend(details(results));
    drawings.extend(contours(results, classes));
    drawings.extend(linears(results));
    drawings.extend(qualities(results));
    drawings
}

/// A stand-alone SVG with a head and the label at its foot; light and dark follow the viewer.
fn alone(results: &Results, size: (f64, f64), title: &str, text: &str, body: &Markup) -> String {
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
            text.soft x="16" y=(size.1 - 12.0) { (words::LABEL) (stamp) }
        }
    };
    markup.into_string()
}

/// One decimal is a tenth of a pixel.
fn at(value: f64) -> String {
    format!("{value:.1}")
}

fn side_label(text: &str, y: f64) -> Markup {
    html! {
        text.soft transform=(format!("translate(14 {y:.1}) rotate(-90)")) text-anchor="middle" {
            (text)
        }
    }
}

fn line_class(codec: CodecName) -> String {
    format!("line {0} dash-{0}", codec.name())
}

/// An interval with end caps.
fn bar(codec: CodecName, x: f64, from: f64, to: f64) -> Markup {
    let (left, right) = (x - 3.0, x + 3.0);
    html! {
        path class=(format!("bar {}", codec.name()))
            d=(format!("M{left:.1} {from:.1}H{right:.1}M{x:.1} {from:.1}V{to:.1}M{left:.1} {to:.1}H{right:.1}")) {}
    }
}

/// Shape by codec; filled, hollow or a cross by verdict, a dot without one.
fn marker(codec: CodecName, verdict: Option<Verdict>, x: f64, y: f64) -> Markup {
    let look = match verdict {
        Some(Verdict::Fail) => " cross",
        Some(Verdict::Inconclusive) => " hollow",
        Some(Verdict::Pass) | None => "",
    };
    let class = format!("mark {}{look}", codec.name());
    let outline = match (verdict, codec) {
        (Some(Verdict::Fail), _) => format!("M{:.1} {:.1}l8 8m0 -8l-8 8", x - 4.0, y - 4.0),
        (_, CodecName::Lossless) => format!("M{x:.1} {:.1}l5 5l-5 5l-5 -5z", y - 5.0),
        (None, _) => {
            format!("M{:.1} {y:.1}a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0 -3 0z", x - 1.5)
        }
        (_, CodecName::Jpeg) => {
            format!("M{:.1} {y:.1}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", x - 4.0)
        }
        (_, CodecName::Jpeg12) => format!("M{:.1} {:.1}h8l-4 -8z", x - 4.0, y + 3.5),
        (_, CodecName::Jpeg2000 | CodecName::Htj2k) => {
            format!("M{:.1} {:.1}h7v7h-7z", x - 3.5, y - 3.5)
        }
    };
    html! { path class=(class) d=(outline) {} }
}

/// A logarithmic axis of ratios: the ends, and where they lie.
#[derive(Debug, Clone, Copy)]
struct RatioAxis {
    ratios: (f64, f64),
    left: f64,
    right: f64,
}

impl RatioAxis {
    /// Abscissa of a ratio, kept inside the plot.
    fn x(&self, ratio: f64) -> f64 {
        let (low, high) = self.ratios;
        let share = (ratio / low).ln() / (high / low).ln();
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        self.left + share * (self.right - self.left)
    }

    /// Ratios at 1, 2 and 5 times the powers of ten, at height `y`.
    fn draw(&self, y: f64) -> Markup {
        let (low, high) = self.ratios;
        let decades = (0..7).map(|power| 10_f64.powi(power));
        let ticks =
            decades.flat_map(|decade| (1..10).map(move |digit| (digit, f64::from(digit) * decade)));
        html! {
            path.frame d=(format!("M{} {y:.1}H{}", self.left, self.right)) {}
            @for (digit, ratio) in ticks.filter(|(_, ratio)| (low..=high).contains(ratio)) {
                @let named = matches!(digit, 1 | 2 | 5);
                @let x = self.x(ratio);
                path.frame d=(format!("M{x:.1} {y:.1}v{}", if named { 6 } else { 3 })) {}
                @if named {
                    text.soft x=(at(x)) y=(at(y + 19.0)) text-anchor="middle" { (words::typed(ratio)) }
                }
            }
            text.soft x=(at((self.left + self.right) / 2.0)) y=(at(y + 36.0)) text-anchor="middle" {
                (if self.right - self.left < 300.0 { "ratio N:1 on stored bits" }
                else { "achieved ratio N:1 on stored bits (logarithmic)" })
            }
        }
    }
}
