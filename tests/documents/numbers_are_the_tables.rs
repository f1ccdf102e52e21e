//! Tables of results in the documents hold the numbers of the files in the same folders; sentences
//! are made from these by `scripts/campaign_tables.py`.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::HashMap;
use std::path::Path;

use crate::pages::{Page, all, root};

type Row = HashMap<String, String>;

/// Lossy rows of a table of results.
fn table(path: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(root().join(path)).unwrap();
    let rows = reader.deserialize().map(Result::unwrap);
    let lossy: Vec<Row> = rows.filter(|row: &Row| row["codec"] != "lossless").collect();
    assert!(!lossy.is_empty(), "{path}");
    lossy
}

fn study(name: &str) -> Vec<Row> {
    table(&format!("docs/results/{name}.csv"))
}

/// The row of an arm (codec, path and regime) at a target.
fn at<'a>(rows: &'a [Row], arm: &str, target: f64) -> &'a Row {
    let found = of(rows, arm).into_iter().find(|row| number(row, "target") == target);
    found.unwrap_or_else(|| panic!("no {arm} at {target}:1"))
}

/// All rows of an arm.
fn of<'a>(rows: &'a [Row], arm: &str) -> Vec<&'a Row> {
    let words: Vec<&str> = arm.split(' ').collect();
    let mine = |row: &&Row| [&row["codec"], &row["path"], &row["regime"]] == words[..];
    rows.iter().filter(mine).collect()
}

fn number(row: &Row, key: &str) -> f64 {
    row[key].parse().unwrap_or_else(|_| panic!("{key} is `{}`", row[key]))
}

fn page(path: &str) -> Page {
    all().into_iter().find(|page| page.path == Path::new(path)).unwrap()
}

/// Whether a number as it is said is the value, rounded to as many decimals.
fn says(said: &str, value: f64) -> bool {
    let decimals = said.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    format!("{value:.decimals$}").trim_start_matches('-') == said.trim_start_matches('-')
        && (said.starts_with('-') == (value < 0.0) || said.parse::<f64>() == Ok(0.0))
}

/// Whether a ratio as it is said is that of the column: what is shown safe and the lower end of an
/// interval rounded down, the upper end rounded up, the rest rounded.
fn says_ratio(said: &str, row: &Row, key: &str) -> bool {
    let (said, value) = (said.trim_end_matches(":1"), number(row, key));
    let decimals = said.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let step = 10_f64.powi(-(decimals as i32));
    let above = value - said.parse::<f64>().unwrap();
    let slack = 1e-9 * value;
    let safe = ["limit_ratio_stored", "limit_ratio_allocated", "limit_ratio_stored_lower"];
    if safe.iter().any(|it| key.trim_start_matches("family_") == *it) {
        (-slack..step).contains(&above)
    } else if key == "limit_ratio_stored_upper" {
        (-slack..step).contains(&-above)
    } else {
        says(said, value)
    }
}

/// Cells of the Markdown table that follows a heading.
fn cells(page: &Page, heading: &str) -> Vec<Vec<String>> {
    let lines = page.text.lines().skip_while(|line| *line != heading);
    let table =
        lines.skip_while(|line| !line.starts_with('|')).take_while(|it| it.starts_with('|'));
    table
        .filter(|line| !line.starts_with("| ---"))
        .map(|line| line.trim_matches('|').split('|').map(|it| it.trim().to_owned()).collect())
        .collect()
}

/// `JPEG 2000, native, originals` as `jpeg2000 native original`.
fn arm_of(title: &str) -> String {
    let words = title.replace("JPEG 2000", "jpeg2000").replace("JPEG", "jpeg").replace(',', "");
    words.replace("originals", "original").replace("all levels", "mixed")
}

const STUDIES: [&str; 4] =
    ["ct-head-standard", "ct-body-standard", "mr-brain-standard", "us-standard"];

