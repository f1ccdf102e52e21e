//! What a phantom is called changes no result.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::study_fakes::{SMALL, changes, run, run_plan};
use phantom_limit::phantom::Phantom;
use phantom_limit::record::{Regime, Results};
use phantom_limit::study::{Changes, Plan, Preset};

/// Results of a fake study of the phantom in `source`. Networks are trained from nothing: one
/// that starts from another's file would, in the fake, hash the names in that file.
fn results(source: &str, changes: &Changes) -> Results {
    let directory = tempfile::tempdir().unwrap();
    let phantom = Phantom::parse(source, "other.toml").unwrap();
    let asked = Changes { preset: Some(Preset::Quick), ..changes.clone() };
    let plan = Plan::new(&phantom, source, &asked, "fake").unwrap();
    run_plan(directory.path(), plan, 2, u64::MAX).unwrap()
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
