//! `generate`: a dataset on disk.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use phantom_limit::dataset::{Dataset, Split};
use phantom_limit::export::{self, ImageFormat, Request};

use super::failure::Failure;
use super::progress::Progress;
use super::{find_phantom, print, signals};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// NumPy array, uint16.
    Npy,
    /// 16-bit grey PNG.
    Png,
}

/// Arguments of `generate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: phantom-limit generate ct-head --count 100 --seed 1 --out head\n\n\
    70 % of the images are for training, 10 % for tuning and 20 % for testing. The same seed \
    gives the same bytes for any count, thread count and machine; a larger count only adds \
    images."
)]
pub(super) struct Generate {
    /// Phantom: an id from `list`, or the path of a .toml file.
    phantom: String,
    /// Images in all.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    count: u64,
    /// Seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// File formats of the images.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "npy,png")]
    format: Vec<Format>,
    /// Directory to write; it must be new, empty, or an unfinished dataset of the same options.
    #[arg(long)]
    out: PathBuf,
    /// Threads [default: one per core].
    #[arg(long)]
    jobs: Option<usize>,
    /// Show no progress.
    #[arg(long)]
    quiet: bool,
}

impl Generate {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let (phantom, source) = find_phantom(&self.phantom)?;
        let (tune, test) = (self.count / 10, self.count / 5);
        let images = BTreeMap::from([
            (Split::Train, self.count - tune - test),
            (Split::Tune, tune),
            (Split::Test, test),
        ]);
        let mut formats: Vec<ImageFormat> = self
            .format
            .iter()
            .map(|format| match format {
                Format::Npy => ImageFormat::Npy,
                Format::Png => ImageFormat::Png,
            })
            .collect();
        formats.sort();
        formats.dedup();
        let classes = phantom.formation.targets.classes();
        let request = Request {
            format: 1,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            phantom: phantom.id.clone(),
            phantom_hash: phantom.content_hash_hex(),
            phantom_source: source,
            seed: self.seed,
            images,
            formats,
            classes: classes.into_iter().map(str::to_owned).collect(),
        };
        let dataset = Dataset::new(phantom, self.seed);
        let stopped = signals::watch().map_err(Failure::failed)?;
        let progress = Progress::new(self.quiet);
        progress.begin("images", self.count);
        let workers = super::calibrate::workers(self.jobs);
        let written = export::write(
            &dataset,
            &request,
            &self.out,
            workers,
            &|images| progress.steps("images", images),
            &stopped,
        );
        progress.end(workers);
        written?;
        print(&format!(
            "{} images of {} in {}: {} train, {} tune, {} test\n",
            self.count,
            request.phantom,
            self.out.display(),
            request.images[&Split::Train],
            request.images[&Split::Tune],
            request.images[&Split::Test]
        ))
    }
}
