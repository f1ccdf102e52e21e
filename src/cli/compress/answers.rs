//! A table of answers to fill in: one line for each image that a network is to be shown, as
//! `limit --answers` reads it.

use std::path::Path;

use phantom_limit::measurement::TargetKind;
use phantom_limit::record::InputPath;

use super::line::Line;

/// Name of the table. It is for the user to change, so that no manifest has it.
pub(crate) const ANSWERS: &str = "answers.csv";
const HEADER: &str = "file,image,patient,path,codec,level,ratio,truth,score\n";

/// The lines for one image: its originals, one for each path, and what was restored at each ratio.
/// `folder` is where that lies.
pub(super) fn rows(folder: &str, lines: &[Line]) -> String {
    let shown: Vec<&Line> = lines.iter().filter(|line| is_shown(line)).collect();
    let mut paths: Vec<InputPath> = shown.iter().map(|line| line.path).collect();
    paths.sort_unstable();
    paths.dedup();
    let row = |file: &str, line: &Line, codec: &str, level: &str, ratio: &str| {
        let (file, image, object) = (quoted(file), quoted(&line.input), quoted(&line.object));
        format!("{file},{image},{object},{},{codec},{level},{ratio},,\n", line.path.name())
    };
    let mut table = String::new();
    for path in paths {
        let of_path = || shown.iter().filter(|line| line.path == path);
        let original = of_path().next().map(|line| row(&line.object, line, "", "", ""));
        table += &original.unwrap_or_default();
        for line in of_path() {
            let measured = &line.measurement;
            let level = measured.asked.target.map_or_else(String::new, |it| it.to_string());
            let file = format!("{folder}/{}.png", line.stem());
            let ratio = measured.ratio_stored.to_string();
            table += &row(&file, line, line.codec.name(), &level, &ratio);
        }
    }
    table
}

/// The whole table; `None` where no restored image is kept.
pub(super) fn table(rows: &str, root: &Path) -> Option<String> {
    let first = rows.lines().nth(1)?.split(',').next()?;
    root.join(first).is_file().then(|| format!("{HEADER}{rows}"))
}

/// Levels of a limit are ratios; the last step of a chain is what an archive holds.
fn is_shown(line: &Line) -> bool {
    line.measurement.asked.target_kind == TargetKind::Ratio
        && line.step == line.steps
        && line.rescale.is_none()
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