#[test]
fn tables_of_losses_and_limits_are_those_of_the_files() {
    let page = page("docs/results/README.md");
    for name in STUDIES {
        let rows = study(name);
        let (phantom, preset) = name.rsplit_once('-').unwrap();
        for task in ["identify (accuracy)", "detect (area under the ROC curve)"] {
            let rows = rows_of(&rows, task.split(' ').next().unwrap());
            let losses = cells(&page, &format!("#### Loss of {phantom} ({preset}), {task}"));
            assert_eq!(losses.len(), 16, "{name}: a heading and 15 levels");
            for line in &losses[1..] {
                let target = line[0].trim_end_matches(":1").parse().unwrap();
                for (title, cell) in losses[0].iter().zip(line).skip(1) {
                    let row = at(&rows, &arm_of(title), target);
                    let (said, mark) = cell.split_once(' ').unwrap();
                    assert!(says(said, number(row, "loss")), "{name} {title} {target}: {cell}");
                    let verdict = match mark {
                        "+" => "PASS",
                        "✕" => "FAIL",
                        _ => "INCONCLUSIVE",
                    };
                    assert_eq!(row["verdict"], verdict, "{name} {title} {target}: {cell}");
                }
            }
        }
        let limits = cells(&page, &format!("### {phantom} ({preset})"));
        assert_eq!(limits.len(), 13, "{name}: a heading and 6 arms of 2 tasks");
        for line in &limits[1..] {
            let rows = rows_of(&rows, &line[0]);
            let rows = of(&rows, &arm_of(&format!("{}, {}", line[1], line[2])));
            let (crossing, interval) = line[4].split_once(" (").unwrap();
            let (lower, upper) = interval.trim_end_matches(')').split_once(" to ").unwrap();
            for (said, key) in [
                (&line[3][..], "original_score"),
                (crossing, "limit_crossing"),
                (lower, "limit_ratio_stored_lower"),
                (upper, "limit_ratio_stored_upper"),
                (&line[5], "limit_ratio_stored"),
                (&line[6], "limit_ratio_allocated"),
                (&line[7], "family_limit_ratio_stored"),
            ] {
                assert!(says_ratio(said, rows[0], key), "{name}: {} {key}", line[1]);
            }
        }
    }
}

#[test]
fn the_summary_of_the_readme_is_that_of_the_published_run() {
    let rows = table("phantoms/ct/head-results.csv");
    let page = page("README.md");
    let (mut arms, mut asked) = (0, Vec::new());
    for line in page.text.lines() {
        if let Some(task) = task_of(line) {
            asked = rows_of(&rows, &task);
        }
        if !line.starts_with("jpeg") {
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let row = of(&asked, &words[..3].join(" "))[0];
        for (word, key) in [
            (words[3], "limit_ratio_stored"),
            (words[4], "limit_crossing"),
            (words[5].trim_start_matches('('), "limit_ratio_stored_lower"),
            (words[7].trim_end_matches(')'), "limit_ratio_stored_upper"),
            (words[8], "passed_ratio_stored"),
            (words[9], "limit_ratio_allocated"),
        ] {
            assert!(says_ratio(word, row, key), "{line}: {key} is {}", row[key]);
        }
        assert_eq!(words[10], row["limit_blocked_by"], "{line}");
        arms += 1;
    }
    assert_eq!(arms, 12, "6 arms of each of 2 tasks of the published run");
}

/// The task that a heading of the terminal's summary begins.
fn task_of(line: &str) -> Option<String> {
    Some(line.strip_prefix("TASK ")?.split_once(':')?.0.to_lowercase())
}

/// The rows of a task.
fn rows_of(rows: &[Row], task: &str) -> Vec<Row> {
    rows.iter().filter(|row| row["task"] == task).cloned().collect()
}

#[test]
fn the_losses_in_the_book_are_those_of_the_published_run() {
    let rows = table("phantoms/ct/head-results.csv");
    let page = page("docs/getting-started.md");
    let lines: Vec<Vec<&str>> =
        page.text.lines().map(|line| line.split_whitespace().collect()).collect();
    let (mut seen, mut asked, mut of_losses) = (0, Vec::new(), false);
    for (at_line, (head, whole)) in lines.iter().zip(page.text.lines()).enumerate() {
        if let Some(task) = task_of(whole) {
            asked = rows_of(&rows, &task);
        }
        // The tables of costs in d_a and in dose are headed by the same levels.
        if ["LOSS ", "SHARE OF "].iter().any(|head| whole.starts_with(head)) {
            of_losses = whole.contains(" per level (+ pass");
        }
        if head.first() != Some(&"target") || !of_losses {
            continue;
        }
        // Codecs and paths stand in the two lines before, the training in this one.
        let arms = lines[at_line - 2].iter().zip(&lines[at_line - 1]).zip(&head[1..]);
        let arms = arms.map(|((codec, path), regime)| format!("{codec} {path} {regime}"));
        let arms: Vec<String> = arms.filter(|arm| !arm.starts_with("lossless")).collect();
        for line in
            lines[at_line + 1..].iter().take_while(|line| !line.is_empty() && line[0] != "accuracy")
        {
            let Some(target) = line[0].strip_suffix(":1") else { continue };
            for (arm, cell) in arms.iter().zip(line[1..].chunks(2)) {
                let row = at(&asked, arm, target.parse().unwrap());
                assert!(says(cell[0], number(row, "loss")), "{arm} at {target}: {cell:?}");
                let mark = match row["verdict"].as_str() {
                    "PASS" => "+",
                    "FAIL" => "x",
                    _ => "?",
                };
                assert_eq!(cell[1], mark, "{arm} at {target}");
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 180, "6 arms of 2 tasks at 15 levels");
}
