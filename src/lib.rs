//! phantom-limit finds how far medical images can be compressed before a neural network stops
//! seeing what is in them.
//!
//! The crate is a pipeline, one way:
//!
//! ```text
//! phantoms/ct/head.toml ─parse→ RawPhantom ─check→ Phantom
//!   ─draw(stream)→ Scene (shapes in mm, materials; truth)
//!   ─acquire(stream)→ Case { Image (stored values), truth }
//!   ─encode(codec, target)→ Encoded ─decode(bytes)→ Image
//!   ─region→ Tensor ─fit→ network ─rate→ ratings
//!   ─append→ records ─estimate→ Limit ─render→ report
//! ```
//!
//! What is computed is the package `phantom_limit_engine`, up to `observer`; its modules are part of
//! this library. All stand below in dependency order: a module uses only modules listed above it,
//! and `tests/layering.rs` enforces that.

#[doc(inline)]
pub use phantom_limit_engine::{
    acquisition, codec, dataset, image, metric, network, observer, phantom, resampling, rng, scene,
    stats, units,
};

pub mod task;

pub mod record;

pub mod files;

pub mod import;

pub mod collection;

pub mod model;

pub mod measurement;

pub mod export;

pub mod insertion;

pub mod store;

pub mod study;

pub mod limit;

pub mod answers;

pub mod report;

pub mod campaign;

pub mod calibrate;

pub mod appraisal;

pub mod explore;

pub mod cli;

// The program uses the library as others do.
extern crate self as phantom_limit;

/// The Rust blocks of README and book are tests.
#[cfg(doctest)]
mod book {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/method.md")]
    struct Method;
    #[doc = include_str!("../docs/phantoms.md")]
    struct Phantoms;
    #[doc = include_str!("../docs/own-images.md")]
    struct OwnImages;
}
