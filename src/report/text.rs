//! The summary for a terminal: plain ASCII, at most [`WIDTH`] columns.

use crate::codec::CodecName;
use crate::record::{ArmResult, LimitKind, Results, Supplement, Verdict};

use super::{
    abreast, answer, certificate, cost, efficiency, leaks, lossless, matrices, networks, operating,
    second_ceiling, transfer, words,
};

/// Widest line.
pub(super) const WIDTH: usize = 100;

/// Arms side by side in the table of levels, and the width of a loss with its verdict.
const LOSSES: (usize, usize) = (6, 13);

/// Renders the summary.
pub(super) fn summary(results: &Results) -> String {
    let tasks = results.by_task();
    let examples = tasks.first().and_then(words::examples);
    let examples = examples.map_or_else(String::new, |(name, count)| format!("; {name}: {count}"));
    let networks = words::count_span(results.arms.iter().map(|arm| arm.replicates));
    let cases = words::count_span(results.arms.iter().map(|arm| arm.images));
    let head = match &results.data {
        None => format!(
            "{}, preset {}; networks per arm: {networks}; test images: {cases}{examples}",
            results.phantom, results.preset
        ),
        Some(data) => words::of_data(results, data, &networks, &cases),
    };
    let mut lines = wrapped(&ascii(&head));
    if let Some(looks) = words::looks(&results.looks, results.alpha) {
        lines.extend(wrapped(&ascii(&looks)));
    }
    lines.push(String::new());
    lines.extend(wrapped(&ascii(&answer::answer(results))));
    lines.push(String::new());
    for (place, of_task) in tasks.iter().enumerate() {
        if place > 0 {
            lines.push(String::new());
        }
        if tasks.len() > 1 {
            let measure = of_task.measure();
            let asked = words::question(results, measure);
            let head = format!("TASK {}: {asked}; {}", measure.task.to_uppercase(), measure.score);
            lines.extend(wrapped(&ascii(&head)));
        }
        limits(of_task, &mut lines);
        lines.push(String::new());
        supplement(of_task, &mut lines);
        levels(of_task, &mut lines);
        lines.extend(cost::lines(of_task).iter().map(|line| ascii(line)));
        training(of_task, &mut lines);
        let further = [
            operating::lines(of_task),
            efficiency::lines(of_task),
            networks::lines(of_task),
            transfer::lines(of_task),
            second_ceiling::lines(of_task),
        ];
        lines.extend(further.into_iter().flatten().flat_map(|line| wrapped_row(&line)));
    }
    if let Some(why) = words::no_detection(results) {
        lines.push(String::new());
        lines.extend(wrapped(why));
    }
    if let Some(audit) = &results.leaks {
        lines.push(String::new());
        lines.extend(leaks::lines(results, audit).iter().flat_map(|line| wrapped(line)));
    }
    if let Some(why) = certificate::missing(results) {
        lines.push(String::new());
        lines.extend(wrapped(&ascii(&format!("No certificate: {why}"))));
    }
    let mut text = lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}

