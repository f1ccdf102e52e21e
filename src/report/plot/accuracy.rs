//! Plots of a study's outcome: score, loss and limit against the achieved ratio.

use maud::{Markup, html};

use crate::codec::CodecName;
use crate::record::{ArmResult, LevelResult, LimitKind, Results, Verdict};

use super::drawing::{Drawing, alone, at, side_label};
use super::frame::{Frame, LEFT, LIMIT_ROW, LOSS, NAME_ROW, Panel, RIGHT, VALUES, WIDTH, unit};
use super::marks::{bar, line_class, marker};
use crate::report::words;

/// The score of a study of one task: one drawing per path and regime.
pub(in crate::report) fn scores(results: &Results) -> Vec<Drawing> {
    let frame = Frame::new(results);
    let panels = Panel::all(results);
    let height = frame.height(frame.limit_rows(&panels));
    let drawn = panels.iter().map(|panel| {
        let name = format!("{}-{}-{}", frame.scale.file, panel.path.name(), panel.regime.name());
        Drawing {
            title: format!("{}: {}", frame.scale.title, panel.name()),
            text: panel.description(results, &frame.scale),
            size: (WIDTH, height),
            body: draw(&frame, panel, &name),
            name,
        }
    });
    drawn.collect()
}

/// Renders score, loss and limit of every arm as one stand-alone SVG.
///
/// Two panels in a row, one per task, path and regime; light or dark as the viewer prefers.
#[must_use]
pub fn accuracy_svg(results: &Results) -> String {
    let panels: Vec<Drawing> = results.by_task().iter().flat_map(scores).collect();
    let across = panels.len().clamp(1, 2);
    let height = panels.first().map_or(0.0, |panel| panel.size.1) + 14.0;
    let (head, foot) = (62.0, 30.0);
    let down = panels.len().div_ceil(across);
    let size = (WIDTH * across as f64, head + height * down as f64 + foot);
    let text: String =
        panels.iter().map(|panel| format!("{}. {} ", panel.title, panel.text)).collect();
    let body = html! {
        @for (index, panel) in panels.iter().enumerate() {
            @let column = (index % across) as f64 * WIDTH;
            @let row = head + (index / across) as f64 * height;
            g transform=(format!("translate({column} {row})")) { (panel.body) }
        }
        text.soft x=(size.0 - 16.0) y=(size.1 - 12.0) text-anchor="end" {
            "Markers in the loss: filled pass, hollow inconclusive, cross fail. Bars: "
            (words::confidence(results.alpha)) " % intervals. Violet bands: guidelines."
        }
    };
    let scores: Vec<String> = results.measures.iter().map(|it| it.score.clone()).collect();
    let title =
        format!("{} against compression ratio", words::capitalised(&words::listed(&scores)));
    alone(results, size, &title, &text, &body)
}

