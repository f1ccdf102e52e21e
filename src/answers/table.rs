//! Reads a table of answers, row by row; judges nothing.

use std::collections::HashMap;

use super::error::AnswersError;
use crate::codec::CodecName;
use crate::record::{InputPath, Regime};

/// What an arm is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ArmName {
    pub(super) task: String,
    /// `None` on originals that count for every codec.
    pub(super) codec: Option<CodecName>,
    pub(super) path: InputPath,
    pub(super) regime: Regime,
}

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) arm: ArmName,
    pub(super) network: String,
    pub(super) image: String,
    /// `None` on originals.
    pub(super) level: Option<Level>,
    pub(super) answer: f64,
}

impl Row {
    /// Whether it is on an original that counts for this arm, whatever its codec.
    pub(super) fn is_original_of(&self, arm: &ArmName) -> bool {
        self.level.is_none() && self.arm == ArmName { codec: None, ..arm.clone() }
    }
}

/// A level, and what one image reached at it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    /// The number that stands for the level.
    pub(super) target: f64,
    /// Ratio on stored bits.
    pub(super) ratio: f64,
}

/// What an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Column `correct`: 1 for a right answer, 0 for a wrong one, or a share.
    Correct,
    /// Column `score` with `truth`: a rating, the larger the likelier that there is something.
    Rating,
    /// Column `score` alone: a figure from 0 to 1 of each image, such as Dice.
    Figure,
}

/// What is known of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct About {
    /// Its patient; itself where the table names none.
    pub(super) patient: String,
    /// Whether there is something to find; `None` where the table does not say.
    pub(super) truth: Option<bool>,
}

/// A whole table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    pub(super) kind: Kind,
    /// Whether it names patients.
    pub(super) patients: bool,
    /// Whether levels are told apart by a column of their own.
    pub(super) levels: bool,
    pub(super) images: HashMap<String, About>,
    pub(super) rows: Vec<Row>,
}

/// Columns that are read; others are passed over.
const COLUMNS: [&str; 11] = [
    "network", "image", "patient", "task", "codec", "path", "training", "level", "ratio",
    "correct", "score",
];
const TRUTH: &str = "truth";

/// Where each column stands.
struct Places {
    of: HashMap<&'static str, usize>,
}

impl Places {
    fn read(header: &csv::StringRecord) -> Result<Self, AnswersError> {
        let mut of = HashMap::new();
        for name in COLUMNS.into_iter().chain([TRUTH]) {
            let mut places = header.iter().enumerate().filter(|(_, it)| it.trim() == name);
            if let Some((place, _)) = places.next() {
                of.insert(name, place);
            }
            if places.next().is_some() {
                return Err(AnswersError::Columns(format!("there are two columns `{name}`")));
            }
        }
        Ok(Self { of })
    }

    fn has(&self, name: &str) -> bool {
        self.of.contains_key(name)
    }

    /// The trimmed text of a column; empty where there is no such column.
    fn text<'a>(&self, record: &'a csv::StringRecord, name: &str) -> &'a str {
        self.of.get(name).and_then(|&place| record.get(place)).unwrap_or_default().trim()
    }
}

