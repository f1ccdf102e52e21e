//! Masks of COCO annotations, as boxes and as pixels: polygons, and run lengths as numbers or as the
//! text that pycocotools packs them into.

use std::sync::Arc;

use serde::Deserialize;

use crate::image::Mask;
use crate::scene::Pixels;

/// Most runs of a mask.
const MOST_RUNS: usize = 1 << 24;
/// Most steps that the masks of one image may take: many times those of an image full of targets.
const MOST_STEPS: f64 = (1_u64 << 30) as f64;
/// Steps of a pixel in which the edges of polygons are followed.
const STEPS: f64 = 5.0;

/// `segmentation` of an annotation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum CocoMask {
    /// x and y of the corners of each polygon, one after another.
    Polygons(Vec<Vec<f64>>),
    /// Lengths of runs outside and inside by turns, down the columns.
    Runs {
        /// Rows and columns.
        size: [u32; 2],
        counts: Counts,
    },
}

/// Run lengths as they are written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum Counts {
    Numbers(Vec<u32>),
    Packed(String),
}

impl CocoMask {
    /// x, y, width and height of the mask; an error with what is wrong with it.
    pub(super) fn area(&self) -> Result<[f64; 4], String> {
        match self {
            Self::Polygons(polygons) => of_polygons(polygons),
            Self::Runs { size, counts } => of_runs(*size, counts),
        }
    }

    /// Steps that its pixels take; `None` where it is no mask of an image of `size`.
    fn steps(&self, size: [usize; 2]) -> Option<f64> {
        let [left, top, width, height] = self.area().ok()?;
        match self {
            Self::Runs { size: [rows, columns], .. } => {
                ([*rows as usize, *columns as usize] == size).then_some(width * height)
            }
            Self::Polygons(polygons) => {
                // Tools draw over the edge of an image, but not elsewhere.
                let [rows, columns] = size.map(|it| it as f64);
                let near = left > -columns
                    && top > -rows
                    && left + width < 2.0 * columns
                    && top + height < 2.0 * rows;
                let along = |polygon: &Vec<f64>| {
                    let edges =
                        polygon.chunks_exact(2).zip(polygon.chunks_exact(2).cycle().skip(1));
                    let longest = |(a, b): (&[f64], &[f64])| {
                        (a[0] - b[0]).abs().max((a[1] - b[1]).abs()) * STEPS + 1.0
                    };
                    edges.map(longest).sum::<f64>()
                };
                near.then(|| polygons.iter().map(along).sum::<f64>() + width * height)
            }
        }
    }

    /// The pixels of a mask of an image of this size.
    fn pixels(&self, size: [usize; 2]) -> Pixels {
        let spans: Vec<[usize; 2]> = match self {
            Self::Polygons(polygons) => {
                polygons.iter().flat_map(|it| of_polygon(it, size)).collect()
            }
            Self::Runs { counts, .. } => {
                let mut at = 0;
                let ends = counts.lengths().unwrap_or_default().into_iter().map(|length| {
                    at += length as usize;
                    at
                });
                pairs(&ends.collect::<Vec<usize>>())
            }
        };
        let rows = size[0];
        // Column, first row and the row behind the last of each piece.
        let pieces = spans.into_iter().flat_map(|[first, next]| {
            (first / rows..next.div_ceil(rows)).map(move |column| {
                [column, first.max(column * rows) % rows, (next - column * rows).min(rows)]
            })
        });
        let pieces: Vec<[usize; 3]> = pieces.collect();
        let least = |at: usize| pieces.iter().map(|it| it[at]).min().unwrap_or(0);
        let most = |at: usize| pieces.iter().map(|it| it[at]).max().unwrap_or(0);
        let [left, top, right, bottom] = [least(0), least(1), most(0) + 1, most(2)];
        let wide = right - left;
        let mut inside = vec![false; wide * (bottom - top)];
        for [column, first, next] in pieces {
            for row in first..next {
                inside[(row - top) * wide + column - left] = true;
            }
        }
        Pixels::of([top, left], [bottom - top, wide], |place| inside[place])
    }
}

impl Counts {
    fn lengths(&self) -> Result<Vec<u32>, String> {
        match self {
            Self::Numbers(numbers) => Ok(numbers.clone()),
            Self::Packed(text) => unpacked(text.as_bytes()),
        }
    }
}

/// Masks of the annotations of one image, one for each of its boxes.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotated {
    size: [usize; 2],
    masks: Arc<[CocoMask]>,
}

