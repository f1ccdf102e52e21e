//! Owns what a report says of how its run was made; knows no result.

use super::Run;
use super::command::{PHANTOM, command, in_library};

impl Run {
    /// Everything needed to repeat the run. No clock and no host: the same plan gives the same
    /// report.
    pub(super) fn made(&self) -> Vec<(String, String)> {
        let plan = &self.plan;
        let text = |key: &str, value: String| (key.to_owned(), value);
        let mut made = vec![
            text("command", command(&self.phantom, &self.planned)),
            text("version", format!("phantom-limit {}", plan.version)),
            text("preset", format!("{}: {}", plan.preset.name(), plan.preset.concludes())),
            text("seed", plan.seed.to_string()),
            text("metric", plan.metric.clone()),
            text(
                "networks",
                format!(
                    "{} replicates per path and regime, kernel {}",
                    plan.replicates, plan.kernel
                ),
            ),
            text(
                "images",
                format!(
                    "{} for training (anew for each replicate), {} to choose the epoch, {} for the \
                     test",
                    plan.train_images, plan.tune_images, plan.test_images
                ),
            ),
            text(
                "training",
                format!(
                    "regime original: {} passes; regime mixed: starts from the originals' network, \
                     {} passes over originals and {} levels of each codec per image",
                    plan.epochs, plan.mixed_epochs, plan.mixed_levels
                ),
            ),
        ];
        if let Some(whole) = self.planned.looks.last() {
            let sizes: Vec<String> = (plan.looks.iter())
                .map(|look| format!("{} on {}", look.replicates, look.test_images))
                .collect();
            made.push(text(
                "growth",
                format!(
                    "networks and test images at the looks taken: {}; at most {} looks, the last at \
                     {} on {}",
                    sizes.join(", "),
                    self.planned.looks.len(),
                    whole.replicates,
                    whole.test_images
                ),
            ));
        }
        let ladder = &plan.ladder;
        if !ladder.trained.is_empty() {
            let levels: Vec<String> =
                ladder.trained.iter().map(|&level| ladder.base.label(level)).collect();
            let start = if plan.warm_start {
                format!("starts from the originals' network, {} passes", plan.mixed_epochs)
            } else {
                format!("{} passes", plan.epochs)
            };
            made.push(text(
                "training at one level",
                format!("one network for each codec and level of {}; {start}", levels.join(", ")),
            ));
        }
        for (codec, version) in &plan.codec_versions {
            made.push((format!("codec {codec}"), version.clone()));
        }
        if !in_library(plan) {
            made.push(text(
                "phantom file",
                format!("{PHANTOM} beside this report: copy it to where the command is run"),
            ));
        }
        made.push(text("phantom hash", plan.phantom_hash.clone()));
        made.push(text("plan hash", self.plan_hash.clone()));
        made
    }
}