/// Reads a table with a header, values apart by commas.
pub(super) fn read(bytes: &[u8], codec: Option<CodecName>) -> Result<Table, AnswersError> {
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
    let places = Places::read(reader.headers().map_err(|error| broken(&error))?)?;
    let kind = kind(&places)?;
    if !places.has("image") {
        return Err(missing("image", "the same name at every level"));
    }
    if !places.has("ratio") && !places.has("level") {
        return Err(missing("ratio", "the compression ratio on stored bits, empty on originals"));
    }
    if !places.has("codec") && codec.is_none() {
        return Err(AnswersError::Columns(
            "there is no column `codec`: add it, or name the codec of the whole table, such as \
             --codec jpeg2000"
                .to_owned(),
        ));
    }
    let mut table = Table {
        kind,
        patients: places.has("patient"),
        levels: places.has("level"),
        images: HashMap::new(),
        rows: Vec::new(),
    };
    for record in reader.records() {
        let record = record.map_err(|error| broken(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let row = Line { places: &places, record: &record, line };
        let about = row.about(kind)?;
        let image = row.name("image")?;
        match table.images.get(&image) {
            None => drop(table.images.insert(image.clone(), about)),
            Some(before) if *before == about => {}
            Some(before) => {
                let (now, before) = (said(&about), said(before));
                return Err(AnswersError::Contradiction { line, image, now, before });
            }
        }
        let level = row.level()?;
        table.rows.push(Row {
            arm: row.arm(codec, level.is_none())?,
            network: row.or("network", "network"),
            image,
            level,
            answer: row.answer(kind)?,
        });
    }
    if table.rows.is_empty() {
        return Err(AnswersError::Empty("the table has a header and no row".to_owned()));
    }
    Ok(table)
}

fn kind(places: &Places) -> Result<Kind, AnswersError> {
    match (places.has("correct"), places.has("score"), places.has(TRUTH)) {
        (true, false, _) => Ok(Kind::Correct),
        (false, true, true) => Ok(Kind::Rating),
        (false, true, false) => Ok(Kind::Figure),
        (true, true, _) => Err(AnswersError::Columns(
            "there are columns `correct` and `score`: one of them is judged, leave the other out"
                .to_owned(),
        )),
        (false, false, _) => Err(missing(
            "correct",
            "1 for a right answer and 0 for a wrong one; or `score` with `truth` (1 or 0) for the \
             area under the ROC curve; or `score` alone for a figure from 0 to 1, such as Dice",
        )),
    }
}

fn missing(name: &str, what: &str) -> AnswersError {
    AnswersError::Columns(format!("there is no column `{name}`: {what}"))
}

fn broken(error: &csv::Error) -> AnswersError {
    let line = error.position().map_or(1, csv::Position::line);
    AnswersError::Csv { line, message: format!("{error}; the table must be UTF-8 CSV with commas") }
}

fn said(about: &About) -> String {
    let truth = match about.truth {
        None => "",
        Some(true) => ", with something to find",
        Some(false) => ", with nothing to find",
    };
    format!("of patient `{}`{truth}", about.patient)
}

/// One row as text.
struct Line<'a> {
    places: &'a Places,
    record: &'a csv::StringRecord,
    line: u64,
}

impl Line<'_> {
    fn text(&self, column: &str) -> &str {
        self.places.text(self.record, column)
    }

    fn or(&self, column: &str, usual: &str) -> String {
        let text = self.text(column);
        if text.is_empty() { usual } else { text }.to_owned()
    }

    fn wrong(&self, column: &'static str, expected: &'static str) -> AnswersError {
        let value = self.text(column).chars().take(80).collect();
        AnswersError::Value { line: self.line, column, value, expected }
    }

    fn name(&self, column: &'static str) -> Result<String, AnswersError> {
        let text = self.text(column);
        if text.is_empty() { Err(self.wrong(column, "a name")) } else { Ok(text.to_owned()) }
    }

    fn arm(&self, codec: Option<CodecName>, on_original: bool) -> Result<ArmName, AnswersError> {
        fn named<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str, text: &str) -> Option<T> {
            all.iter().copied().find(|it| name(*it) == text)
        }
        let codec = match (self.text("codec"), codec) {
            ("", _) if on_original && self.places.has("codec") => None,
            ("", Some(codec)) => Some(codec),
            (text, _) => {
                let codec = named(&CodecName::ALL, CodecName::name, text).ok_or_else(|| {
                    self.wrong("codec", "a codec of this program, such as jpeg or jpeg2000")
                })?;
                Some(codec)
            }
        };
        let path = match self.text("path") {
            "" => InputPath::Native,
            text => named(&InputPath::ALL, InputPath::name, text)
                .ok_or_else(|| self.wrong("path", "native or windowed"))?,
        };
        let regime = match self.text("training") {
            "" => Regime::Original,
            text => named(&[Regime::Original, Regime::Mixed], Regime::name, text)
                .ok_or_else(|| self.wrong("training", "original or mixed"))?,
        };
        Ok(ArmName { task: self.or("task", "own"), codec, path, regime })
    }

    fn about(&self, kind: Kind) -> Result<About, AnswersError> {
        let truth = match (kind, self.text(TRUTH)) {
            (Kind::Correct | Kind::Figure, _) => None,
            (Kind::Rating, "1") => Some(true),
            (Kind::Rating, "0") => Some(false),
            (Kind::Rating, _) => return Err(self.wrong(TRUTH, "1 or 0")),
        };
        let patient = if self.places.has("patient") { "patient" } else { "image" };
        Ok(About { patient: self.name(patient)?, truth })
    }

    fn level(&self) -> Result<Option<Level>, AnswersError> {
        let ratio = self.ratio("ratio")?;
        if !self.places.has("level") {
            return Ok(ratio.map(|ratio| Level { target: ratio, ratio }));
        }
        let Some(target) = self.ratio("level")? else { return Ok(None) };
        if self.places.has("ratio") && ratio.is_none() {
            return Err(self.wrong("ratio", "the ratio that the image reached at this level"));
        }
        Ok(Some(Level { target, ratio: ratio.unwrap_or(target) }))
    }

    /// `10`, `10:1`; none on originals.
    fn ratio(&self, column: &'static str) -> Result<Option<f64>, AnswersError> {
        let text = self.text(column);
        if matches!(text, "" | "original") {
            return Ok(None);
        }
        let number = text.strip_suffix(":1").unwrap_or(text).parse::<f64>().ok();
        match number.filter(|it| (1e-3..=1e6).contains(it)) {
            Some(ratio) => Ok(Some(ratio)),
            None => Err(self.wrong(column, "a ratio such as 10 or 10:1, or empty on originals")),
        }
    }

    fn answer(&self, kind: Kind) -> Result<f64, AnswersError> {
        let (column, expected) = match kind {
            Kind::Correct => ("correct", "1, 0, or a share between"),
            Kind::Rating => ("score", "a finite number"),
            Kind::Figure => ("score", "a figure from 0 to 1"),
        };
        let number = match self.text(column) {
            "true" | "True" if kind == Kind::Correct => Some(1.0),
            "false" | "False" if kind == Kind::Correct => Some(0.0),
            text => text.parse::<f64>().ok(),
        };
        let possible = |it: &f64| match kind {
            Kind::Correct | Kind::Figure => (0.0..=1.0).contains(it),
            Kind::Rating => it.is_finite(),
        };
        number.filter(possible).ok_or_else(|| self.wrong(column, expected))
    }
}