impl Annotated {
    /// `None` where one is no mask of an image of these rows and columns.
    pub(super) fn of(size: [usize; 2], masks: Vec<CocoMask>) -> Option<Self> {
        let steps = masks.iter().map(|mask| mask.steps(size)).sum::<Option<f64>>()?;
        (steps <= MOST_STEPS).then(|| Self { size, masks: masks.into() })
    }

    /// Rows and columns of the image.
    #[must_use]
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// The pixels of each.
    pub fn pixels(&self) -> impl Iterator<Item = Pixels> + '_ {
        self.masks.iter().map(|mask| mask.pixels(self.size))
    }

    /// The pixels of all together.
    #[must_use]
    pub fn mask(&self) -> Mask {
        let [rows, columns] = self.size;
        let mut inside = vec![false; rows * columns];
        for pixels in self.pixels() {
            pixels.iter().for_each(|[row, column]| inside[row * columns + column] = true);
        }
        Mask { rows, columns, inside }
    }
}

/// Every second stretch between ends.
fn pairs(ends: &[usize]) -> Vec<[usize; 2]> {
    ends.chunks_exact(2).map(|it| [it[0], it[1]]).filter(|[first, next]| first < next).collect()
}

/// First pixel and the one behind the last of each run inside a polygon, down the columns: the pixels
/// that pycocotools gives it (`rleFrPoly` of maskApi.c). Edges are followed in fifths of a pixel, and a
/// run ends where one crosses the middle of a column.
fn of_polygon(corners: &[f64], [rows, columns]: [usize; 2]) -> Vec<[usize; 2]> {
    let scaled = |value: f64| (value * STEPS + 0.5).trunc();
    let mut corners: Vec<[f64; 2]> =
        corners.chunks_exact(2).map(|it| [scaled(it[0]), scaled(it[1])]).collect();
    corners.extend(corners.first().copied());
    let mut points: Vec<[f64; 2]> = Vec::new();
    for edge in corners.windows(2) {
        let [from, to] = [edge[0], edge[1]];
        let lengths = [0, 1].map(|axis| (to[axis] - from[axis]).abs());
        // The axis along which it goes step by step, towards larger values.
        let axis = usize::from(lengths[0] < lengths[1]);
        let [low, high] = if from[axis] > to[axis] { [to, from] } else { [from, to] };
        let slope = (high[1 - axis] - low[1 - axis]) / lengths[axis].max(1.0);
        let step = |number: u64| {
            let mut point = low;
            point[axis] += number as f64;
            point[1 - axis] = (low[1 - axis] + slope * number as f64 + 0.5).trunc();
            point
        };
        let mut steps: Vec<[f64; 2]> = (0..=lengths[axis] as u64).map(step).collect();
        if from[axis] > to[axis] {
            steps.reverse();
        }
        points.append(&mut steps);
    }
    let middle = |value: f64| (value + 0.5) / STEPS - 0.5;
    let crossing = |pair: &[[f64; 2]]| {
        let ([x, y], [before_x, before_y]) = (pair[1], pair[0]);
        let column = middle(if x < before_x { x } else { x - 1.0 });
        let is_crossed = x != before_x
            && column.fract() == 0.0
            && (0.0..=columns as f64 - 1.0).contains(&column);
        let row = middle(y.min(before_y)).clamp(0.0, rows as f64).ceil();
        is_crossed.then(|| column as usize * rows + row as usize)
    };
    let mut ends: Vec<usize> = points.windows(2).filter_map(crossing).collect();
    ends.push(rows * columns);
    ends.sort_unstable();
    pairs(&ends)
}

fn of_polygons(polygons: &[Vec<f64>]) -> Result<[f64; 4], String> {
    let sound = |it: &Vec<f64>| it.len() >= 6 && it.len().is_multiple_of(2);
    if polygons.is_empty() || !polygons.iter().all(sound) {
        return Err("a polygon needs x and y of three corners or more".to_owned());
    }
    let ends = |axis: usize| {
        let values = polygons.iter().flat_map(|it| it.iter().skip(axis).step_by(2));
        values.fold([f64::INFINITY, f64::NEG_INFINITY], |[least, most], &value| {
            [least.min(value), most.max(value)]
        })
    };
    let ([left, right], [top, bottom]) = (ends(0), ends(1));
    Ok([left, top, right - left, bottom - top])
}

