//! Resampling as the programs do it that models are trained with; each kernel says whose it is.
//!
//! All kernels are separable: a row of weights for each pixel of the result, first along the rows
//! of the image, then along its columns. Pixel centres are at half-integers and corners align with
//! corners (`align_corners=False`).

use serde::{Deserialize, Serialize};

/// How an image is resampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kernel {
    /// The pixel at ⌊i · scale⌋: PyTorch `nearest`, OpenCV `INTER_NEAREST`.
    Nearest,
    /// The pixel at ⌊(i + 0.5) · scale⌋: PyTorch `nearest-exact`, PIL `NEAREST`.
    NearestExact,
    /// Two neighbours along each axis, however much the image shrinks: PyTorch `bilinear`, OpenCV
    /// `INTER_LINEAR`.
    Bilinear,
    /// A triangle as wide as the pixels of the result: PIL `BILINEAR`, PyTorch and torchvision
    /// `bilinear` with `antialias=True`.
    BilinearAntialias,
    /// Keys (1981) with a = −0.75: PyTorch `bicubic`, OpenCV `INTER_CUBIC`.
    Bicubic,
    /// Keys (1981) with a = −0.5, as wide as the pixels of the result: PIL `BICUBIC`, PyTorch and
    /// torchvision `bicubic` with `antialias=True`.
    BicubicAntialias,
    /// sinc(x) sinc(x/3), as wide as the pixels of the result: PIL `LANCZOS`.
    LanczosAntialias,
    /// The mean of the pixels ⌊i · scale⌋ to ⌈(i + 1) · scale⌉: PyTorch `area` and adaptive mean
    /// pooling, OpenCV `INTER_AREA` where the scale is whole.
    Area,
}

/// Weights of the pixels from `first` on.
struct Tap {
    first: usize,
    weights: Vec<f64>,
}

/// The weighted sum of values.
type Sum = fn(&Tap, &dyn Fn(usize) -> f64) -> f64;

