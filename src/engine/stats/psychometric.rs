//! Falling psychometric functions: fit, dispersion, thresholds and their uncertainty;
//! knows no codec and no level.
//!
//! ψ(x) = γ + (1 − γ − λ) F((m − x)/s): from 1 − λ at mild levels down to γ at harsh ones, both
//! free (Wichmann and Hill, 2001); F is one of four [`Sigmoid`]s.
#![expect(clippy::disallowed_methods, reason = "makes no pixels")]

mod curve;
mod fit;
mod scoring;
mod sigmoid;

pub use curve::{Psychometric, Trials};
pub use fit::LEAST_LEVELS;
pub use sigmoid::Sigmoid;

#[cfg(test)]
mod tests;
