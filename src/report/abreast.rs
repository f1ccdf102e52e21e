//! Tables of a terminal with a row per level and a column per arm; knows not what is in a cell.

use crate::record::{ArmResult, LevelBase, LevelResult};

use super::words;

/// A last row: its name, and its cell of an arm.
pub(super) type Foot<'a> = (&'a str, &'a dyn Fn(&ArmResult) -> String);

/// A table in blocks of `count` arms side by side, each cell `width` wide, right-aligned.
/// `cell` writes what is known of an arm at its level of some place; `foot` may end each block.
pub(super) fn table(
    arms: &[&ArmResult],
    (count, width): (usize, usize),
    base: LevelBase,
    cell: impl Fn(&ArmResult, usize) -> String,
    foot: Option<Foot<'_>>,
) -> Vec<String> {
    let targets = arms.iter().flat_map(|arm| &arm.levels).filter_map(|level| level.target);
    // "lossless" and a space, or the longest level.
    let corner = targets.map(|it| base.label(it).len() + 1).max().unwrap_or(0).max(9);
    let mut lines = Vec::new();
    for (block, arms) in arms.chunks(count).enumerate() {
        if block > 0 {
            lines.push(String::new());
        }
        for part in 0..3 {
            let name = |arm: &ArmResult| {
                [arm.codec.name(), arm.path.name(), arm.regime.name()][part].to_owned()
            };
            let heads: String = arms.iter().map(|arm| format!("{:>width$}", name(arm))).collect();
            let head = if part == 2 { "target" } else { "" };
            lines.push(format!("{head:<corner$}{heads}"));
        }
        let mut targets: Vec<Option<f64>> = Vec::new();
        for level in arms.iter().flat_map(|arm| &arm.levels) {
            if !targets.contains(&level.target) {
                targets.push(level.target);
            }
        }
        words::mildest_first(&mut targets, base);
        for target in targets {
            let cells = arms.iter().map(|arm| {
                let same = |level: &LevelResult| level.target == target;
                let found = arm.levels.iter().position(same);
                let cell = found.map_or_else(String::new, |place| cell(arm, place));
                format!("{cell:>width$}")
            });
            let cells: String = cells.collect();
            let head = target.map_or_else(|| "lossless".to_owned(), |it| base.label(it));
            lines.push(format!("{head:<corner$}{cells}"));
        }
        if let Some((name, of_arm)) = foot {
            let cells: String = arms.iter().map(|arm| format!("{:>width$}", of_arm(arm))).collect();
            lines.push(format!("{name:<corner$}{cells}"));
        }
    }
    lines
}