fn of_runs(size: [u32; 2], counts: &Counts) -> Result<[f64; 4], String> {
    let rows = u64::from(size[0]);
    let pixels = rows * u64::from(size[1]);
    let counts = counts.lengths()?;
    let covered: u64 = counts.iter().map(|&it| u64::from(it)).sum();
    if covered != pixels || pixels == 0 {
        let [rows, columns] = size;
        return Err(format!("the runs have {covered} pixels, and the mask {rows} x {columns}"));
    }
    let (mut at, mut ends) = (0, None);
    for (number, &length) in counts.iter().enumerate() {
        let (first, next) = (at, at + u64::from(length));
        at = next;
        if number % 2 == 0 || length == 0 {
            continue;
        }
        let last = next - 1;
        let [left, right] = [first / rows, last / rows];
        // A run over the end of a column touches both of its ends.
        let [top, bottom] = if left < right { [0, rows - 1] } else { [first % rows, last % rows] };
        let [near, far, high, low] = ends.unwrap_or([left, right, top, bottom]);
        ends = Some([near.min(left), far.max(right), high.min(top), low.max(bottom)]);
    }
    let [left, right, top, bottom] = ends.ok_or("the mask is empty")?;
    Ok([left, top, right + 1 - left, bottom + 1 - top].map(|it| it as f64))
}

