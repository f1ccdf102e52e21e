//! What a phantom is called changes no result.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::sync::atomic::{AtomicBool, AtomicU64};

use crate::study_fakes::{HashTrainer, SMALL, StopAfter, changes, codecs, run};
use phantom_limit::campaign::Run;
use phantom_limit::dataset::Dataset;
use phantom_limit::phantom::Phantom;
use phantom_limit::record::{Regime, Results};
use phantom_limit::store::RunDirectory;
use phantom_limit::study::{Changes, Plan, Preset, Study};

/// Results of a fake study of the phantom in `source`. Networks are trained from nothing: one
/// that starts from another's file would, in the fake, hash the names in that file.
fn results(source: &str, changes: &Changes) -> Results {
    let directory = tempfile::tempdir().unwrap();
    let phantom = Phantom::parse(source, "other.toml").unwrap();
    let plan = Plan::new(&phantom, source, Preset::Smoke, changes, 1, "fake").unwrap();
    let run = Run::begin(RunDirectory::claim(directory.path()).unwrap(), &plan).unwrap();
    let stopped = AtomicBool::new(false);
    let progress = StopAfter { steps: AtomicU64::new(0), limit: u64::MAX, stopped: &stopped };
    Study {
        plan: &run.plan,
        plan_hash: &run.plan_hash,
        dataset: &Dataset::new(phantom, plan.seed),
        store: &run.store,
        codecs: &codecs,
        trainer: &HashTrainer,
        workers: 2,
        progress: &progress,
        stopped: &stopped,
    }
    .run()
    .unwrap();
    run.conclude(&codecs).unwrap()
}

#[test]
fn another_name_changes_nothing_and_other_physics_do() {
    let changes = Changes { regimes: Some(vec![Regime::Original]), ..changes() };
    let own = tempfile::tempdir().unwrap();
    let expected = run(own.path(), &changes, 2, u64::MAX).unwrap();
    let id = Phantom::parse(SMALL, "small.toml").unwrap().id;
    let renamed = SMALL.replace(&format!("id = \"{id}\""), "id = \"another-name\"");
    let mut found = results(&renamed, &changes);
    assert_eq!(found.phantom, "another-name");
    found.phantom.clone_from(&expected.phantom);
    assert!(found == expected, "a name changed a result");
    let noisier = renamed.replace("sigma_hu = 4.0", "sigma_hu = 4.5");
    assert!(results(&noisier, &changes).arms != expected.arms, "noise changed nothing");
}
