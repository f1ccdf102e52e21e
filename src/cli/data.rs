//! Options of `calibrate` for a user's labelled images, and how they are told from phantoms.

use std::path::{Path, PathBuf};

use clap::Args;
use phantom_limit::calibrate::DataRequest;
use phantom_limit::collection::{Asked, Location};
use phantom_limit::image::Window;
use phantom_limit::phantom::library;
use phantom_limit::study::Changes;

use super::failure::Failure;

/// How labelled images are read and shown to networks.
#[derive(Debug, Args)]
#[command(next_help_heading = "Labelled images")]
pub(super) struct DataOptions {
    /// Labels of the images: a .csv file with columns path and label, and patient and split where
    /// known; or a COCO .json file of boxes [default: the names of their folders].
    #[arg(long, value_name = "FILE", conflicts_with_all = ["all", "study"])]
    labels: Option<PathBuf>,
    /// The class that is present in an image, or not: its detection is studied too, by the area under
    /// the ROC curve.
    #[arg(long, value_name = "CLASS", conflicts_with_all = ["all", "study"])]
    present: Option<String>,
    /// Pixels a side of what a network is given, 32 or 64 [default: by the size of images or boxes].
    #[arg(long, value_name = "N", conflicts_with_all = ["all", "study"])]
    region_pixels: Option<usize>,
    /// Window of the path `windowed` [default: the one that all files state].
    #[arg(long, value_name = "CENTRE,WIDTH", value_parser = window, allow_hyphen_values = true,
        conflicts_with_all = ["all", "study"])]
    window: Option<Window>,
    /// Bits that carry the value, for files that do not say.
    #[arg(long, value_name = "N", conflicts_with_all = ["all", "study"])]
    bits_stored: Option<u8>,
}

fn window(text: &str) -> Result<Window, String> {
    let wrong = || format!("`{text}` is no window: write centre and width, such as 40,400");
    let (center, width) = text.split_once(',').ok_or_else(wrong)?;
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|it| it.is_finite());
    let (center, width) = (number(center).ok_or_else(wrong)?, number(width).ok_or_else(wrong)?);
    if width > 1.0 { Ok(Window { center, width }) } else { Err(wrong()) }
}

/// Whether a word names labelled images: a folder, a table or an NPZ file, and no phantom of the
/// library.
fn names_data(word: &str) -> bool {
    let path = Path::new(word);
    let ends = |ending: &str| path.extension().is_some_and(|it| it.eq_ignore_ascii_case(ending));
    let known = || library::all().any(|file| file.id() == word);
    (path.is_dir() && !known()) || ends("csv") || ends("npz")
}

impl DataOptions {
    /// The file of the labels.
    pub(super) fn labels(&self) -> Option<&Path> {
        self.labels.as_deref()
    }

    /// Bits that carry the value, where nothing else is asked: models of one's own state the rest.
    pub(super) fn bits_stored(&self) -> Result<Option<u8>, Failure> {
        if self.present.is_some() || self.region_pixels.is_some() || self.window.is_some() {
            return Err(Failure::usage(anyhow::anyhow!(
                "the model file states what is present, the size and the window: leave --present, \
                 --region-pixels and --window out with --model"
            )));
        }
        Ok(self.bits_stored)
    }

    /// What is asked of labelled images; `None` where phantoms are named.
    pub(super) fn request(
        &self,
        words: &[String],
        changes: &Changes,
    ) -> Result<Option<DataRequest>, Failure> {
        let asked = Asked {
            present: self.present.clone(),
            region_pixels: self.region_pixels,
            window: self.window,
            bits_stored: self.bits_stored,
        };
        let wanted = self.labels.is_some() || asked != Asked::default();
        match words {
            [word] if wanted || names_data(word) => {
                let (data, labels) = (PathBuf::from(word), self.labels.clone());
                let location = Location { data, labels };
                Ok(Some(DataRequest { location, asked, changes: changes.clone() }))
            }
            [] | [_] => Ok(None),
            words if wanted || words.iter().any(|word| names_data(word)) => Err(Failure::usage(
                anyhow::anyhow!("one data set is calibrated at a time: {} are named", words.len()),
            )),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[arg(required = true)]
        words: Vec<String>,
        #[command(flatten)]
        data: DataOptions,
        #[command(flatten)]
        options: super::super::options::StudyOptions,
        #[arg(long)]
        kernel: String,
        #[arg(long)]
        out: PathBuf,
        // What options of data may not go with.
        #[arg(long)]
        all: bool,
        #[arg(long)]
        study: Option<PathBuf>,
    }

    #[test]
    fn the_command_in_the_report_gives_the_same_plan() {
        use clap::Parser;
        use phantom_limit::campaign::data_command;
        let folder = tempfile::tempdir().unwrap();
        for number in 0..40_u8 {
            let split = if number < 20 { "train" } else { "test" };
            let class = ["a b", "c"][usize::from(number % 2)];
            let class = folder.path().join(split).join(class);
            std::fs::create_dir_all(&class).unwrap();
            let mut image = b"P5 8 8 255\n".to_vec();
            image.extend([[number; 32], [3; 32]].concat());
            std::fs::write(class.join(format!("{number}.pgm")), image).unwrap();
        }
        let data = folder.path().to_str().unwrap();
        let plan = |words: &[&str]| {
            let line = Line::try_parse_from([&["calibrate"], words].concat()).unwrap();
            let request = line.data.request(&line.words, &line.options.changes).unwrap().unwrap();
            request.plan(&line.kernel).unwrap()
        };
        for options in [
            &["--preset", "smoke"][..],
            &["--present", "a b", "--task", "detect", "--seed", "5"],
            &["--region-pixels", "64", "--window=-20,100.5", "--epochs", "9"],
            &["--ratio", "5,10", "--replicates", "6", "--train-images", "7"],
        ] {
            let asked = [&[data, "--kernel", "avx2", "--out", "run"], options].concat();
            let first = plan(&asked);
            let shown = first.plan.collection.clone().unwrap();
            let printed = data_command(&first.location, &shown, &first.plan);
            // As a shell does: quotes hold words together.
            let mut words: Vec<String> = vec![String::new()];
            let mut quoted = false;
            for letter in printed.chars() {
                match letter {
                    '\'' => quoted = !quoted,
                    ' ' if !quoted => words.push(String::new()),
                    letter => words.last_mut().unwrap().push(letter),
                }
            }
            let words: Vec<&str> = words.iter().skip(2).map(String::as_str).collect();
            assert_eq!(plan(&words).plan, first.plan, "{printed}");
        }
    }

    #[test]
    fn data_are_told_from_phantoms() {
        let folder = tempfile::tempdir().unwrap();
        assert!(names_data(folder.path().to_str().unwrap()));
        assert!(names_data("labels.CSV") && names_data("chest.npz"));
        assert!(!names_data("ct-head") && !names_data("mine.toml"));
        assert_eq!(window("-600,1500"), Ok(Window { center: -600.0, width: 1500.0 }));
        assert!(window("40").is_err() && window("40,1").is_err() && window("a,b").is_err());
    }
}
