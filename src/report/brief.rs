//! The answer for a terminal, in about ten lines of at most 60 columns.

use crate::record::{ArmResult, Gate, LevelResult, LimitKind, Regime, Results, Verdict};

use super::ink::{Ink, Tone};
use super::text::wrapped_to;
use super::words::{self, POST_HOC, floored, lossy, margin, plain_ratio, ratio_number, typed};

/// Widest line.
const WIDTH: usize = 60;

/// Networks that stand in a column each.
const SHOWN: [(Regime, &str); 2] =
    [(Regime::Original, "on originals"), (Regime::Mixed, "on all levels")];

/// Renders the answer: for each task, codec and path up to where it is safe, by the limits that hold
/// together, and in brackets where the loss reaches the margin; where there is no limit what passed.
pub(super) fn brief(results: &Results, ink: Ink) -> String {
    let name = match results.preset.as_str() {
        "" => results.phantom.clone(),
        preset => format!("{} ({preset})", results.phantom),
    };
    let stamp = if results.post_hoc { format!(" [{POST_HOC}]") } else { String::new() };
    let arms: Vec<&ArmResult> = lossy(results).collect();
    if arms.is_empty() {
        return format!("{name}: no lossy codec was studied.{stamp}\n");
    }
    let regimes: Vec<(Regime, &str)> = (SHOWN.into_iter())
        .filter(|(regime, _)| arms.iter().any(|arm| arm.regime == *regime))
        .collect();
    let head = format!(
        "{name}: safe up to (loss reaches {} at), on stored bits{stamp}",
        margin(results.margin)
    );
    let mut lines = wrapped_to(&head, WIDTH);
    let columns: String = regimes.iter().map(|(_, said)| format!("{said:>15}")).collect();
    lines.push(format!("{:<30}{columns}", "networks trained").trim_end().to_owned());
    for (of, row) in rows(&arms) {
        let name = format!("{:<9} {} {}", of.task, of.path.name(), of.codec.title());
        let cell = |(regime, _): &(Regime, &str)| {
            let arm = row.iter().find(|arm| arm.regime == *regime);
            let said = match arm.map(|arm| cell(arm)) {
                None => String::new(),
                Some((said, None)) => said,
                Some((said, Some(at))) => format!("{said} ({at})"),
            };
            let padded = format!("{said:>15}");
            match arm.and_then(|arm| tone(arm)) {
                None => padded,
                Some(tone) => ink.paint(tone, &padded),
            }
        };
        let cells: String = regimes.iter().map(cell).collect();
        lines.push(format!("{name:<30}{cells}").trim_end().to_owned());
    }
    let mut foot = held(results, &arms);
    if arms.iter().any(|arm| arm.limit.kind != LimitKind::None) {
        foot.push(format!("{}.", words::capitalised(&words::label(results))));
    }
    lines.extend(wrapped_to(&foot.join(" "), WIDTH));
    lines.join("\n") + "\n"
}

/// The colour of a cell; none where there is no limit.
fn tone(arm: &ArmResult) -> Option<Tone> {
    match arm.in_family().kind {
        LimitKind::At | LimitKind::BeyondTested => Some(Tone::Safe),
        LimitKind::Undetermined => Some(Tone::Open),
        LimitKind::BelowTested => Some(Tone::Lost),
        LimitKind::None => None,
    }
}

/// Arms of one task, path and codec, which differ in what their networks are trained on, with the
/// first of them; in the order of the arms.
pub(super) fn rows<'a>(arms: &[&'a ArmResult]) -> Vec<(&'a ArmResult, Vec<&'a ArmResult>)> {
    let mut rows: Vec<(&ArmResult, Vec<&ArmResult>)> = Vec::new();
    for &arm in arms {
        let same =
            |of: &ArmResult| (&of.task, of.path, of.codec) == (&arm.task, arm.path, arm.codec);
        match rows.iter_mut().find(|(of, _)| same(of)) {
            Some((_, row)) => row.push(arm),
            None => rows.push((arm, vec![arm])),
        }
    }
    rows
}

/// "9.1:1", and where the loss reaches the margin, "10.1"; of an arm without a limit "8:1 passed*".
pub(super) fn cell(arm: &ArmResult) -> (String, Option<String>) {
    let limit = arm.in_family();
    if limit.kind == LimitKind::None {
        let said = if limit.gates.contains(&Gate::Ceiling) {
            "too easy".to_owned()
        } else if limit.gates.contains(&Gate::Floor) {
            "too hard".to_owned()
        } else {
            let passed =
                arm.levels.iter().take_while(|it| it.verdict == Some(Verdict::Pass)).last();
            let said = |it: &LevelResult| plain_ratio(it.ratio_stored);
            format!("{} passed*", passed.map_or_else(|| "none".to_owned(), said))
        };
        return (said, None);
    }
    let safe = limit.safe.map_or_else(|| "none".to_owned(), |safe| floored(safe.stored));
    let crossing = &limit.crossing;
    let at = match (crossing.ratio_stored, crossing.lower, crossing.upper) {
        (Some(at), ..) => ratio_number(at),
        (None, Some(_), _) => "beyond".to_owned(),
        (None, None, Some(_)) => "below".to_owned(),
        (None, None, None) => "unknown".to_owned(),
    };
    (safe, Some(at))
}

