//! The layout of Ultralytics YOLO: 8-bit images in `yolo/images/SPLIT`, a text file of boxes for each in
//! `yolo/labels/SPLIT`, and `yolo/data.yaml`. Its loaders take 8 bits only, so images went through
//! the display window.

use std::fmt::Write;

use super::Request;
use super::truth::ImageTruth;
use crate::dataset::Split;

/// One line for each target: class index, then centre, width and height of the box, columns first, over
/// the size of the image.
pub(super) fn boxes(truth: &ImageTruth) -> String {
    let mut lines = String::new();
    for target in &truth.targets {
        let Some([row, column, rows, columns]) = target.r#box else { continue };
        let share = |first: usize, size: usize, whole: usize| {
            let (first, size, whole) = (first as f64, size as f64, whole as f64);
            [(first + size / 2.0) / whole, size / whole]
        };
        let [x, width] = share(column, columns, truth.columns);
        let [y, height] = share(row, rows, truth.rows);
        let class = target.class_index;
        let _ = writeln!(lines, "{class} {x:.8} {y:.8} {width:.8} {height:.8}");
    }
    lines
}

/// `data.yaml`.
pub(super) fn describe(request: &Request) -> String {
    let mut text =
        "# Images are 8 bits through the display window; paths are relative to this file.\n"
            .to_owned();
    // Loaders want images to train and to validate with, whatever a small dataset has.
    let has = |split| request.splits().any(|(of, images)| of == split && images > 0);
    let tune = if has(Split::Tune) { Split::Tune } else { Split::Train };
    for (key, split) in [("train", Split::Train), ("val", tune), ("test", Split::Test)] {
        if key != "test" || has(split) {
            let _ = writeln!(text, "{key}: images/{}", split.name());
        }
    }
    text.push_str("names:\n");
    for (index, class) in request.classes.iter().enumerate() {
        let _ = writeln!(text, "  {index}: {class}");
    }
    text
}
