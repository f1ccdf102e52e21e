//! The command line that repeats a run; decides nothing of what a plan is.

use crate::phantom::{Phantom, library};
use crate::study::option::OPTIONS;
use crate::study::{Changes, Plan};

/// The phantom of a run, where the library does not have it.
pub(super) const PHANTOM: &str = "phantom.toml";

/// The command that makes a run of this plan again, in another directory: what differs from the
/// preset is spelt out, and the seed always. A phantom that is not of the library is named by
/// `phantom.toml`, the file in the folder of the report.
#[must_use]
pub fn command(phantom: &Phantom, plan: &Plan) -> String {
    let named = if in_library(plan) { &plan.phantom } else { PHANTOM };
    let changes = Changes { seed: Some(plan.seed), ..plan.changes(phantom) };
    let mut command = vec![format!("phantom-limit calibrate {named}")];
    command.extend(OPTIONS.iter().filter_map(|option| option.words(&changes)));
    command.push(format!("--kernel {} --out again/{}", plan.kernel, plan.phantom));
    command.join(" ")
}

/// Whether the plan's phantom is the one that the library has under its identifier.
pub(super) fn in_library(plan: &Plan) -> bool {
    library::embedded(&plan.phantom)
        .and_then(|file| file.whole())
        .is_ok_and(|(_, source)| source == plan.phantom_source)
}
