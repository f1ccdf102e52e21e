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
    /// Line of the table, from 1.
    pub(super) line: u64,
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

/// A whole table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    pub(super) kind: Kind,
    /// Whether it names patients.
    pub(super) patients: bool,
    /// Whether levels are told apart by a column of their own.
    pub(super) levels: bool,
    /// Patient of each image; itself where the table names none.
    pub(super) patients_of: HashMap<String, String>,
    /// Task and image where there is something to find; empty where the table does not say.
    pub(super) truths: HashMap<(String, String), bool>,
    pub(super) rows: Vec<Row>,
}

/// Columns that are read; others are passed over.
const COLUMNS: [&str; 11] = [
    "network", "image", "patient", "task", "codec", "path", "training", "level", "ratio",
    "correct", "score",
];
const TRUTH: &str = "truth";

/// Whether a column is read.
#[cfg(feature = "parquet")]
pub(super) fn is_read(name: &str) -> bool {
    let is = |it: &str| it.eq_ignore_ascii_case(name.trim());
    COLUMNS.into_iter().chain([TRUTH]).any(is)
}

/// Names that others give to columns, which would be passed over to a wrong end.
const OTHER_NAMES: [(&str, &str); 16] = [
    ("patient_id", "patient"),
    ("patientid", "patient"),
    ("subject", "patient"),
    ("case", "patient"),
    ("case_id", "patient"),
    ("model", "network"),
    ("reader", "network"),
    ("fold", "network"),
    ("seed", "network"),
    ("label", TRUTH),
    ("y_true", TRUTH),
    ("probability", "score"),
    ("y_score", "score"),
    ("file", "image"),
    ("filename", "image"),
    ("image_id", "image"),
];

/// Where each column stands.
struct Places {
    of: HashMap<&'static str, usize>,
}

impl Places {
    fn read(header: &csv::StringRecord) -> Result<Self, AnswersError> {
        let mut of = HashMap::new();
        if header.len() == 1 && header.iter().any(|it| it.contains([';', '\t'])) {
            return Err(AnswersError::Columns(
                "values are apart by semicolons or tabs: write commas".to_owned(),
            ));
        }
        let is = |it: &str, name: &str| it.trim().eq_ignore_ascii_case(name);
        for (other, name) in OTHER_NAMES {
            if header.iter().any(|it| is(it, other)) && !header.iter().any(|it| is(it, name)) {
                return Err(AnswersError::Columns(format!(
                    "there is a column `{other}` and no column `{name}`: rename it if it is that, or \
                     leave it out"
                )));
            }
        }
        for name in COLUMNS.into_iter().chain([TRUTH]) {
            let mut places = header.iter().enumerate().filter(|(_, it)| is(it, name));
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
    if !places.has("ratio") {
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
        patients_of: HashMap::new(),
        truths: HashMap::new(),
        rows: Vec::new(),
    };
    for record in reader.records() {
        let record = record.map_err(|error| broken(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let row = Line { places: &places, record: &record, line };
        let image = row.name("image")?;
        let patient = row.name(if table.patients { "patient" } else { "image" })?;
        let before = table.patients_of.entry(image.clone()).or_insert_with(|| patient.clone());
        if *before != patient {
            let [now, before] =
                [&patient, &*before].map(|it| format!("of patient `{}`", shown(it)));
            return Err(AnswersError::Contradiction { line, image: shown(&image), now, before });
        }
        let level = row.level()?;
        let arm = row.arm(codec, level.is_none())?;
        if let Some(truth) = row.truth(kind)? {
            let key = (arm.task.clone(), image.clone());
            if *table.truths.entry(key).or_insert(truth) != truth {
                let said = |truth: bool| format!("with truth {}", u8::from(truth));
                let (now, before) = (said(truth), said(!truth));
                return Err(AnswersError::Contradiction {
                    line,
                    image: shown(&image),
                    now,
                    before,
                });
            }
        }
        table.rows.push(Row {
            line,
            arm,
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

/// A name from the table as messages show it.
pub(super) fn shown(name: &str) -> String {
    name.chars().take(80).flat_map(char::escape_debug).collect()
}

/// 1 and 0 as other programs write them.
fn truth(text: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&["1", "1.0", "true"]) {
        Some(true)
    } else if is(&["0", "0.0", "false"]) {
        Some(false)
    } else {
        None
    }
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
        let value = shown(self.text(column));
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

    /// Whether there is something to find, where that is asked.
    fn truth(&self, kind: Kind) -> Result<Option<bool>, AnswersError> {
        match (kind, truth(self.text(TRUTH))) {
            (Kind::Correct | Kind::Figure, _) => Ok(None),
            (Kind::Rating, None) => Err(self.wrong(TRUTH, "1 or 0")),
            (Kind::Rating, found) => Ok(found),
        }
    }

    fn level(&self) -> Result<Option<Level>, AnswersError> {
        let ratio = self.ratio("ratio")?;
        if !self.places.has("level") {
            return Ok(ratio.map(|ratio| Level { target: ratio, ratio }));
        }
        match (self.ratio("level")?, ratio) {
            (None, None) => Ok(None),
            (Some(target), Some(ratio)) if (0.5..=2.0).contains(&(ratio / target)) => {
                Ok(Some(Level { target, ratio }))
            }
            (Some(_), Some(_)) => Err(self.wrong(
                "level",
                "near the ratio of this row: a level is named by the ratio that was asked for",
            )),
            (Some(_), None) => {
                Err(self.wrong("ratio", "the ratio that the image reached at this level"))
            }
            (None, Some(_)) => {
                Err(self.wrong("level", "the ratio that was asked for, as this row has a `ratio`"))
            }
        }
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
        let text = self.text(column);
        let number = match truth(text) {
            Some(right) if kind == Kind::Correct => Some(f64::from(right)),
            _ => text.parse::<f64>().ok(),
        };
        let possible = |it: &f64| match kind {
            Kind::Correct | Kind::Figure => (0.0..=1.0).contains(it),
            Kind::Rating => it.is_finite(),
        };
        number.filter(possible).ok_or_else(|| self.wrong(column, expected))
    }
}