impl Kernel {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Nearest,
        Self::NearestExact,
        Self::Bilinear,
        Self::BilinearAntialias,
        Self::Bicubic,
        Self::BicubicAntialias,
        Self::LanczosAntialias,
        Self::Area,
    ];

    /// The name in model files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::NearestExact => "nearest-exact",
            Self::Bilinear => "bilinear",
            Self::BilinearAntialias => "bilinear-antialias",
            Self::Bicubic => "bicubic",
            Self::BicubicAntialias => "bicubic-antialias",
            Self::LanczosAntialias => "lanczos-antialias",
            Self::Area => "area",
        }
    }

    /// Which tools resample like this.
    #[must_use]
    pub fn same_as(self) -> &'static str {
        match self {
            Self::Nearest => "PyTorch nearest, OpenCV INTER_NEAREST",
            Self::NearestExact => "PIL NEAREST, PyTorch nearest-exact",
            Self::Bilinear => "PyTorch bilinear, OpenCV INTER_LINEAR",
            Self::BilinearAntialias => "PIL and torchvision BILINEAR",
            Self::Bicubic => "PyTorch bicubic, OpenCV INTER_CUBIC",
            Self::BicubicAntialias => "PIL and torchvision BICUBIC",
            Self::LanczosAntialias => "PIL LANCZOS",
            Self::Area => "PyTorch area",
        }
    }

    /// Whether it widens where the image shrinks.
    #[must_use]
    pub fn has_antialias(self) -> bool {
        matches!(self, Self::BilinearAntialias | Self::BicubicAntialias | Self::LanczosAntialias)
    }

    /// Resamples rows × columns `values` to `size`; each pass is rounded to 0 to 255 with weights
    /// of 22 bits behind the point if `eight_bit` (PIL's `Resample.c`).
    ///
    /// # Panics
    /// If a side is 0 or the values do not fill the image.
    #[must_use]
    pub fn resample(
        self,
        values: &[f64],
        [rows, columns]: [usize; 2],
        size: [usize; 2],
        eight_bit: bool,
    ) -> Vec<f64> {
        assert!(rows * columns > 0 && size[0] * size[1] > 0, "sides are above 0");
        assert_eq!(values.len(), rows * columns, "values fill the image");
        let sum: Sum = if eight_bit { fixed_point } else { floating_point };
        let across = self.taps(columns, size[1]);
        let mut narrow = Vec::with_capacity(rows * size[1]);
        for row in values.chunks_exact(columns) {
            narrow.extend(across.iter().map(|tap| sum(tap, &|at| row[at])));
        }
        let mut result = Vec::with_capacity(size[0] * size[1]);
        for tap in self.taps(rows, size[0]) {
            let column = |column: usize| sum(&tap, &|row| narrow[row * size[1] + column]);
            result.extend((0..size[1]).map(column));
        }
        result
    }

    /// The weights of each pixel of the result along one axis.
    fn taps(self, from: usize, to: usize) -> Vec<Tap> {
        let scale = from as f64 / to as f64;
        (0..to).map(|at| self.tap(at, scale, from, to)).collect()
    }

    fn tap(self, at: usize, scale: f64, from: usize, to: usize) -> Tap {
        let last = from - 1;
        let only = |place: f64| Tap { first: (place as usize).min(last), weights: vec![1.0] };
        let center = (at as f64 + 0.5) * scale;
        match self {
            // PyTorch computes these places in single precision.
            Self::Nearest => only(f64::from((at as f32 * (from as f32 / to as f32)).floor())),
            Self::NearestExact => {
                only(f64::from(((at as f32 + 0.5) * (from as f32 / to as f32)).floor()))
            }
            Self::Bilinear => {
                let place = (center - 0.5).max(0.0);
                let first = (place as usize).min(last);
                let share = if first == last { 0.0 } else { place - first as f64 };
                let weights = if share == 0.0 { vec![1.0] } else { vec![1.0 - share, share] };
                Tap { first, weights }
            }
            Self::Bicubic => {
                let place = center - 0.5;
                let floor = place.floor();
                let four = [-1.0, 0.0, 1.0, 2.0].map(|step| {
                    let at = (floor + step).clamp(0.0, last as f64) as usize;
                    (at, keys(place - floor - step, -0.75))
                });
                let (first, end) = (four[0].0, four[3].0);
                let mut weights = vec![0.0; end - first + 1];
                for (at, weight) in four {
                    weights[at - first] += weight;
                }
                Tap { first, weights }
            }
            Self::BilinearAntialias => {
                antialiased(center, scale, from, 1.0, |x| (1.0 - x.abs()).max(0.0))
            }
            Self::BicubicAntialias => antialiased(center, scale, from, 2.0, |x| keys(x, -0.5)),
            Self::LanczosAntialias => {
                antialiased(center, scale, from, 3.0, |x| sinc(x) * sinc(x / 3.0))
            }
            Self::Area => {
                let first = at * from / to;
                let count = ((at + 1) * from).div_ceil(to) - first;
                Tap { first, weights: vec![1.0 / count as f64; count] }
            }
        }
    }
}

/// Weights of a filter of half-width `support`, widened by the scale where that is above 1.
fn antialiased(
    center: f64,
    scale: f64,
    from: usize,
    support: f64,
    filter: impl Fn(f64) -> f64,
) -> Tap {
    let widened = scale.max(1.0);
    let reach = support * widened;
    let first = (center - reach + 0.5).max(0.0) as usize;
    let end = ((center + reach + 0.5) as usize).min(from);
    let mut weights: Vec<f64> =
        (first..end).map(|at| filter((at as f64 - center + 0.5) / widened)).collect();
    let total: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= total);
    Tap { first, weights }
}

/// Cubic convolution (Keys, 1981, IEEE Trans. ASSP 29:1153, equation 15).
fn keys(x: f64, a: f64) -> f64 {
    let x = x.abs();
    if x < 1.0 {
        ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * a
    } else {
        0.0
    }
}

