//! Masks of COCO annotations as boxes: polygons, and run lengths as numbers or as the text that
//! pycocotools packs them into.

use serde::Deserialize;

/// Most runs of a mask.
const MOST_RUNS: usize = 1 << 24;

/// `segmentation` of an annotation.
#[derive(Debug, Deserialize)]
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
#[derive(Debug, Deserialize)]
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
    let packed;
    let counts: &[u32] = match counts {
        Counts::Numbers(numbers) => numbers,
        Counts::Packed(text) => {
            packed = unpacked(text.as_bytes())?;
            &packed
        }
    };
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