/// Everything inside one panel.
fn draw(frame: &Frame<'_>, panel: &Panel<'_>, name: &str) -> Markup {
    let clip = format!("{name}-loss");
    let (top, bottom) = (frame.value_top(), frame.value_top() + VALUES);
    let (loss_top, loss_bottom) = (frame.loss_top(), frame.loss_top() + LOSS);
    let margin = frame.results.margin.points();
    html! {
        text.name x=(LEFT) y="18" { (panel.name()) }
        (legend(frame, panel))
        (guides(frame, loss_bottom))
        (grid(frame, loss_bottom))
        (originals(frame, panel))
        @if let Some(chance) = frame.results.measure().chance {
            @let y = frame.value_y(chance);
            path.chance d=(format!("M{LEFT} {y:.1}H{RIGHT}")) {}
            text.soft.halo x=(LEFT + 6.0) y=(at(y - 5.0)) { "chance " (words::fixed(chance, 2)) }
        }
        @if let Some(ceiling) = frame.ceiling() {
            path.ceiling d=(format!("M{LEFT} {:.1}H{RIGHT}", frame.value_y(ceiling))) {}
        }
        clipPath id=(clip) {
            rect x=(LEFT) y=(at(loss_top)) width=(RIGHT - LEFT) height=(LOSS) {}
        }
        @let zero = frame.loss_y(0.0);
        @let edge = margin.map(|it| frame.loss_y(it));
        @if let Some(edge) = edge {
            rect.accepted x=(LEFT) y=(at(edge)) width=(RIGHT - LEFT) height=(at(zero - edge)) {}
        }
        path.level d=(format!("M{LEFT} {zero:.1}H{RIGHT}")) {}
        @if let Some(edge) = edge { path.margin d=(format!("M{LEFT} {edge:.1}H{RIGHT}")) {} }
        @for arm in &panel.others {
            path class=(format!("other dash-{}", arm.codec.name()))
                d=(course(frame, arm, |level| frame.value_y(level.score))) {}
        }
        @for arm in &panel.arms { (limit_line(frame, arm, frame.limits_top())) }
        @for arm in &panel.arms { (values(frame, arm)) }
        g clip-path=(format!("url(#{clip})")) {
            @for arm in &panel.arms { (losses(frame, arm)) }
        }
        @if let Some((edge, margin)) = edge.zip(margin) {
            text.soft.halo x=(RIGHT - 6.0) y=(at(edge - 5.0)) text-anchor="end" {
                "margin " (words::typed(margin))
            }
        }
        path.frame d=(format!("M{LEFT} {top:.1}V{bottom:.1}H{RIGHT}")) {}
        path.frame d=(format!("M{LEFT} {loss_top:.1}V{loss_bottom:.1}H{RIGHT}")) {}
        (side_label(&frame.scale.name, (top + bottom) / 2.0))
        (side_label("loss", (loss_top + loss_bottom) / 2.0))
        @let rows = panel.lossy().count() as f64;
        @if rows > 0.0 { (side_label("limit", frame.limits_top() + LIMIT_ROW * rows / 2.0)) }
        @for (row, arm) in panel.lossy().enumerate() {
            (limit_row(frame, arm, frame.limits_top() + LIMIT_ROW * (row as f64 + 0.5)))
        }
        (frame.axis.draw(frame.limits_top() + LIMIT_ROW * rows))
    }
}

/// Line and marker of each codec.
fn legend(frame: &Frame<'_>, panel: &Panel<'_>) -> Markup {
    let others = "other training";
    let mut x = LEFT;
    // Room for the sample, the text at a phone's size, and a gap.
    let mut place = |sample: f64, text: &str| {
        let start = x;
        x += sample + 8.2 * text.chars().count() as f64 + 14.0;
        start
    };
    let entries: Vec<(CodecName, f64)> = panel
        .arms
        .iter()
        .map(|arm| (arm.codec, place(sample_width(arm.codec), arm.codec.title())))
        .collect();
    html! {
        @for (codec, x) in entries {
            @if codec != CodecName::Lossless {
                path class=(line_class(codec)) d=(format!("M{x:.1} 36h24")) {}
            }
            (marker(codec, Some(Verdict::Pass), x + sample_width(codec) / 2.0 - 3.0, 36.0))
            text x=(at(x + sample_width(codec))) y="40.5" { (codec.title()) }
        }
        @if !panel.others.is_empty() {
            @let x = place(30.0, others);
            path.other d=(format!("M{x:.1} 36h24")) {}
            text.soft x=(at(x + 30.0)) y="40.5" { (others) }
        }
        @if let Some(ceiling) = frame.ceiling() {
            path.ceiling d=(format!("M{LEFT} 54h24")) {}
            text.soft x=(LEFT + 30.0) y="58.5" {
                "ideal observer on native originals " (words::fixed(ceiling, 3))
            }
        }
    }
}

/// Width of a codec's sample in the legend: lossless has no line.
fn sample_width(codec: CodecName) -> f64 {
    if codec == CodecName::Lossless { 16.0 } else { 30.0 }
}

/// Published ratios as bands through both plots.
fn guides(frame: &Frame<'_>, bottom: f64) -> Markup {
    html! {
        @for guide in &frame.guides {
            @let (from, to) = (frame.axis.x(guide.low), frame.axis.x(guide.high));
            @let half = 3.4 * guide.label.chars().count() as f64;
            @let y = frame.legend() + NAME_ROW * (guide.row as f64 + 0.8);
            g {
                title {
                    (guide.label) ":1, from its reading as allocated bits (left edge) to that as \
                     stored bits (right edge)"
                }
                rect.guide x=(at(from)) y=(at(y + 4.0)) width=(at((to - from).max(1.0)))
                    height=(at(bottom - y - 4.0)) {}
                path.guide-edge d=(format!("M{to:.1} {:.1}V{bottom:.1}", y + 4.0)) {}
                text.guide-name x=(at(frame.label_x(guide.low, guide.high, half))) y=(at(y))
                    text-anchor="middle" { (guide.label) }
            }
        }
    }
}

