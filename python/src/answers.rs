//! `judge`: the limit that a table of answers gives.

use std::path::PathBuf;

use phantom_limit::answers::{self, Reading, criterion};
use phantom_limit::record::{Margin, Readers, Results};
use phantom_limit::{files, report};
use pyo3::prelude::*;

use crate::coding::codec_named;
use crate::{named, refused};

/// What the marker of a directory of results says it was made by.
const KIND: &str = "limit";

/// The results of a table.
#[pyclass(frozen, module = "phantom_limit")]
pub(crate) struct Answers {
    results: Results,
}

#[pymethods]
impl Answers {
    /// results.json.
    fn json(&self) -> PyResult<String> {
        String::from_utf8(files::json(&self.results)).map_err(refused)
    }

    /// What the command `limit` prints.
    fn text(&self) -> String {
        report::text(&self.results)
    }

    /// Writes what the command `limit --out` leaves.
    fn write(&self, directory: PathBuf) -> PyResult<()> {
        files::claim(&directory, KIND).map_err(refused)?;
        for (name, bytes) in report::of_answers(&self.results) {
            files::write(&directory.join(name), &bytes).map_err(refused)?;
        }
        Ok(())
    }
}

/// Judges answers in the form of a CSV table; the margin is a number of the score, or a word of the
/// option `--margin`.
#[pyfunction]
#[pyo3(signature = (csv, name, margin, alpha, codec, readers, bits_stored))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
pub(crate) fn judge(
    py: Python<'_>,
    csv: &[u8],
    name: &str,
    margin: Option<String>,
    alpha: Option<f64>,
    codec: Option<&str>,
    readers: Option<&str>,
    bits_stored: u8,
) -> PyResult<Answers> {
    if !(1..=16).contains(&bits_stored) {
        return Err(refused(format!("bits_stored is {bits_stored}, and 1 to 16 are possible")));
    }
    let margin = margin.map(|word| word.parse::<Margin>()).transpose().map_err(refused)?;
    let readers = readers.map(|name| {
        let name_of = |readers| if readers == Readers::Fixed { "fixed" } else { "sampled" };
        named("meaning of readers", &[Readers::Fixed, Readers::Sampled], name_of, name)
    });
    let reading = Reading {
        codec: codec.map(codec_named).transpose()?,
        readers: readers.transpose()?,
        ..Reading::of(name, bits_stored)
    };
    let results = py.detach(|| {
        let criterion = criterion(margin, alpha).map_err(|error| error.to_string())?;
        answers::judge(csv, &reading, &criterion).map_err(|error| error.to_string())
    });
    Ok(Answers { results: results.map_err(refused)? })
}
