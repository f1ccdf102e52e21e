//! Owns the command line that repeats a run: what its plan differs in from the usual one.

use crate::codec::CodecName;
use crate::phantom::{Phantom, library};
use crate::record::Regime;
use crate::study::{Changes, Plan, PlannedLook, Preset};

/// The phantom of a run, where the library does not have it.
pub(super) const PHANTOM: &str = "phantom.toml";

/// The command that makes a run of this plan again, in another directory: what differs from the
/// preset is spelt out. A phantom that is not of the library is named by `phantom.toml`, the file beside
/// the report.
#[must_use]
pub fn command(phantom: &Phantom, plan: &Plan) -> String {
    let list = |items: Vec<String>| items.join(",");
    let usual = Plan::new(
        phantom,
        &plan.phantom_source,
        plan.preset,
        &Changes { regimes: Some(plan.regimes.clone()), ..Changes::default() },
        plan.seed,
        &plan.kernel,
    );
    let named = if in_library(plan) { &plan.phantom } else { PHANTOM };
    let mut command = format!("phantom-limit calibrate {named}");
    let mut add = |option: &str, differs: bool, value: String| {
        if differs {
            command.push_str(&format!(" --{option}"));
            if !value.is_empty() {
                command.push_str(&format!(" {value}"));
            }
        }
    };
    // A phantom that the usual codecs cannot take: then nothing is usual.
    let usual = usual.as_ref().ok();
    let differs = |same: &dyn Fn(&Plan) -> bool| !usual.is_some_and(same);
    add("preset", plan.preset != Preset::Standard, plan.preset.name().into());
    // Naming 8-bit JPEG means it on native data too.
    let codecs = differs(&|it| (&it.codecs, it.native_jpeg) == (&plan.codecs, plan.native_jpeg));
    let lossy = plan.codecs.iter().filter(|c| **c != CodecName::Lossless);
    add("codec", codecs, list(lossy.map(|codec| codec.name().to_owned()).collect()));
    let names = plan.paths.iter().map(|path| path.name().to_owned()).collect();
    add("path", differs(&|it| it.paths == plan.paths), list(names));
    let names = plan.regimes.iter().map(|regime| regime.name().to_owned()).collect();
    add("regime", plan.regimes != [Regime::Original, Regime::Mixed], list(names));
    let levels = |targets: &[f64]| list(targets.iter().map(f64::to_string).collect());
    let ladder = &plan.ladder;
    let other =
        differs(&|it| (it.ladder.base, &it.ladder.targets) == (ladder.base, &ladder.targets));
    add(ladder.base.name(), other, levels(&ladder.targets));
    // Which levels are usual depends on the ladder.
    let trained = !ladder.trained.is_empty() && (other || differs(&|it| it.ladder == *ladder));
    add("matched-level", trained, levels(&ladder.trained));
    add("warm-start", plan.warm_start, String::new());
    add("symmetric-prediction", plan.symmetric_prediction, String::new());
    let counts = [
        ("replicates", differs(&|it| it.replicates == plan.replicates), plan.replicates),
        ("train-images", differs(&|it| it.train_images == plan.train_images), plan.train_images),
        ("test-images", differs(&|it| it.test_images == plan.test_images), plan.test_images),
        // Passes that are named set those of regime mixed too.
        (
            "epochs",
            differs(&|it| (it.epochs, it.mixed_epochs) == (plan.epochs, plan.mixed_epochs)),
            plan.epochs,
        ),
    ];
    for (option, differs, count) in counts {
        add(option, differs, count.to_string());
    }
    let most = PlannedLook::most(plan.replicates) as usize;
    add("until-decided", !plan.looks.is_empty(), String::new());
    let fewer = !plan.looks.is_empty() && plan.looks.len() < most;
    add("max-looks", fewer, plan.looks.len().to_string());
    add("margin", differs(&|it| it.margin == plan.margin), plan.margin.to_string());
    add("alpha", differs(&|it| it.alpha == plan.alpha), plan.alpha.to_string());
    let wanted = plan.has_linear_observers();
    add("linear-observers", plan.linear_observers.is_some(), wanted.to_string());
    add("seed", true, plan.seed.to_string());
    add("kernel", true, plan.kernel.clone());
    add("out", true, format!("again/{}", plan.phantom));
    command
}

/// Whether the plan's phantom is the one that the library has under its identifier.
pub(super) fn in_library(plan: &Plan) -> bool {
    library::embedded(&plan.phantom)
        .and_then(|file| file.whole())
        .is_ok_and(|(_, source)| source == plan.phantom_source)
}
