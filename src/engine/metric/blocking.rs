//! Blocking on the 8×8 grid of block transforms, from one image alone (Wang, Sheikh, Bovik 2002,
//! Proc. IEEE ICIP, vol. 1, 477–480; the periodic differences that it counts are those of Wang,
//! Bovik, Evan 2000, Proc. IEEE ICIP, vol. 3, 981–984).

use crate::image::Image;

/// Pixels on a side of a block.
const BLOCK: usize = 8;

/// Mean absolute differences of neighbours, capped, by the place of the border between them in a
/// grid of [`BLOCK`] pixels; place 0 is the border of blocks that begin at the image's corner.
type Phases = [f64; BLOCK];

/// Blocking of an image: (B − A)/(B + A), the mean of both directions, where B is the mean
/// absolute difference of neighbours across the borders of 8×8 blocks that begin at the image's
/// corner, and A the mean of those inside the blocks; differences above 3 times their mean count
/// as that, since the outlines of objects would outweigh all blocks.
///
/// 0 without a grid (small values of either sign by chance), towards 1 where all differences
/// stand on borders. 0 where a direction has no border or no difference.
///
/// ```
/// use phantom_limit_engine::image::{Image, WINDOWED};
/// // Four blocks, each of one value.
/// let samples = (0..256).map(|at| 10 * (at % 16 / 8) + 20 * (at / 128)).collect();
/// let blocks = Image::new(16, 16, WINDOWED, samples).expect("valid image");
/// assert_eq!(phantom_limit_engine::metric::blocking(&blocks), 1.0);
/// ```
#[must_use]
pub fn blocking(image: &Image) -> f64 {
    let index = |phases: Phases, length: usize| {
        let (border, inside) = (phases[0], phases[1..].iter().sum::<f64>() / (BLOCK - 1) as f64);
        let defined = length > BLOCK && border + inside > 0.0;
        if defined { (border - inside) / (border + inside) } else { 0.0 }
    };
    let [across, down] = directions(image);
    0.5 * (index(across, image.columns()) + index(down, image.rows()))
}

/// Where an image of unknown history has block borders: row and column, each below 8, at which
/// a block begins. `None` if no place of the grid stands out in both directions.
///
/// A place stands out if its mean difference lies above the mean of the other seven by eight of
/// their standard deviations and by a fiftieth of their mean. Images
/// cut after compression have a grid elsewhere than at the corner; those that were rescaled or
/// compressed mildly have none that is found; an object with edges exactly every 8 pixels is
/// taken for one.
#[must_use]
pub fn block_grid(image: &Image) -> Option<[usize; 2]> {
    let [across, down] = directions(image);
    Some([outstanding(down)?, outstanding(across)?])
}

/// Standard deviations: under the t distribution with 6 degrees of freedom 1 image in 10⁶
/// passes in both directions by chance (8 places each, P(t > 8) = 10⁻⁴).
const OUTSTANDING: f64 = 8.0;

/// Noiseless images have next to no deviation: a border must matter, too.
const LEAST_EXCESS: f64 = 0.02;

fn outstanding(phases: Phases) -> Option<usize> {
    let (place, &highest) = phases.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    let others = || phases.iter().enumerate().filter(|&(at, _)| at != place).map(|(_, v)| *v);
    let mean = others().sum::<f64>() / (BLOCK - 1) as f64;
    let variance = others().map(|value| (value - mean).powi(2)).sum::<f64>() / (BLOCK - 2) as f64;
    let excess = highest - mean;
    let stands_out = excess > OUTSTANDING * variance.sqrt() && excess > LEAST_EXCESS * mean;
    stands_out.then_some(place)
}

/// A difference counts at most this many times the mean of its direction: the outlines of
/// objects are no blocks, and outweigh them otherwise.
const MOST: f64 = 3.0;

/// Differences along the rows and down the columns.
fn directions(image: &Image) -> [Phases; 2] {
    let (samples, columns) = (image.samples(), image.columns());
    // The border between the first two pixels of a line has place 1.
    let across = || {
        samples.chunks_exact(columns).flat_map(|line| {
            let pairs = line.windows(2).enumerate();
            pairs.map(|(number, pair)| ((number + 1) % BLOCK, pair[0].abs_diff(pair[1])))
        })
    };
    let down = || {
        samples.windows(2 * columns).step_by(columns).enumerate().flat_map(|(number, pair)| {
            let (upper, lower) = pair.split_at(columns);
            let pairs = upper.iter().zip(lower);
            pairs.map(move |(a, b)| ((number + 1) % BLOCK, a.abs_diff(*b)))
        })
    };
    [phases(across), phases(down)]
}

/// Means of differences that come with their places.
fn phases<I: Iterator<Item = (usize, u16)>>(differences: impl Fn() -> I) -> Phases {
    let (sum, count) =
        differences().fold((0_u64, 0_u64), |(sum, n), (_, d)| (sum + u64::from(d), n + 1));
    let most = (MOST * sum as f64 / count.max(1) as f64).ceil() as u64;
    let (mut sums, mut counts) = ([0_u64; BLOCK], [0_u64; BLOCK]);
    for (place, difference) in differences() {
        sums[place] += u64::from(difference).min(most);
        counts[place] += 1;
    }
    std::array::from_fn(|place| sums[place] as f64 / counts[place].max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::WINDOWED;

    fn image(rows: usize, columns: usize, value: impl Fn(usize, usize) -> usize) -> Image {
        let samples = (0..rows * columns).map(|at| value(at / columns, at % columns) as u16);
        Image::new(rows, columns, WINDOWED, samples.collect()).expect("valid image")
    }

    #[test]
    fn a_ramp_has_no_grid() {
        let ramp = image(40, 50, |row, column| row + 2 * column);
        assert_eq!(blocking(&ramp), 0.0);
        assert_eq!(block_grid(&ramp), None);
    }

    #[test]
    fn steps_on_borders_count_against_the_slope_inside() {
        // Along the rows: 1 inside, 1 + 2 on borders: (3 − 1)/(3 + 1). Down: nothing.
        let steps = image(24, 40, |_, column| column + 2 * (column / 8));
        assert!((blocking(&steps) - 0.25).abs() < 1e-12, "{}", blocking(&steps));
    }

    #[test]
    fn a_grid_is_found_where_it_is() {
        // Blocks of a chessboard with one row of 3 and a column of 5 cut off, under a texture.
        let cut = image(64, 80, |row, column| {
            let (row, column) = (row + 3, column + 5);
            20 * ((row / 8 + column / 8) % 2) + (row * 7 + column * 13 + row * column) % 11
        });
        assert_eq!(block_grid(&cut), Some([5, 3]));
    }

    #[test]
    fn images_below_a_block_have_no_blocking() {
        assert_eq!(blocking(&image(8, 8, |row, column| row * column)), 0.0);
        assert_eq!(blocking(&image(1, 1, |_, _| 7)), 0.0);
        assert_eq!(block_grid(&image(1, 1, |_, _| 7)), None);
    }
}
