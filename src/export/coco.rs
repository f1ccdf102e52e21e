//! COCO annotations: boxes and exact masks of the targets of a split's images.
//!
//! `annotations/instances_SPLIT.json` next to the directory `SPLIT` that holds the images. Masks
//! are run-length encoded, since polygons cannot hold the hole of a ring; the traced borders
//! come with them for drawing.

use std::io::{self, BufRead, Write};

use imageproc::contours::{BorderType, find_contours};
use serde::{Deserialize, Serialize};

use super::truth::{ImageTruth, TargetTruth};

/// One image and what is in it: a line of a part, before annotations are numbered.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Annotated {
    image: CocoImage,
    annotations: Vec<Annotation>,
}

#[derive(Debug, Serialize, Deserialize)]
struct CocoImage {
    id: u64,
    file_name: String,
    width: usize,
    height: usize,
}

#[derive(Debug, Serialize, Deserialize)]
struct Annotation {
    /// Number in the file, from 1.
    id: u64,
    image_id: u64,
    /// Class index + 1, as in the mask.
    category_id: u8,
    iscrowd: u8,
    /// Pixels of the mask.
    area: usize,
    /// x, y, width and height of the mask in pixels.
    bbox: [usize; 4],
    segmentation: RunLengths,
    borders: Vec<Border>,
}

/// Lengths of runs of 0 and 1 in turn, down the columns; the first is of 0.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct RunLengths {
    counts: Vec<usize>,
    /// Height and width.
    size: [usize; 2],
}

/// Pixels along a border of the mask, as (x, y) indices.
#[derive(Debug, Serialize, Deserialize)]
struct Border {
    hole: bool,
    points: Vec<[usize; 2]>,
}

/// A category of the file.
#[derive(Debug, Serialize)]
struct Category<'a> {
    id: usize,
    name: &'a str,
    supercategory: &'a str,
}

