//! `plan`: how many images and networks a study needs, and what it costs.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use phantom_limit::calibrate::{Calibration, Planned, Request, network_trainer};
use phantom_limit::campaign::{Aim, LevelNeed, NodeCost, Planning, Run, StudyOnNodes, planning};
use phantom_limit::record::Regime;
use phantom_limit::store::RunDirectory;
use phantom_limit::study::{Changes, PieceKind, Preset};

use super::calibrate::workers;
use super::completions;
use super::failure::Failure;
use super::manner::quiet;
use super::message::say;
use super::output::print;
use super::progress::Progress;
use super::signals;

/// Arguments of `plan`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    phantom-limit plan ct-head --margin 0.02 --power 0.9\n  \
    phantom-limit plan --pilot runs/ct-head --margin 0.01 --nodes 1,10,100 --jobs 16\n\n\
    How much networks and images differ is measured on a pilot: an earlier run, or one of preset \
    quick that is made first (minutes; Ctrl-C stops it, the same command continues it, and \
    --out stays), with networks trained on originals and on all levels. The cost is that of the \
    pilot's arms with the images, passes and levels of --preset, in the times that the pilot took on its machine. A study of that size stops earlier where it \
    can: calibrate --until-decided.")]
pub(super) struct Plan {
    /// Phantom: an id from `list`, or the path of a .toml file.
    #[arg(required_unless_present = "pilot")]
    #[arg(add = completions::phantom())]
    phantom: Option<String>,
    /// Largest loss of the score that is accepted, as a share of it.
    #[arg(long, default_value_t = 0.02)]
    margin: f64,
    /// One-sided error of each verdict.
    #[arg(long, default_value_t = 0.025)]
    alpha: f64,
    /// Probability to pass a level at the expected loss, above 0.5.
    #[arg(long, default_value_t = 0.9)]
    power: f64,
    /// Run directory of an earlier run with 2 networks or more, to measure on instead of a new pilot.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["phantom", "out", "seed"])]
    #[arg(add = completions::run_directory())]
    pilot: Option<PathBuf>,
    /// Run directory of the new pilot [default: pilot-ID here].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Amount of work of the planned study: images and passes of each training, levels.
    #[arg(long, value_parser = presets(), default_value = "standard")]
    preset: Preset,
    /// Seed of the new pilot [default: 1].
    #[arg(long)]
    seed: Option<u64>,
    /// Pieces of work at the same time, of the pilot and in the planned memory [default: one per
    /// core].
    #[arg(long)]
    jobs: Option<usize>,
    /// Also how long the cheapest of the studies takes on so many nodes of --jobs pieces at a time,
    /// simulated with the times of the pilot's pieces.
    #[arg(long, value_name = "N,N", value_delimiter = ',',
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    nodes: Vec<u32>,
    /// Print JSON instead of tables.
    #[arg(long)]
    json: bool,
}

/// The presets by their names.
pub(super) fn presets() -> impl TypedValueParser<Value = Preset> {
    let named = |name: String| Preset::ALL.into_iter().find(|preset| preset.name() == name);
    PossibleValuesParser::new(Preset::ALL.map(Preset::name))
        .map(move |name| named(name).unwrap_or(Preset::Standard))
}

