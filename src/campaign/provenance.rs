//! What a report says of how its run was made; knows no result.

use std::collections::BTreeMap;

use super::Run;
use super::collected::counted as images_of;
use super::command::{PHANTOM, in_library};
use crate::study::{self, Plan};
use crate::task::TaskName;

impl Run {
    /// Everything needed to repeat the run, and the day on which it was begun. Nothing else of a
    /// clock, and no host: the same plan and program give the same report but for that day.
    pub(super) fn provenance(&self) -> Vec<(String, String)> {
        let plan = &self.plan;
        let text = |key: &str, value: String| (key.to_owned(), value);
        let mut made = vec![
            text("command", self.command()),
            text("version", format!("phantom-limit {}", plan.version)),
            text("revision", revisions(&self.revisions())),
            text("preset", format!("{}: {}", plan.preset.name(), plan.preset.concludes())),
            text("metric", self.metric()),
            text(
                "networks",
                format!(
                    "{} replicates per task, path and regime, kernel {}",
                    plan.replicates, plan.kernel
                ),
            ),
            text(
                "images",
                format!(
                    "{} for training ({}), {} to choose the epoch, {} for the test",
                    plan.train_images,
                    match plan.collection {
                        Some(_) => "the same for each replicate, in another order",
                        None => "anew for each replicate",
                    },
                    plan.tune_images,
                    plan.test_images
                ) + &outlined(plan),
            ),
            text(
                "training",
                format!(
                    "regime original: {}; regime mixed: starts from the originals' network, {} over \
                     originals and {} of each codec per image",
                    counted(plan.epochs, "pass", "passes"),
                    counted(plan.mixed_epochs, "pass", "passes"),
                    counted(plan.mixed_levels, "level", "levels")
                ),
            ),
        ];
        made.extend(self.begun().map(|day| text("begun", day)));
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
                let passes = counted(plan.mixed_epochs, "pass", "passes");
                format!("starts from the originals' network, {passes}")
            } else {
                counted(plan.epochs, "pass", "passes")
            };
            made.push(text(
                "training at one level",
                format!("one network for each codec and level of {}; {start}", levels.join(", ")),
            ));
        }
        for (codec, version) in &plan.codec_versions {
            made.push((format!("codec {codec}"), version.clone()));
        }
        if let Some(shown) = &plan.collection {
            made.push(text("data set", images_of(shown)));
            made.push(text("data set hash", plan.phantom_hash.clone()));
            made.push(text("plan hash", self.plan_hash.clone()));
            return made;
        }
        if !in_library(plan) {
            made.push(text(
                "phantom file",
                format!(
                    "{PHANTOM} in the folder of this report: copy it to where the command is run"
                ),
            ));
        }
        made.push(text("phantom hash", plan.phantom_hash.clone()));
        made.push(text("plan hash", self.plan_hash.clone()));
        made
    }

    /// How many records each revision of the program made.
    fn revisions(&self) -> BTreeMap<String, usize> {
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        let mut count = |revision| *found.entry(revision).or_default() += 1;
        let series = self.plan.series();
        let of_series = |number| series.iter().map(move |&series| (series, number));
        for (series, number) in (0..study::test_chunks(&self.plan)).flat_map(of_series) {
            let record = self.store.chunk_record(series, number).ok().flatten();
            record.into_iter().for_each(|record| count(record.revision));
        }
        for job in self.plan.jobs() {
            let looks = self
                .plan
                .added_images(job.task, job.replicate)
                .into_iter()
                .map(|(look, _)| Some(look));
            for look in std::iter::once(None).chain(looks) {
                let record = self.store.job_record(&job, look).ok().flatten();
                record.into_iter().for_each(|record| count(record.revision));
            }
        }
        found
    }
}

/// How many of the test images are outlined, where not all are.
fn outlined(plan: &Plan) -> String {
    let rated = plan.rated_images(TaskName::Outline);
    let asked = plan.tasks.contains(&TaskName::Outline) && rated < plan.test_images;
    if asked { format!("; {rated} of these are outlined") } else { String::new() }
}

fn counted(count: u32, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// The revision of a run's records, or that they are of several.
fn revisions(found: &BTreeMap<String, usize>) -> String {
    if let (1, Some(only)) = (found.len(), found.keys().next()) {
        return only.clone();
    }
    let each: Vec<String> =
        found.iter().map(|(revision, count)| format!("{count} by {revision}")).collect();
    format!(
        "records of this run were made by different revisions of the program, which need not give \
         equal results: {}",
        each.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_revisions_are_said() {
        let of = |found: &[(&str, usize)]| {
            revisions(&found.iter().map(|&(name, count)| (name.to_owned(), count)).collect())
        };
        assert_eq!(of(&[("0123456789ab", 40)]), "0123456789ab");
        let several = of(&[("0123456789ab", 30), ("ba9876543210-dirty", 10)]);
        assert!(several.contains("different revisions"), "{several}");
        assert!(several.ends_with("30 by 0123456789ab, 10 by ba9876543210-dirty"), "{several}");
    }
}