/// One row per lossy arm, then the guidelines in the same column.
fn limits(results: &Results, lines: &mut Vec<String>) {
    let stamp = if results.post_hoc { format!(", {}", words::POST_HOC) } else { String::new() };
    lines.push(format!("LIMIT ({}{stamp})", words::label(results)));
    let row = |name: [&str; 3], safe: &str| {
        format!("{:<9}{:<9}{:<9}{safe:<11}", name[0], name[1], name[2])
    };
    let rest = |crossing: &str, passed: &str, allocated: &str| {
        format!("{crossing:<22}{passed:<9}{allocated:<9}")
    };
    let lost_at = words::lost_at(results.measure(), results.margin);
    // The column ends where the next one begins.
    let head = if lost_at.len() < 22 { &lost_at } else { "margin reached at" };
    lines.push(
        row(["codec", "path", "training"], "safe up to")
            + &rest(head, "passed", "alloc.")
            + "ended by",
    );
    for arm in words::lossy(results) {
        let said = words::limit(&arm.limit);
        let mut line = row(name(arm), &said.safe);
        if arm.limit.kind != LimitKind::None {
            line += &rest(&said.crossing, &said.passed, &said.allocated);
        }
        let indent = " ".repeat(line.len());
        let reason = ascii(&words::reason(arm, results.measure()));
        for (place, part) in wrapped_to(&reason, WIDTH - line.len()).iter().enumerate() {
            lines.push(if place == 0 {
                format!("{line}{part}")
            } else {
                format!("{indent}{part}")
            });
        }
    }
    for guideline in &results.guidelines {
        let body = clipped(&ascii(&format!("{} {}", guideline.body, guideline.year)), 25);
        let quoted = if guideline.as_quoted_by.is_some() { "as quoted" } else { "" };
        let ratio = format!("{}:1", words::typed(guideline.ratio));
        lines.push(format!("{body:<27}{ratio:<11}{:<30}{quoted}", "guideline; bits not stated"));
    }
    if words::lossy(results).any(|arm| arm.limit.kind != LimitKind::None) {
        lines.extend(wrapped(&ascii(&format!(
            "safe up to: lower end of the {} % interval of the ratio at which {}, \
             on stored bits, each arm by itself; passed: harshest level that passed in sequence; \
             alloc.: safe up to, on allocated bits",
            words::confidence(results.alpha),
            words::are_lost(results.measure(), results.margin)
        ))));
    }
    lines.extend(lossless::sentences(results).iter().flat_map(|it| wrapped(&ascii(it))));
}

/// One row per phantom and lossy arm, with the phantom's guidelines in its first row.
pub(super) fn overview(studies: &[Results]) -> String {
    let mut lines = vec![format!("ALL LIMITS on stored bits ({})", words::LABEL)];
    let row = |cells: [&str; 7]| {
        let [phantom, task, codec, path, training, limit, rest] = cells;
        format!("{phantom:<19}{task:<9}{codec:<9}{path:<9}{training:<9}{limit:<11}{rest}")
    };
    lines.push(row([
        "phantom",
        "task",
        "codec",
        "path",
        "training",
        "safe up to",
        "crossing; guidelines",
    ]));
    for results in studies {
        let guidelines: Vec<String> = results
            .guidelines
            .iter()
            .map(|it| format!("{} {}:1", it.body, words::typed(it.ratio)))
            .collect();
        for (number, arm) in words::lossy(results).enumerate() {
            let said = words::limit(&arm.limit);
            let quoted = if number == 0 { guidelines.join(", ") } else { String::new() };
            let rest = clipped(&ascii(&format!("{:<20} {quoted}", said.crossing)), 34);
            let [codec, path, training] = name(arm);
            let phantom = clipped(&ascii(&results.phantom), 18);
            let task = clipped(&ascii(&arm.task), 8);
            lines.push(row([&phantom, &task, codec, path, training, &said.safe, &rest]));
        }
    }
    let mut text = lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}

/// What adds to the limits: other criteria, other routes, the ideal observer, and warnings.
fn supplement(results: &Results, lines: &mut Vec<String>) {
    let arms: Vec<(&ArmResult, &Supplement)> =
        words::lossy(results).filter_map(|arm| Some((arm, arm.supplement.as_ref()?))).collect();
    let stated: Vec<_> = arms
        .iter()
        .filter_map(|(arm, supplement)| {
            Some((
                *arm,
                supplement.family.as_ref()?,
                supplement.relative.as_ref(),
                supplement.routes.as_ref(),
            ))
        })
        .collect();
    let row = |name: [&str; 3], cells: [&str; 4]| {
        format!(
            "{:<9}{:<9}{:<9}{:<15}{:<15}{:<22}{}",
            name[0], name[1], name[2], cells[0], cells[1], cells[2], cells[3]
        )
    };
    if let Some((_, family, relative, _)) = stated.first() {
        let keep = relative.map_or_else(String::new, |relative| {
            format!(
                "; keep: {} of the {} on originals",
                words::typed(relative.keep),
                results.measure().score
            )
        });
        lines.extend(wrapped(&ascii(&format!(
            "OTHER CRITERIA (safe up to; family: error {}/{}{keep})",
            words::typed(results.alpha),
            family.arms,
        ))));
        lines.push(row(
            ["codec", "path", "training"],
            ["in the family", "keep", "isotonic crossing", "psychometric crossing"],
        ));
        for (arm, family, relative, routes) in &stated {
            let isotonic = routes.map(|it| words::crossing(&it.isotonic)).unwrap_or_default();
            let curve = routes.and_then(|it| it.curve.as_ref());
            let curve =
                curve.map_or_else(|| "no fit".to_owned(), |it| words::crossing(&it.crossing));
            let family = words::limit(&family.limit).safe;
            let relative = relative.map(|it| words::limit(&it.limit).safe).unwrap_or_default();
            lines.push(row(name(arm), [&family, &relative, &isotonic, &curve]));
        }
        let warnings = stated.iter().filter_map(|(arm, _, _, routes)| {
            Some((name(arm).join(" "), routes.as_ref()?.warning.as_deref()?))
        });
        for (arms, warning) in words::shared(warnings, ", ") {
            lines.extend(wrapped(&ascii(&format!("warning: {arms}: {warning}"))));
        }
        lines.push(String::new());
    }
    for (arm, _) in &arms {
        if let Some(warning) = words::failed_trainings(arm) {
            let [codec, path, regime] = name(arm);
            lines.extend(wrapped(&ascii(&format!("warning: {codec} {path} {regime}: {warning}"))));
            lines.push(String::new());
        }
    }
    ceiling(results, &arms, lines);
}