impl Annotated {
    /// Annotates an image; `mask` holds class index + 1, `[rows, columns]`.
    pub(super) fn new(file_name: String, truth: &ImageTruth, mask: &[u8]) -> Self {
        let (rows, columns) = (truth.rows, truth.columns);
        let image = CocoImage { id: truth.index, file_name, width: columns, height: rows };
        let annotations = truth
            .targets
            .iter()
            .filter(|target| target.r#box.is_some())
            .filter_map(|target| {
                let [row, column, side] = target.region;
                let inside = |y: usize, x: usize| {
                    mask[y * columns + x] == target.class_index + 1
                        && is_of(target, &truth.targets, [y, x])
                };
                let part = Part { row, column, side };
                annotation(truth.index, target.class_index + 1, part, [rows, columns], &inside)
            })
            .collect();
        Self { image, annotations }
    }
}

/// Whether a pixel that is some target's is of this one: regions may share pixels where images are not
/// drawn as a whole, outlines do not. Where boxes overlap, it is of the one whose middle is nearer in
/// sizes of the box.
fn is_of(target: &TargetTruth, all: &[TargetTruth], [y, x]: [usize; 2]) -> bool {
    let distance = |other: &TargetTruth| {
        let ([row, column, rows, columns], [down, along]) = (other.r#box?, other.center_pixels?);
        if !(row..row + rows).contains(&y) || !(column..column + columns).contains(&x) {
            return None;
        }
        let (down, along) = (y as f64 + 0.5 - down, x as f64 + 0.5 - along);
        Some((down * down + along * along) / (rows * rows + columns * columns) as f64)
    };
    let Some(own) = distance(target) else { return false };
    all.iter().all(|other| distance(other).is_none_or(|it| own <= it))
}

/// The square that holds a target.
#[derive(Clone, Copy)]
struct Part {
    row: usize,
    column: usize,
    side: usize,
}

/// `None` where a target covers no pixel by half.
fn annotation(
    image_id: u64,
    category_id: u8,
    part: Part,
    [rows, columns]: [usize; 2],
    inside: &dyn Fn(usize, usize) -> bool,
) -> Option<Annotation> {
    let Part { row, column, side } = part;
    let mut counts = Vec::new();
    // Runs are counted through the whole column-major image; outside the part all is 0.
    let (mut end, mut area) = (0, 0);
    let [mut left, mut top, mut right, mut bottom] = [usize::MAX, usize::MAX, 0, 0];
    for x in column..column + side {
        let mut y = row;
        while y < row + side {
            if !inside(y, x) {
                y += 1;
                continue;
            }
            let first = y;
            while y < row + side && inside(y, x) {
                y += 1;
            }
            let start = x * rows + first;
            if start == end && !counts.is_empty() {
                // A run that ends a column and one that begins the next are one.
                *counts.last_mut()? += y - first;
            } else {
                counts.extend([start - end, y - first]);
            }
            end = x * rows + y;
            area += y - first;
            (left, right) = (left.min(x), right.max(x));
            (top, bottom) = (top.min(first), bottom.max(y - 1));
        }
    }
    if area == 0 {
        return None;
    }
    if end < rows * columns {
        counts.push(rows * columns - end);
    }
    // A frame of empty pixels: the tracer sees no border at the edge of an image.
    let framed = image::GrayImage::from_fn(side as u32 + 2, side as u32 + 2, |x, y| {
        let (x, y) = (x as usize, y as usize);
        let within = (1..=side).contains(&x) && (1..=side).contains(&y);
        image::Luma([u8::from(within && inside(row + y - 1, column + x - 1))])
    });
    let borders = find_contours::<u32>(&framed)
        .into_iter()
        .map(|contour| Border {
            hole: contour.border_type == BorderType::Hole,
            points: contour
                .points
                .iter()
                .map(|at| [column + at.x as usize - 1, row + at.y as usize - 1])
                .collect(),
        })
        .collect();
    Some(Annotation {
        id: 0,
        image_id,
        category_id,
        iscrowd: 0,
        area,
        bbox: [left, top, right - left + 1, bottom - top + 1],
        segmentation: RunLengths { counts, size: [rows, columns] },
        borders,
    })
}

/// Writes the annotations of a split from the lines of its parts, which `parts` opens anew for
/// each pass.
pub(super) fn gather<R: BufRead>(
    description: &str,
    classes: &[String],
    parts: impl Fn() -> io::Result<R>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let text = serde_json::Value::from(description);
    writeln!(out, "{{\n\"info\": {{\"description\": {text}}},\n\"licenses\": [],")?;
    let categories: Vec<Category> = classes
        .iter()
        .enumerate()
        .filter(|(_, name)| *name != "absent")
        .map(|(index, name)| Category { id: index + 1, name, supercategory: "target" })
        .collect();
    writeln!(out, "\"categories\": {},", serde_json::to_string(&categories)?)?;
    write!(out, "\"images\": [")?;
    let mut comma = "";
    for line in parts()?.lines() {
        let annotated: Annotated = serde_json::from_str(&line?)?;
        write!(out, "{comma}\n{}", serde_json::to_string(&annotated.image)?)?;
        comma = ",";
    }
    write!(out, "\n],\n\"annotations\": [")?;
    let (mut comma, mut id) = ("", 0);
    for line in parts()?.lines() {
        let annotated: Annotated = serde_json::from_str(&line?)?;
        for mut annotation in annotated.annotations {
            id += 1;
            annotation.id = id;
            write!(out, "{comma}\n{}", serde_json::to_string(&annotation)?)?;
            comma = ",";
        }
    }
    writeln!(out, "\n]\n}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_go_down_the_columns() {
        // pycocotools: mask.frUncompressedRLE of the 4 × 5 mask below has these counts: column 1
        // rows 1 to 3 and column 2 row 0 follow one another without a gap.
        let mask = [
            [0, 0, 1, 0, 0], //
            [0, 1, 0, 0, 0],
            [0, 1, 0, 1, 0],
            [0, 1, 0, 0, 0],
        ];
        let inside = |y: usize, x: usize| mask[y][x] == 1;
        let part = Part { row: 0, column: 0, side: 4 };
        let found = annotation(7, 2, part, [4, 5], &inside).unwrap();
        assert_eq!(found.segmentation, RunLengths { counts: vec![5, 4, 5, 1, 5], size: [4, 5] });
        assert_eq!(found.bbox, [1, 0, 3, 4]);
        assert_eq!(found.area, 5);
    }

    #[test]
    fn a_ring_has_an_outer_border_and_a_hole() {
        let inside = |y: usize, x: usize| {
            (1..6).contains(&y)
                && (1..6).contains(&x)
                && !((2..5).contains(&y) && (2..5).contains(&x))
        };
        let found = annotation(0, 1, Part { row: 0, column: 0, side: 8 }, [8, 8], &inside).unwrap();
        let holes: Vec<bool> = found.borders.iter().map(|border| border.hole).collect();
        assert_eq!(holes, [false, true]);
        assert_eq!(found.area, 16);
        assert_eq!(found.borders[0].points.len(), 16);
    }

    #[test]
    fn what_covers_no_pixel_is_not_annotated() {
        let part = Part { row: 0, column: 0, side: 4 };
        assert!(annotation(0, 1, part, [8, 8], &|_, _| false).is_none());
    }
}