/// Horizontal grid with its numbers.
fn grid(frame: &Frame<'_>, loss_bottom: f64) -> Markup {
    let margin = unit(frame.results);
    html! {
        @for tick in frame.scale.ticks() {
            @let y = frame.value_y(tick);
            path.grid d=(format!("M{LEFT} {y:.1}H{RIGHT}")) {}
            text.soft x=(LEFT - 7.0) y=(at(y + 4.0)) text-anchor="end" { (words::fixed(tick, 1)) }
        }
        @for step in (-1..=4).filter(|step| step % 2 == 0 || *step == 1) {
            @let loss = f64::from(step) * margin;
            @let y = frame.loss_y(loss);
            @if y <= loss_bottom {
                path.grid d=(format!("M{LEFT} {y:.1}H{RIGHT}")) {}
                text.soft x=(LEFT - 7.0) y=(at(y + 4.0)) text-anchor="end" {
                    (words::typed((loss * 1e6).round() / 1e6))
                }
            }
        }
    }
}

/// Accuracy on originals, and the band of accepted loss below it.
fn originals(frame: &Frame<'_>, panel: &Panel<'_>) -> Markup {
    let Some(arm) = panel.arms.first() else { return html! {} };
    let y = frame.value_y(arm.original_score);
    let accepted = frame.results.margin.points();
    let edge = accepted.map(|margin| frame.value_y(arm.original_score - margin));
    html! {
        @if let Some(edge) = edge {
            rect.accepted x=(LEFT) y=(at(y)) width=(RIGHT - LEFT) height=(at(edge - y)) {}
        }
        path.level d=(format!("M{LEFT} {y:.1}H{RIGHT}")) {}
        @if let Some(edge) = edge { path.margin d=(format!("M{LEFT} {edge:.1}H{RIGHT}")) {} }
        // On the left, where curves are still above it.
        text.soft.halo x=(LEFT + 6.0) y=(at(edge.unwrap_or(y) + 14.0)) {
            "originals " (words::fixed(arm.original_score, 3))
        }
    }
}

/// A line through the levels of an arm.
fn course(frame: &Frame<'_>, arm: &ArmResult, y: impl Fn(&LevelResult) -> f64) -> String {
    let shown = arm.levels.iter().filter(|it| it.ratio_stored > 0.0 && it.score.is_finite());
    let points = shown.enumerate().map(|(index, level)| {
        let step = if index == 0 { 'M' } else { 'L' };
        format!("{step}{:.1} {:.1}", frame.axis.x(level.ratio_stored), y(level))
    });
    points.collect()
}

/// What pointing at a level shows.
fn hover(frame: &Frame<'_>, arm: &ArmResult, level: &LevelResult) -> String {
    let verdict = level.verdict.map_or("no verdict", words::verdict);
    format!(
        "{}, {}: achieved {} on stored bits, {} on allocated; {} {}, loss {} ({} to {}), {}",
        words::arm(arm),
        words::target(level),
        words::ratio(level.ratio_stored),
        words::ratio(level.ratio_allocated),
        frame.scale.name,
        words::fixed(level.score, 3),
        words::signed(level.loss, 3),
        words::signed(level.loss_lower, 3),
        words::signed(level.loss_upper, 3),
        verdict
    )
}

/// The curve of one arm with the interval of its loss below the value on originals.
fn values(frame: &Frame<'_>, arm: &ArmResult) -> Markup {
    let y = |accuracy: f64| frame.value_y(accuracy);
    html! {
        path class=(line_class(arm.codec)) d=(course(frame, arm, |level| y(level.score))) {}
        @for level in arm.levels.iter().filter(|level| level.score.is_finite()) {
            @let x = frame.axis.x(level.ratio_stored);
            g {
                title { (hover(frame, arm, level)) }
                (bar(arm.codec, x, y(arm.original_score - level.loss_lower),
                    y(arm.original_score - level.loss_upper)))
                (marker(arm.codec, Some(Verdict::Pass), x, y(level.score)))
            }
        }
    }
}