/// The ideal observer, and each arm's networks against it.
fn ceiling(results: &Results, arms: &[(&ArmResult, &Supplement)], lines: &mut Vec<String>) {
    let share = |value: f64| words::fixed(value, 3);
    if let Some(ideal) = &results.detection_ceiling {
        lines.extend(wrapped(&ascii(&format!(
            "CEILING {} +- {} (area of the ideal observer on {} native originals, statistics of the \
             anatomy known)",
            share(ideal.auc),
            share(ideal.standard_error),
            ideal.regions
        ))));
        lines.push(String::new());
    }
    if let Some(ideal) = &results.search_ceiling {
        lines.extend(wrapped(&ascii(&format!(
            "CEILING {} +- {} (area of the ideal observer that searches {} native originals, anatomy \
             known)",
            share(ideal.wafroc),
            share(ideal.standard_error),
            ideal.images
        ))));
        lines.push(String::new());
    }
    let Some(ceiling) = &results.ceiling else { return };
    lines.extend(wrapped(&ascii(&format!(
        "CEILING {} +- {} (ideal observer on {} native originals, statistics of the anatomy known; a \
         finer grid changes it by {})",
        share(ceiling.accuracy),
        share(ceiling.standard_error),
        ceiling.regions,
        words::signed(ceiling.grid_error, 4)
    ))));
    let mut shown: Vec<(&str, &str)> = Vec::new();
    for (arm, supplement) in arms {
        let (Some(found), [_, path, regime]) = (supplement.efficiency, name(arm)) else { continue };
        // All codecs of a path and regime share their networks.
        if shown.contains(&(path, regime)) {
            continue;
        }
        shown.push((path, regime));
        let efficiency = words::efficiency(&found).unwrap_or_else(|| "unknown".to_owned());
        let leak =
            if found.leak { "  ABOVE THE CEILING: a leak, or information in edges" } else { "" };
        lines.push(format!(
            "{path:<10}{regime:<10}accuracy there {}, share of the ideal {}, efficiency \
             {efficiency}{leak}",
            share(found.accuracy),
            share(found.share_of_ideal)
        ));
    }
    lines.push(String::new());
}

/// Loss and verdict: a row per level, a column per arm.
fn levels(results: &Results, lines: &mut Vec<String>) {
    lines.extend(wrapped(&ascii(&format!(
        "LOSS of {} per level (+ pass, ? inconclusive, x fail; margin {})",
        results.measure().score,
        words::margin(results.margin)
    ))));
    let arms: Vec<&ArmResult> = results.arms.iter().collect();
    let cell = |arm: &ArmResult, place: usize| {
        let level = &arm.levels[place];
        let mark = match level.verdict {
            Some(Verdict::Pass) => "+",
            Some(Verdict::Inconclusive) => "?",
            Some(Verdict::Fail) => "x",
            None => " ",
        };
        format!("{} {mark}", words::fixed(level.loss, 3))
    };
    // The two columns of the verdict stay free.
    let originals = |arm: &ArmResult| format!("{}  ", words::fixed(arm.original_score, 3));
    let foot: abreast::Foot<'_> = (&results.measure().short, &originals);
    lines.extend(abreast::table(&arms, LOSSES, results.target_base(), cell, Some(foot)));
    lines.push(format!(
        "{}: on uncompressed images of the path, from which the loss counts",
        results.measure().short
    ));
    if results.arms.iter().any(|arm| arm.codec == CodecName::Lossless) {
        lines.push("lossless: the null case, its loss must be 0".to_owned());
    }
}