/// sin(πx)/(πx) within ±3, else 0.
fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else if x.abs() >= 3.0 {
        0.0
    } else {
        let angle = std::f64::consts::PI * x;
        libm::sin(angle) / angle
    }
}

fn floating_point(tap: &Tap, value: &dyn Fn(usize) -> f64) -> f64 {
    tap.weights.iter().enumerate().map(|(step, weight)| weight * value(tap.first + step)).sum()
}

/// Weights of 22 bits behind the point, the sum rounded to a whole number of 8 bits.
fn fixed_point(tap: &Tap, value: &dyn Fn(usize) -> f64) -> f64 {
    const ONE: f64 = (1_u32 << 22) as f64;
    let terms = tap.weights.iter().enumerate().map(|(step, weight)| {
        let scaled = weight * ONE;
        let weight = (if scaled < 0.0 { scaled - 0.5 } else { scaled + 0.5 }) as i64;
        weight * value(tap.first + step).clamp(0.0, 255.0) as i64
    });
    let sum = terms.sum::<i64>() + (1 << 21);
    (sum >> 22).clamp(0, 255) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What PyTorch 2.15.0 and Pillow 13.0.0 give, by `scripts/model_reference.py`.
    const REFERENCE: &str = include_str!("../../tests/model/kernels.txt");

    /// The image that the script resamples.
    fn image() -> Vec<f64> {
        let value = |at: usize| {
            let (row, column) = (at / 7, at % 7);
            (row * row * 37 + column * 91 + row * column * 53) % 256
        };
        (0..35).map(|at| value(at) as f64).collect()
    }

    #[test]
    fn every_kernel_gives_the_numbers_of_its_tools() {
        use Kernel::{
            Area, Bicubic, BicubicAntialias, Bilinear, BilinearAntialias, LanczosAntialias,
            Nearest, NearestExact,
        };
        let named = [
            ("nearest", Nearest, false),
            ("nearest-exact", NearestExact, false),
            ("PIL nearest", NearestExact, false),
            ("bilinear", Bilinear, false),
            ("bicubic", Bicubic, false),
            ("area", Area, false),
            ("bilinear-antialias", BilinearAntialias, false),
            ("PIL bilinear F", BilinearAntialias, false),
            ("PIL bilinear 8 bits", BilinearAntialias, true),
            ("bicubic-antialias", BicubicAntialias, false),
            ("PIL bicubic F", BicubicAntialias, false),
            ("PIL bicubic 8 bits", BicubicAntialias, true),
            ("PIL lanczos F", LanczosAntialias, false),
            ("PIL lanczos 8 bits", LanczosAntialias, true),
        ];
        let mut lines = 0;
        for line in REFERENCE.lines() {
            let (size, rest) = line[1..].split_once(") ").unwrap();
            let (rows, columns) = size.split_once(", ").unwrap();
            let size = [rows, columns].map(|side| side.parse::<usize>().unwrap());
            let longest = named.iter().filter(|(name, ..)| rest.starts_with(&format!("{name} ")));
            let &(name, kernel, eight_bit) = longest.max_by_key(|(name, ..)| name.len()).unwrap();
            let expected: Vec<f64> =
                rest[name.len()..].split(',').map(|it| it.trim().parse().unwrap()).collect();
            let found = kernel.resample(&image(), [5, 7], size, eight_bit);
            assert_eq!(found.len(), expected.len(), "{line}");
            for (found, expected) in found.iter().zip(&expected) {
                // Four decimals are printed, and PIL's floats are single.
                let most = if eight_bit { 0.0 } else { 1.5e-4 };
                assert!((found - expected).abs() <= most, "{name} {size:?}: {found} {expected}");
            }
            lines += 1;
        }
        assert_eq!(lines, 2 * named.len());
    }

    #[test]
    fn an_image_of_the_same_size_stays() {
        for kernel in Kernel::ALL {
            let same = kernel.resample(&image(), [5, 7], [5, 7], false);
            let most = image().iter().zip(&same).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(most < 1e-9, "{}: {most}", kernel.name());
        }
    }
}