/// The loss of one arm around the margin, its markers by verdict.
fn losses(frame: &Frame<'_>, arm: &ArmResult) -> Markup {
    html! {
        path class=(line_class(arm.codec)) d=(course(frame, arm, |it| frame.loss_y(it.loss))) {}
        @for level in arm.levels.iter().filter(|level| level.loss.is_finite()) {
            @let x = frame.axis.x(level.ratio_stored);
            g {
                title { (hover(frame, arm, level)) }
                (bar(arm.codec, x, frame.loss_y(level.loss_lower), frame.loss_y(level.loss_upper)))
                (marker(arm.codec, level.verdict, x, frame.loss_y(level.loss)))
            }
        }
    }
}

/// Where the mark of a limit is: where the loss reaches the margin, or at the end of the ladder
/// beyond which it does.
fn limit_x(frame: &Frame<'_>, arm: &ArmResult) -> Option<f64> {
    let end = match arm.limit.kind {
        LimitKind::At => arm.limit.safe.map(|it| it.stored),
        LimitKind::BeyondTested => arm.levels.last().map(|it| it.ratio_stored),
        LimitKind::BelowTested => arm.levels.first().map(|it| it.ratio_stored),
        LimitKind::Undetermined | LimitKind::None => None,
    };
    arm.limit.crossing.ratio_stored.or(end).map(|ratio| frame.axis.x(ratio))
}

/// A thin line from the limit up through both plots.
fn limit_line(frame: &Frame<'_>, arm: &ArmResult, bottom: f64) -> Markup {
    let x = limit_x(frame, arm).filter(|_| arm.limit.kind == LimitKind::At);
    html! {
        @if let Some(x) = x {
            path class=(format!("limit-line {}", arm.codec.name()))
                d=(format!("M{x:.1} {:.1}V{bottom:.1}", frame.value_top())) {}
        }
    }
}

/// The limit of one arm with its interval, as in a forest plot.
fn limit_row(frame: &Frame<'_>, arm: &ArmResult, y: f64) -> Markup {
    let said = words::limit(&arm.limit);
    let class = arm.codec.name();
    let Some(x) = limit_x(frame, arm) else {
        let text = format!(
            "{}: {}",
            arm.codec.title(),
            match arm.limit.kind {
                LimitKind::None => "no limit",
                _ => "limit undetermined",
            }
        );
        return html! { text.soft x=(LEFT + 6.0) y=(at(y + 4.0)) { (text) } };
    };
    let (from, to) = match arm.limit.kind {
        LimitKind::BeyondTested => (x, RIGHT),
        LimitKind::BelowTested => (LEFT, x),
        _ => (
            arm.limit.crossing.lower.map_or(LEFT, |it| frame.axis.x(it)),
            arm.limit.crossing.upper.map_or(RIGHT, |it| frame.axis.x(it)),
        ),
    };
    let stamp =
        if frame.results.post_hoc { format!(", {}", words::POST_HOC) } else { String::new() };
    let text = format!("{} {}{stamp}", arm.codec.title(), words::safe(&arm.limit));
    let to_the_right = to.max(x) + 8.0 + 7.2 * text.chars().count() as f64;
    let (text_x, anchor) = if to_the_right < RIGHT {
        (to.max(x) + 10.0, "start")
    } else {
        (from.min(x) - 10.0, "end")
    };
    html! {
        g {
            title {
                (words::arm(arm)) ": margin reached at " (said.crossing) ", "
                (words::safe(&arm.limit)) " on stored bits"
                @if !said.allocated.is_empty() { ", " (said.allocated) " on allocated bits" }
            }
            path class=(format!("bar {class}")) d=(format!("M{from:.1} {y:.1}H{to:.1}")) {}
            @if arm.limit.kind == LimitKind::At && from < to {
                path class=(format!("bar {class}"))
                    d=(format!("M{from:.1} {0:.1}v8M{to:.1} {0:.1}v8", y - 4.0)) {}
            }
            path class=(format!("mark {class}"))
                d=(format!("M{x:.1} {:.1}l6 6l-6 6l-6 -6z", y - 6.0)) {}
            text.halo x=(at(text_x)) y=(at(y + 4.5)) text-anchor=(anchor) { (text) }
        }
    }
}
