//! Owns falling psychometric functions: fit, overdispersion, thresholds and their intervals;
//! knows no codec and no level.
//!
//! ψ(x) = γ + (1 − γ − λ) F((m − x)/s): from 1 − λ at mild levels down to γ at harsh ones, both
//! free (Wichmann and Hill, 2001); F is one of four [`Sigmoid`]s.
#![expect(clippy::disallowed_methods, reason = "makes no pixels")]

mod curve;
mod fit;
mod overdispersed;
mod scoring;
mod sigmoid;

pub use curve::{Psychometric, Trials};
pub use fit::LEAST_LEVELS;
pub use overdispersed::Overdispersed;
pub use sigmoid::Sigmoid;

#[cfg(test)]
mod tests;
