//! Calibrates a small phantom from code: plan, study, conclusion. Takes seconds, and supports no
//! conclusion.
//!
//! `cargo run --example calibrate_from_code` leaves a run directory `run` here, with report.html.

use std::error::Error;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use phantom_limit::campaign::Run;
use phantom_limit::codec::codec;
use phantom_limit::dataset::Dataset;
use phantom_limit::network::Kernel;
use phantom_limit::observer::{NetworkTrainer, Trainer};
use phantom_limit::phantom::Phantom;
use phantom_limit::record::Results;
use phantom_limit::report;
use phantom_limit::store::RunDirectory;
use phantom_limit::study::{Changes, Plan, Preset, Progress, Stage, Study};

#[cfg_attr(test, expect(dead_code, reason = "tests calibrate in a directory of their own"))]
fn main() -> Result<(), Box<dyn Error>> {
    let source = include_str!("../tests/phantom/small.toml");
    println!("{}", report::text(&calibrate(source, Path::new("run"))?));
    Ok(())
}

/// A study of two levels by one network in `directory`.
pub(crate) fn calibrate(source: &str, directory: &Path) -> Result<Results, Box<dyn Error>> {
    let phantom = Phantom::parse(source, "small.toml")?;
    let (ratios, images) = (Some(vec![5.0, 50.0]), Some(4));
    let changes =
        Changes { ratios, train_images: images, test_images: images, ..Changes::default() };
    let trainer = NetworkTrainer { kernel: Kernel::detect(), threads: 1 };
    let plan = Plan::new(&phantom, source, Preset::Smoke, &changes, 1, &trainer.kernel())?;
    let run = Run::begin(RunDirectory::claim(directory)?, &plan)?;
    Study {
        plan: &run.plan,
        plan_hash: &run.plan_hash,
        dataset: &Dataset::new(phantom, plan.seed),
        store: &run.store,
        codecs: &codec,
        trainer: &trainer,
        workers: 2,
        progress: &Silent,
        stopped: &AtomicBool::new(false),
    }
    .run()?;
    Ok(run.conclude(&codec)?)
}

/// Shows no progress.
struct Silent;
impl Progress for Silent {
    fn stage(&self, _: Stage, _: u64) {}
    fn advance(&self, _: Stage, _: u64) {}
    fn note(&self, _: &str) {}
}
