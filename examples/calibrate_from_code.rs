//! Calibrates a small phantom from code: plan, study, conclusion. Takes seconds, and supports no
//! conclusion.
//!
//! `cargo run --example calibrate_from_code` leaves a run directory `run` here, with report.html.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use phantom_limit::calibrate::{Calibration, network_trainer};
use phantom_limit::phantom::Phantom;
use phantom_limit::record::Results;
use phantom_limit::report;
use phantom_limit::study::{Changes, Plan, Preset};

#[cfg_attr(test, expect(dead_code, reason = "tests calibrate in a directory of their own"))]
fn main() -> Result<(), Box<dyn Error>> {
    let source = include_str!("../tests/phantom/small.toml");
    println!("{}", report::text(&calibrate(source, Path::new("run"))?));
    Ok(())
}

/// A study of two levels by one network in `directory`.
pub(crate) fn calibrate(source: &str, directory: &Path) -> Result<Results, Box<dyn Error>> {
    let phantom = Phantom::parse(source, "small.toml")?;
    let changes = Changes {
        preset: Some(Preset::Smoke),
        ratios: Some(vec![5.0, 50.0]),
        train_images: Some(4),
        test_images: Some(4),
        ..Changes::default()
    };
    let trainer = network_trainer(None, 1)?;
    let plan = Plan::new(&phantom, source, &changes, trainer.kernel.name())?;
    Ok(Calibration::new(plan, directory, Arc::new(trainer)).run()?.results)
}
