//! phantom-limit finds how far medical images can be compressed before a neural network stops
//! seeing what is in them.
//!
//! The crate is a pipeline, one way:
//!
//! ```text
//! phantoms/ct/head.toml ─parse→ RawPhantom ─check→ Phantom
//!   ─draw(stream)→ Scene (shapes in mm, materials; truth)
//!   ─acquire(stream)→ Case { Image (stored values), truth }
//!   ─meet(codec, target)→ Encoded ─decode(bytes)→ Image
//!   ─region→ Tensor ─fit→ network ─rate→ ratings
//!   ─append→ records ─estimate→ Limit ─render→ report
//! ```
//!
//! The modules stand below in dependency order: a module uses only modules listed above it,
//! and `tests/layering.rs` enforces that. Up to `dataset` everything is pure: the same seed gives
//! the same bytes on every machine and with any number of threads.

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

pub mod record;

pub mod files;

pub mod import;

pub mod measurement;

pub mod export;

pub mod network;

pub mod observer;

pub mod store;

pub mod study;

pub mod limit;

pub mod report;

pub mod campaign;

pub mod explore;
