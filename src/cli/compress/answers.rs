//! A table of answers to fill in: one line for each image that a network is to be shown, as
//! `limit --answers` reads it.

use std::path::Path;

use phantom_limit::measurement::TargetKind;
use phantom_limit::record::InputPath;

use super::line::Line;

/// Name of the table. It is for the user to change, so that no manifest has it.
pub(crate) const ANSWERS: &str = "answers.csv";
const HEADER: [&str; 9] =
    ["file", "image", "patient", "path", "codec", "level", "ratio", "truth", "score"];
/// What one line holds: as many as [`HEADER`].
type Row = [String; HEADER.len()];

/// The lines for one image: its originals, one for each path, and what was restored at each ratio.
/// `folder` is where that lies.
pub(super) fn rows(folder: &str, lines: &[Line]) -> Vec<Row> {
    let shown: Vec<&Line> = lines.iter().filter(|line| is_shown(line)).collect();
    let mut paths: Vec<InputPath> = shown.iter().map(|line| line.path).collect();
    paths.sort_unstable();
    paths.dedup();
    let row = |file: &str, line: &Line, [codec, level, ratio]: [&str; 3]| {
        let path = line.path.name();
        [file, &line.input, &line.object, path, codec, level, ratio, "", ""].map(str::to_owned)
    };
    let mut rows = Vec::new();
    for path in paths {
        let of_path = || shown.iter().filter(|line| line.path == path);
        rows.extend(of_path().next().map(|line| row(&line.object, line, [""; 3])));
        for line in of_path() {
            let measured = &line.measurement;
            let level = measured.asked.target.map_or_else(String::new, |it| it.to_string());
            let file = format!("{folder}/{}.png", line.stem());
            let ratio = measured.ratio_stored.to_string();
            rows.push(row(&file, line, [line.codec.name(), &level, &ratio]));
        }
    }
    rows
}

/// The whole table; `None` where no restored image is kept.
pub(super) fn table(rows: &[Row], root: &Path) -> Option<Result<Vec<u8>, csv::Error>> {
    let [first, ..] = rows.get(1)?;
    let written = || {
        let mut table = csv::Writer::from_writer(Vec::new());
        table.write_record(HEADER)?;
        rows.iter().try_for_each(|row| table.write_record(row))?;
        table.into_inner().map_err(|error| error.into_error().into())
    };
    root.join(first).is_file().then(written)
}

/// Levels of a limit are ratios; the last step of a chain is what an archive holds.
fn is_shown(line: &Line) -> bool {
    line.measurement.asked.target_kind == TargetKind::Ratio
        && line.step == line.steps
        && line.rescale.is_none()
}
