//! Lines, intervals and markers of codecs and verdicts; knows no axis.

use maud::{Markup, html};

use crate::codec::CodecName;
use crate::record::Verdict;

pub(super) fn line_class(codec: CodecName) -> String {
    format!("line {0} dash-{0}", codec.name())
}

/// An interval with end caps.
pub(super) fn bar(codec: CodecName, x: f64, from: f64, to: f64) -> Markup {
    let (left, right) = (x - 3.0, x + 3.0);
    html! {
        path class=(format!("bar {}", codec.name()))
            d=(format!("M{left:.1} {from:.1}H{right:.1}M{x:.1} {from:.1}V{to:.1}M{left:.1} {to:.1}H{right:.1}")) {}
    }
}

/// Shape by codec; filled, hollow or a cross by verdict, a dot without one.
pub(super) fn marker(codec: CodecName, verdict: Option<Verdict>, x: f64, y: f64) -> Markup {
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
        (_, CodecName::JpegLs) => format!("M{:.1} {:.1}h8l-4 8z", x - 4.0, y - 3.5),
        _ => {
            format!("M{:.1} {:.1}h7v7h-7z", x - 3.5, y - 3.5)
        }
    };
    html! { path class=(class) d=(outline) {} }
}
