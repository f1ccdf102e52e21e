//! Calibrates a small phantom from code: request, plan, run, conclusion. Takes seconds, and
//! supports no conclusion.
//!
//! `cargo run --example calibrate_from_code` leaves a run directory `run` here, with report.html.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use phantom_limit::calibrate::{Calibration, Request, network_trainer};
use phantom_limit::record::Results;
use phantom_limit::report;
use phantom_limit::study::{Changes, Preset};

#[cfg_attr(test, expect(dead_code, reason = "tests calibrate in a directory of their own"))]
fn main() -> Result<(), Box<dyn Error>> {
    println!("{}", report::text(&calibrate("tests/phantom/small.toml", Path::new("run"))?));
    Ok(())
}

/// A study of two levels by one network, in a directory that continues where it was stopped.
pub(crate) fn calibrate(phantom: &str, directory: &Path) -> Result<Results, Box<dyn Error>> {
    let changes = Changes {
        preset: Some(Preset::Smoke),
        ratios: Some(vec![5.0, 50.0]),
        train_images: Some(4),
        test_images: Some(4),
        ..Changes::default()
    };
    let request = Request { changes, ..Request::of(phantom) };
    let trainer = Arc::new(network_trainer(None, 1)?);
    let plan = request.plan(trainer.kernel.name())?.plan;
    let calibration = Calibration { workers: 2, ..Calibration::new(plan, directory, trainer) };
    Ok(calibration.run()?.results)
}
