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
//!
//! # Features
//!
//! All are on unless `default-features = false`. Each contains those before it; `model` and `explore`
//! stand beside each other.
//!
//! | feature | adds |
//! |---|---|
//! | none | [`phantom`] to [`codec`] and [`files`]: drawing, images, metrics, statistics, compression |
//! | `formats` | [`import`], [`collection`], [`measurement`], [`export`], [`insertion`] |
//! | `network` | [`network`], [`observer`], [`task`], [`record`], [`store`], [`study`], [`limit`] |
//! | `report` | [`answers`], [`report`], [`campaign`], [`calibrate`], [`replication`] |
//! | `model` | [`model`], [`appraisal`] |
//! | `explore` | [`explore`] |
//! | `cli` | [`cli`] and the program |

#[doc(inline)]
pub use phantom_limit_engine::{
    acquisition, codec, dataset, image, metric, phantom, resampling, rng, scene, stats, units,
};
#[cfg(feature = "network")]
#[doc(inline)]
pub use phantom_limit_engine::{network, observer};

#[cfg(feature = "network")]
pub mod task;

#[cfg(feature = "network")]
pub mod record;

pub mod files;

#[cfg(feature = "formats")]
pub mod import;

#[cfg(feature = "formats")]
pub mod collection;

#[cfg(feature = "model")]
pub mod model;

#[cfg(feature = "formats")]
pub mod measurement;

#[cfg(feature = "formats")]
pub mod export;

#[cfg(feature = "formats")]
pub mod insertion;

#[cfg(feature = "network")]
pub mod store;

#[cfg(feature = "network")]
pub mod study;

#[cfg(feature = "network")]
pub mod limit;

#[cfg(feature = "report")]
pub mod answers;

#[cfg(feature = "report")]
pub mod report;

#[cfg(feature = "report")]
pub mod campaign;

#[cfg(feature = "report")]
pub mod calibrate;

#[cfg(feature = "report")]
pub mod replication;

#[cfg(feature = "model")]
pub mod appraisal;

#[cfg(feature = "explore")]
pub mod explore;

#[cfg(feature = "cli")]
pub mod cli;

// The program uses the library as others do.
extern crate self as phantom_limit;

/// The Rust blocks of README and book are tests.
#[cfg(all(doctest, feature = "cli"))]
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