impl Plan {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let aim = Aim { margin: self.margin, alpha: self.alpha, power: self.power };
        aim.check().map_err(|_| {
            Failure::usage(anyhow::anyhow!(
                "a margin of {}, an alpha of {} and a power of {} cannot be planned for: margin \
                 above 0 and below 1, alpha above 0 and below 0.5, power above 0.5 and below 1",
                self.margin,
                self.alpha,
                self.power
            ))
        })?;
        let run = match &self.pilot {
            Some(directory) => Run::open(RunDirectory::open(directory)?)?,
            None => self.pilot()?,
        };
        let mut found = planning(&run, &aim, self.preset, workers(self.jobs))?;
        if !self.nodes.is_empty() {
            found = found.on_nodes(&run, self.preset, &self.nodes, workers(self.jobs))?;
        }
        if self.json {
            let text = serde_json::to_string_pretty(&found).map_err(Failure::failed)?;
            return print(&format!("{text}\n"));
        }
        let directory = run.store.root().display().to_string();
        print(&text(&found, &directory, self.preset, workers(self.jobs)))
    }

    /// Makes a pilot, or continues it.
    fn pilot(&self) -> Result<Run, Failure> {
        let trainer = network_trainer(None, 1)?;
        let request = Request {
            changes: Changes {
                preset: Some(Preset::Quick),
                regimes: Some(vec![Regime::Original, Regime::Mixed]),
                seed: self.seed,
                ..Changes::default()
            },
            ..Request::of(self.phantom.as_deref().unwrap_or_default())
        };
        let Planned { phantom, plan, .. } = request.plan(trainer.kernel.name())?;
        let out = self.out.clone().unwrap_or_else(|| format!("pilot-{}", phantom.id).into());
        let stopped = signals::watch().map_err(Failure::failed)?;
        if !quiet() {
            say(&format!("pilot of preset quick in `{}`", out.display()));
        }
        let calibration = Calibration {
            workers: workers(self.jobs),
            progress: Arc::new(Progress::new()),
            stopped,
            ..Calibration::new(plan, out, Arc::new(trainer))
        };
        Ok(calibration.run()?.run)
    }
}

/// Tables of at most 100 columns.
fn text(found: &Planning, directory: &str, preset: Preset, workers: usize) -> String {
    let Planning { phantom, margin, alpha, power, pilot, levels, studies, .. } = found;
    let mut lines = vec![
        format!("PLAN for {phantom}: margin {margin}, one-sided alpha {alpha}, power {power}"),
        format!(
            "pilot: {directory}, preset {}, {} networks per arm, {} test images of {:.0} regions",
            pilot.preset, pilot.replicates, pilot.images, pilot.regions_per_image
        ),
        String::new(),
        "TEST IMAGES at the pilot's loss / if there is no loss, for S networks per arm".to_owned(),
    ];
    let row = |name: [&str; 4], cells: [&str; 4], needs: Vec<String>| {
        let needs: String = needs.iter().map(|need| format!("{need:>15}")).collect();
        format!(
            "{:<9}{:<9}{:<9}{:<11}{:>7}{:>8}{:>7}{:>8}{needs}",
            name[0], name[1], name[2], name[3], cells[0], cells[1], cells[2], cells[3]
        )
    };
    let heads = |levels: &[LevelNeed]| {
        let needs = levels.first().map_or(&[][..], |level| &level.needs[..2]);
        needs.iter().map(|need| format!("S = {}", need.replicates)).collect()
    };
    let names = ["codec", "path", "training", "level"];
    lines.push(row(names, ["loss", "changed", "effect", "sd"], heads(levels)));
    for (place, level) in levels.iter().enumerate() {
        let new = place == 0 || levels[place - 1].task != level.task;
        if new && levels.iter().any(|other| other.task != level.task) {
            lines.push(format!("task {}", level.task));
        }
        let possible = level.loss < *margin;
        let number = |images: Option<u64>| images.map_or_else(|| "none".into(), short);
        let needs = level.needs[..2].iter().map(|need| {
            let images = if possible { number(need.images) } else { "-".into() };
            format!("{images} / {}", number(need.images_at_no_loss))
        });
        lines.push(row(
            [
                level.codec.name(),
                level.path.name(),
                level.regime.name(),
                &level.target_base.label(level.target),
            ],
            [
                &format!("{:.3}", level.loss),
                &level.discordant.map_or_else(|| "-".to_owned(), |it| format!("{it:.3}")),
                &level.design_effect.map_or_else(|| "-".to_owned(), |it| format!("{it:.2}")),
                &format!("{:.4}", level.networks_sd),
            ],
            needs.collect(),
        ));
    }
    lines.extend(
        [
            "changed: share of regions whose answer changes; effect: design effect of the regions of \
             one image;",
            "sd: of the loss over networks. -: the pilot lost the margin or more, which no study can \
             show to",
            "be less. none: networks differ so much that no number of images suffices; only more \
             networks do.",
        ]
        .map(str::to_owned),
    );
    if pilot.replicates < 5 {
        lines.push(format!(
            "The sd comes from {} networks and may be far off: a pilot with --replicates 5 measures \
             it better.",
            pilot.replicates
        ));
    }
    lines.push(String::new());
    lines.push(format!(
        "COST of showing in every arm the harshest level that lost at most half the margin (preset \
         {})",
        preset.name()
    ));
    lines.push(format!(
        "{:<10}{:>12}{:>14}{:>11}{:>10}{:>12}{:>12}{:>14}",
        "networks",
        "test images",
        "CPU minutes",
        "images",
        "training",
        "rating",
        "disk MB",
        "memory MB"
    ));
    for study in studies {
        let images = study.test_images.map_or_else(|| "none".to_owned(), short);
        let cells = match &study.cost {
            None => String::new(),
            Some(cost) => {
                let minutes = |seconds: f64| format!("{:.1}", seconds / 60.0);
                let all = cost.image_seconds + cost.training_seconds + cost.rating_seconds;
                format!(
                    "{:>14}{:>11}{:>10}{:>12}{:>12}{:>14}",
                    minutes(all),
                    minutes(cost.image_seconds),
                    minutes(cost.training_seconds),
                    minutes(cost.rating_seconds),
                    cost.disk_bytes / 1_000_000,
                    cost.memory_bytes / 1_000_000
                )
            }
        };
        lines.push(format!("{:<10}{images:>12}{cells}", study.replicates));
    }
    if studies.iter().all(|study| study.test_images.is_none()) {
        lines.push(
            "No number of images suffices with any of these: the networks differ too much, or a \
             mildest level"
                .to_owned(),
        );
        lines.push("lost the margin already. Take more networks, or a larger margin.".to_owned());
    } else if studies.iter().all(|study| study.cost.is_none()) {
        lines.push("The pilot's provenance holds no times of its units: no cost.".to_owned());
    } else {
        let threads =
            if workers == 1 { "1 training".into() } else { format!("{workers} trainings") };
        lines.push(format!(
            "memory: {threads} at the same time; disk: before the end removes its cache"
        ));
        let costs = studies.iter().filter_map(|study| study.cost.as_ref());
        if costs.clone().any(|cost| !cost.is_processor_time) {
            lines.push(
                "minutes are those of workers, who may have waited for a processor: the pilot's \
                 provenance"
                    .to_owned(),
            );
            lines.push("holds no processor time".to_owned());
        }
    }
    if let Some(study) = &found.nodes {
        lines.extend(on_nodes(study));
    }
    let mut text = lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}