/// Run lengths from their packed form: five bits of each character from `0` on, the sixth says that
/// more follow; from the fourth length on, the difference to the last but one.
fn unpacked(text: &[u8]) -> Result<Vec<u32>, String> {
    let damaged = || "the packed run lengths are damaged".to_owned();
    let (mut lengths, mut at) = (Vec::<i64>::new(), 0);
    while at < text.len() {
        let (mut value, mut shift) = (0_i64, 0);
        loop {
            let sign = i64::from(*text.get(at).ok_or_else(damaged)?) - 48;
            at += 1;
            if !(0..64).contains(&sign) || shift > 30 {
                return Err(damaged());
            }
            value |= (sign & 0x1F) << shift;
            shift += 5;
            if sign & 0x20 == 0 {
                if sign & 0x10 != 0 {
                    value |= -1 << shift;
                }
                break;
            }
        }
        if lengths.len() > 2 {
            value += lengths[lengths.len() - 2];
        }
        lengths.push(value);
        if lengths.len() > MOST_RUNS {
            return Err(format!("the mask has more than {MOST_RUNS} runs"));
        }
    }
    lengths.into_iter().map(|it| u32::try_from(it).map_err(|_| damaged())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(json: &str) -> Result<[f64; 4], String> {
        serde_json::from_str::<CocoMask>(json).unwrap().area()
    }

    #[test]
    fn masks_have_the_boxes_that_pycocotools_gives_them() {
        // pycocotools 2.0.10: encode and toBbox of ones in rows 5:20, columns 3:9, rows 25:33,
        // columns 20:29 and at [10, 15] of 40 x 30; of columns 2:4 and [3, 1] of 7 x 5.
        let packed = r#"{"size":[40,30],"counts":"m3?i0000000000e7BXN7ZJ000000000000000?"}"#;
        assert_eq!(area(packed), Ok([3.0, 5.0, 26.0, 28.0]));
        assert_eq!(area(r#"{"size":[7,5],"counts":":13=4"}"#), Ok([1.0, 0.0, 3.0, 7.0]));
        assert_eq!(area(r#"{"size":[7,5],"counts":[10,1,3,14,7]}"#), Ok([1.0, 0.0, 3.0, 7.0]));
        let polygons = "[[2, 3, 9.5, 3, 9.5, 7], [1, 4, 2, 5, 1, 5]]";
        assert_eq!(area(polygons), Ok([1.0, 3.0, 8.5, 4.0]));
    }

    /// Rows of pixels, `#` inside.
    fn drawn(json: &str, size: [usize; 2]) -> Vec<String> {
        let mask = Annotated::of(size, vec![serde_json::from_str(json).unwrap()]).unwrap().mask();
        let row = |it: &[bool]| it.iter().map(|&it| if it { '#' } else { '.' }).collect();
        mask.inside.chunks_exact(size[1]).map(row).collect()
    }

    #[test]
    fn polygons_have_the_pixels_that_pycocotools_gives_them() {
        // pycocotools 2.0.11: decode(merge(frPyObjects(polygons, rows, columns))).
        let two = [
            "............",
            "............",
            "............",
            "...#######..",
            ".#...#####..",
            ".......###..",
            ".........#..",
            "............",
            "............",
        ];
        assert_eq!(drawn("[[2, 3, 9.5, 3, 9.5, 7], [1, 4, 2, 5, 1, 5]]", [9, 12]), two);
        let over_the_edge = [
            "##.....", "#####..", "######.", "######.", "#####..", "#####..", ".###...", "..##...",
        ];
        let polygon = "[[-2, -1, 6.4, 2.2, 3.3, 8.9, 0.5, 6]]";
        assert_eq!(drawn(polygon, [8, 7]), over_the_edge);
        let crossed = [
            "..........",
            ".#.....#..",
            ".##...##..",
            ".###.###..",
            ".##...##..",
            ".#.....#..",
            "..........",
            "..........",
        ];
        assert_eq!(drawn("[[1, 1, 8, 6, 8, 1, 1, 6]]", [8, 10]), crossed);
        // Corners at random, partly outside, against the packed run lengths of the same call.
        for (polygon, size, packed) in [
            (
                "[[1.75, 21.72, 6.11, 8.58, 19.52, 8.23, 12.29, -1.31, 17.59, 11.45, 6.57, 17.71, 5.88, 9.34]]",
                [21, 22],
                "_21a000027J000O01O100OILO43LK37NG2:OEO=06Nh1",
            ),
            ("[[15.33, 6.55, 9.28, 29.52, 10.06, 18.38]]", [38, 39], "_;3k051N2N2O0O\\\\l0"),
            (
                "[[29.17, 5.04, 9.91, 0.09, 39.71, 4.71, 2.98, 6.11, 31.4, 5.97, 37.44, -1.49, 20.73, 3.97]]",
                [9, 39],
                "\\\\31T10TO000:0F0J031LO41LO40M051NOL14OM030M021NO21NO21NO132OLN31NO20O050005",
            ),
            ("[[11.47, 33.81, 10.45, 8.92, 15.64, 19.4]]", [38, 17], "U<2V1d0\\\\OK5K5J6Kf0"),
            (
                "[[1.85, 24.23, 15.77, 23.19, 2.98, 23.68, 2.97, 0.61, 20.24, 25.56, 20.79, 13.1, 5.13, -1.77, 14.79, 21.04]]",
                [28, 22],
                "e2g07N1NM^O0a0OBO=2DM;4FL6OE6b0J^O7a0I_O88HN;3FI<7EG<:3001O0000Jd0",
            ),
            (
                "[[4.48, 5.53, 12.7, 26.18, 20.16, 3.27, 9.09, 29.32, 7.72, 18.63, -1.44, 21.57, 19.14, 26.94, 18.37, 21.11]]",
                [31, 19],
                "e01n00O2O000CNL35OH28OF1;1GK96EM94FI=;3J5M[ONa00^O4?7NGC4:KK52J34F",
            ),
        ] {
            let runs = format!(r#"{{"size":{size:?},"counts":"{packed}"}}"#);
            assert_eq!(drawn(polygon, size), drawn(&runs, size), "{polygon}");
        }
    }

    #[test]
    fn masks_of_another_image_or_without_end_are_none() {
        let is_taken = |size, json: &str| {
            let mask: CocoMask = serde_json::from_str(json).unwrap();
            Annotated::of(size, vec![mask]).is_some()
        };
        let runs = r#"{"size":[7,5],"counts":[10,1,3,14,7]}"#;
        assert!(is_taken([7, 5], runs) && !is_taken([5, 7], runs));
        assert!(!is_taken([7, 5], "[[1, 2, 3]]"));
        assert!(!is_taken([9, 9], "[[1, 1, 1e300, 1, 1, 5]]"));
        let zigzag = vec!["0, 0, 60000, 60000"; 10_000].join(", ");
        assert!(!is_taken([60_000, 60_000], &format!("[[{zigzag}]]")));
    }

    #[test]
    fn what_is_no_mask_is_refused() {
        for (json, said) in [
            ("[]", "three corners"),
            ("[[1, 2, 3, 4]]", "three corners"),
            (r#"{"size":[7,5],"counts":[35]}"#, "empty"),
            (r#"{"size":[7,5],"counts":[10,1]}"#, "11 pixels, and the mask 7 x 5"),
            (r#"{"size":[4294967295,4294967295],"counts":[10,1]}"#, "the runs have 11"),
            (r#"{"size":[7,5],"counts":":13=P"}"#, "damaged"),
            (r#"{"size":[7,5],"counts":"oooooooooo"}"#, "damaged"),
            (r#"{"size":[7,5],"counts":" "}"#, "damaged"),
            (r#"{"size":[7,5],"counts":"O"}"#, "damaged"),
        ] {
            let found = area(json).expect_err(json);
            assert!(found.contains(said), "{json}: {found}");
        }
    }
}
