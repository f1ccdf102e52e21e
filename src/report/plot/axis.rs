//! The logarithmic axis of compression ratios.

use maud::{Markup, html};

use super::drawing::at;
use crate::report::words;

/// A logarithmic axis of ratios: the ends, and where they lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct RatioAxis {
    pub(super) ratios: (f64, f64),
    pub(super) left: f64,
    pub(super) right: f64,
}

impl RatioAxis {
    /// Abscissa of a ratio, kept inside the plot.
    pub(super) fn x(&self, ratio: f64) -> f64 {
        let (low, high) = self.ratios;
        let share = (ratio / low).ln() / (high / low).ln();
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        self.left + share * (self.right - self.left)
    }

    /// Ratios at 1, 2 and 5 times the powers of ten, at height `y`.
    pub(super) fn draw(&self, y: f64) -> Markup {
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