/// A table of numbers of nodes.
fn on_nodes(study: &StudyOnNodes) -> Vec<String> {
    let StudyOnNodes { replicates, test_images, nodes } = study;
    let jobs = nodes.first().map_or(1, |cost| cost.jobs);
    let mut lines = vec![
        String::new(),
        format!(
            "TIME of {replicates} networks and {test_images} test images on nodes of {jobs} pieces at \
             the same time"
        ),
        format!(
            "{:<8}{:>10}{:>12}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
            "nodes", "hours", "core hours", "images", "training", "rating", "start", "needs", "end"
        ),
    ];
    let row = |cost: &NodeCost| {
        let all = cost.core_seconds();
        let share = |seconds: f64| format!("{:.1} %", 100.0 * seconds / all);
        let of = |kind| share(cost.work.get(&kind).copied().unwrap_or(0.0));
        format!(
            "{:<8}{:>10.3}{:>12.2}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
            cost.nodes,
            cost.seconds / 3600.0,
            all / 3600.0,
            of(PieceKind::Images),
            of(PieceKind::Training),
            of(PieceKind::Rating),
            share(cost.start_seconds),
            share(cost.needs_seconds),
            share(cost.end_seconds)
        )
    };
    lines.extend(nodes.iter().map(row));
    let chain = nodes.first().map_or(0.0, |cost| cost.chain_seconds);
    lines.push(
        "of core hours: images, training (with its ratings), rating of later looks; start: reading \
         what is"
            .to_owned(),
    );
    lines.push(
        "done; needs: waiting for what others do; end: nothing is left to begin. Simulated with the \
         times"
            .to_owned(),
    );
    lines.push(format!(
        "of the pilot's pieces; the longest chain of pieces takes {:.3} hours, on any number of nodes.",
        chain / 3600.0
    ));
    lines
}

/// A count in at most five characters.
fn short(count: u64) -> String {
    match count {
        0..100_000 => count.to_string(),
        100_000..10_000_000 => format!("{}k", count / 1000),
        _ => format!("{:.0e}", count as f64),
    }
}