/// Domain shift, and accuracy for each training level × test level.
fn training(results: &Results, lines: &mut Vec<String>) {
    if results.shift.is_empty() {
        return;
    }
    let base = results.target_base();
    lines.push(String::new());
    lines.push("DOMAIN SHIFT: what training at the level recovers of the loss of networks trained on originals".into());
    let row = |cells: [&str; 7]| {
        let [codec, path, level, original, matched, shift, interval] = cells;
        format!(
            "{codec:<10}{path:<10}{level:<13}{original:>14}{matched:>14}{shift:>14}   {interval}"
        )
    };
    let interval = format!("{} % interval", words::confidence(results.alpha));
    lines.push(row([
        "codec",
        "path",
        "level",
        "loss original",
        "loss matched",
        "shift",
        &interval,
    ]));
    for shift in &results.shift {
        let number = |value| words::fixed(value, 3);
        lines.push(row([
            shift.codec.name(),
            shift.path.name(),
            &words::level_name(Some(shift.target), base),
            &number(shift.loss_original),
            &number(shift.loss_matched),
            &number(shift.domain_shift),
            &format!(
                "{} to {}",
                number(shift.domain_shift_lower),
                number(shift.domain_shift_upper)
            ),
        ]));
    }
    for matrix in matrices::matrices(results) {
        lines.push(String::new());
        lines.push(format!(
            "ACCURACY of {} on {} data, rows: trained at, columns: tested at",
            matrix.codec.name(),
            matrix.path.name()
        ));
        let names = matrix.levels.iter().map(|&it| words::level_name(it, base).len() + 1);
        let width = names.max().unwrap_or(0).max(11);
        let line = |name: &str, cells: Vec<String>| {
            let cells: String = cells.iter().map(|cell| format!("{cell:>width$}")).collect();
            format!("{name:<width$}{cells}")
        };
        // Columns that do not fit are in results.json and the report.
        let columns = &matrix.levels[..matrix.levels.len().min(WIDTH / width - 1)];
        lines.push(line("", columns.iter().map(|&it| words::level_name(it, base)).collect()));
        for &trained in &matrix.levels {
            let cells = columns.iter().map(|&tested| {
                let cell = matrix.cell(trained, tested);
                cell.map_or_else(String::new, |cell| words::fixed(cell.score, 3))
            });
            lines.push(line(&words::level_name(trained, base), cells.collect()));
        }
    }
}

/// Codec, path and regime as the command line names them.
fn name(arm: &ArmResult) -> [&'static str; 3] {
    [arm.codec.name(), arm.path.name(), arm.regime.name()]
}

/// A typographic minus becomes `-` and anything else outside printable ASCII `?`: the text goes
/// to a terminal.
fn ascii(text: &str) -> String {
    let plain = |it| match it {
        ' '..='~' => it,
        '\u{2212}' => '-',
        _ => '?',
    };
    text.chars().map(plain).collect()
}

/// At most `width` characters of ASCII.
fn clipped(text: &str, width: usize) -> String {
    text.chars().take(width).collect()
}

/// A row as it is where it fits, its columns kept; else as a sentence in several lines.
fn wrapped_row(line: &str) -> Vec<String> {
    if line.trim_end().len() <= WIDTH { vec![line.to_owned()] } else { wrapped(line) }
}

/// Lines of at most [`WIDTH`] characters, broken at spaces where there are any.
fn wrapped(text: &str) -> Vec<String> {
    wrapped_to(text, WIDTH)
}

/// Lines of at most `width` characters, broken at spaces where there are any.
pub(super) fn wrapped_to(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && line.len() + 1 + word.len() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        while line.len() > width {
            let rest = line.split_off(width);
            lines.push(std::mem::replace(&mut line, rest));
        }
    }
    lines.push(line);
    lines
}