/// Why what passed is no limit, and what the safe ratios hold with: a sentence each.
pub(super) fn held(results: &Results, arms: &[&ArmResult]) -> Vec<String> {
    let limited = arms.iter().any(|arm| arm.limit.kind != LimitKind::None);
    let mut said = Vec::new();
    let starred = |arm: &&&ArmResult| {
        let gates = &arm.limit.gates;
        arm.limit.kind == LimitKind::None
            && !gates.contains(&Gate::Ceiling)
            && !gates.contains(&Gate::Floor)
    };
    let without: Vec<&ArmResult> = arms.iter().filter(starred).copied().collect();
    if !without.is_empty() {
        let why = words::no_limit(&without, results.measure());
        said.push(format!("* by these networks; not a limit: {why}."));
    }
    if limited {
        let alpha = typed(results.alpha);
        said.push(format!("Safe ratios hold all together, with an error of {alpha}."));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::CodecName;
    use crate::record::{InputPath, LimitResult, Margin, RatioResult, Ratios};
    use crate::task::{Identify, Task};

    fn arm(path: InputPath, regime: Regime, limit: LimitResult) -> ArmResult {
        let judged = |ratio, verdict| LevelResult {
            verdict: Some(verdict),
            ..LevelResult::for_tests(ratio)
        };
        let levels = vec![judged(8.01, Verdict::Pass), judged(12.0, Verdict::Fail)];
        let arm = ArmResult::for_tests(CodecName::Jpeg2000, levels, limit);
        ArmResult { path, regime, replicates: 2, ..arm }
    }

    fn said(arms: Vec<ArmResult>, preset: &str) -> String {
        let measures = vec![Identify { classes: 6 }.measure()];
        let found = Results::of_arms("ct-head", measures, Margin::Score(0.02), 0.025, arms);
        let found = Results { preset: preset.to_owned(), ..found };
        let text = brief(&found, Ink::Plain);
        // With colours it is the same text.
        let coloured = brief(&found, Ink::Coloured);
        let codes = ["\u{1b}[32m", "\u{1b}[33m", "\u{1b}[31m", "\u{1b}[0m"];
        assert_eq!(codes.iter().fold(coloured, |text, code| text.replace(code, "")), text);
        text
    }

    #[test]
    fn limits_stand_in_a_row_for_each_codec_and_path() {
        let limit = |safe: Option<f64>, at, lower, upper| LimitResult {
            kind: LimitKind::At,
            safe: safe.map(|stored| Ratios { stored, allocated: stored }),
            crossing: RatioResult { ratio_stored: at, lower, upper },
            ..LimitResult::none(Vec::new())
        };
        let usual = limit(Some(9.08), Some(10.14), Some(9.08), Some(12.3));
        let beyond = limit(Some(201.7), None, Some(201.7), None);
        let text = said(
            vec![
                arm(InputPath::Native, Regime::Original, usual.clone()),
                arm(InputPath::Native, Regime::Mixed, beyond),
                arm(InputPath::Windowed, Regime::Original, LimitResult::none(vec![Gate::Ceiling])),
                arm(InputPath::Windowed, Regime::Mixed, limit(None, None, None, Some(2.0))),
            ],
            "standard",
        );
        assert!(
            text.contains("identify  native JPEG 2000       9.0:1 (10.1) 201:1 (beyond)"),
            "{text}"
        );
        assert!(
            text.contains("identify  windowed JPEG 2000         too easy   none (below)"),
            "{text}"
        );
        assert!(text.contains("all together, with an error of 0.025"), "{text}");
        assert!(
            text.lines().all(|line| line.len() <= WIDTH) && text.lines().count() <= 10,
            "{text}"
        );
    }

    #[test]
    fn what_passed_without_a_limit_is_said_and_never_called_safe() {
        let none = LimitResult::none(vec![Gate::Networks]);
        let text = said(vec![arm(InputPath::Native, Regime::Original, none)], "quick");
        assert!(text.contains("8:1 passed*"), "{text}");
        assert!(text.contains("* by these networks; not a limit: 2 networks, needs 5."), "{text}");
        assert!(!text.contains("hold all together"), "{text}");
    }
}
