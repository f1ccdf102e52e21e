//! What phantom-limit computes with, a package of its own so that it is compiled once, with all
//! optimisation, and the rest in seconds.
//!
//! ```text
//! phantoms/ct/head.toml ─parse→ RawPhantom ─check→ Phantom
//!   ─draw(stream)→ Scene (shapes in mm, materials; truth)
//!   ─acquire(stream)→ Case { Image (stored values), truth }
//!   ─encode(codec, target)→ Encoded ─decode(bytes)→ Image
//!   ─region→ Tensor ─fit→ network ─rate→ ratings
//! ```
//!
//! The modules stand below in dependency order: a module uses only modules listed above it,
//! and `tests/layering.rs` enforces that. Up to `dataset` everything is pure: the same seed gives
//! the same bytes on every machine and with any number of threads. The package `phantom-limit`
//! goes on from here, and re-exports all of it.

pub mod units;

pub mod rng;

pub mod image;

pub mod stats;

pub mod phantom;

pub mod scene;

pub mod acquisition;

pub mod dataset;

pub mod metric;

pub mod resampling;

pub mod codec;

#[cfg(feature = "network")]
pub mod network;

#[cfg(feature = "network")]
pub mod observer;
