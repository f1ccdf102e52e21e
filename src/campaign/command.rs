//! The command line that repeats a run; decides nothing of what a plan is.

use super::run::Run;
use crate::collection::{Location, Presentation};
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

/// The command that makes a run of a user's labelled images again: as [`command`], with how they are
/// shown spelt out.
#[must_use]
pub fn data_command(location: &Location, shown: &Presentation, plan: &Plan) -> String {
    let changes = Changes { seed: Some(plan.seed), ..plan.collection_changes(shown) };
    let data = quoted(&location.data.display().to_string());
    let mut command = vec![format!("phantom-limit calibrate {data}")];
    let labels = location.labels.as_ref().map(|it| it.display().to_string());
    command.extend(labels.map(|it| format!("--labels {}", quoted(&it))));
    command.extend(shown.present.as_ref().map(|it| format!("--present {}", quoted(it))));
    command.push(format!("--region-pixels {}", shown.region_pixels));
    command.extend(shown.window.map(|it| format!("--window={},{}", it.center, it.width)));
    command.extend(shown.bits_stored.map(|bits| format!("--bits-stored {bits}")));
    command.extend(OPTIONS.iter().filter_map(|option| option.words(&changes)));
    command.push(format!("--kernel {} --out again/{}", plan.kernel, plan.phantom));
    command.join(" ")
}

/// A word as a shell reads it again.
fn quoted(word: &str) -> String {
    let plain = |it: char| it.is_alphanumeric() || "-_./,+:@%".contains(it);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

impl Run {
    /// The command that repeats the run.
    pub(super) fn command(&self) -> String {
        match (&self.phantom, &self.planned.collection, self.stated_location()) {
            (Some(phantom), ..) => command(phantom, &self.planned),
            (None, Some(shown), Ok(location)) => data_command(&location, shown, &self.planned),
            _ => format!("phantom-limit calibrate {}", self.planned.phantom),
        }
    }
}

/// Whether the plan's phantom is the one that the library has under its identifier.
pub(super) fn in_library(plan: &Plan) -> bool {
    library::embedded(&plan.phantom)
        .and_then(|file| file.whole())
        .is_ok_and(|(_, source)| source == plan.phantom_source)
}
