//! Noise from single uniforms: the normal and the Poisson quantile function, so that images
//! of a pair share their noise pixel by pixel.

use crate::rng::{Purpose, Stream, StreamKey};

/// Mean below which Poisson counts are found by summing probabilities.
const SUMMED: f64 = 24.0;

/// The noise stream of a pixel row.
pub(super) fn row_stream(seed: u64, case: u64, row: usize) -> Stream {
    StreamKey { seed, purpose: Purpose::Noise, case, part: row as u64 }.open()
}

/// Quantile of the standard normal distribution at `probability` in (0, 1): algorithm AS 241,
/// PPND16 (Wichura 1988), relative error about 1e-16.
#[must_use]
pub fn normal_quantile(probability: f64) -> f64 {
    fn ratio(r: f64, above: [f64; 8], below: [f64; 7]) -> f64 {
        let above = above.iter().fold(0.0, |sum, coefficient| sum * r + coefficient);
        let below = below.iter().fold(0.0, |sum, coefficient| sum * r + coefficient);
        above / (below * r + 1.0)
    }
    let q = probability - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * ratio(
            r,
            [
                2_509.080_928_730_122_7,
                33_430.575_583_588_13,
                67_265.770_927_008_7,
                45_921.953_931_549_87,
                13_731.693_765_509_46,
                1_971.590_950_306_551_3,
                133.141_667_891_784_38,
                3.387_132_872_796_366_5,
            ],
            [
                5_226.495_278_852_854,
                28_729.085_735_721_943,
                39_307.895_800_092_71,
                21_213.794_301_586_597,
                5_394.196_021_424_751,
                687.187_007_492_057_9,
                42.313_330_701_600_91,
            ],
        );
    }
    let tail = if q < 0.0 { probability } else { 1.0 - probability };
    let r = (-libm::log(tail.max(f64::MIN_POSITIVE))).sqrt();
    let value = if r <= 5.0 {
        ratio(
            r - 1.6,
            [
                7.745_450_142_783_414e-4,
                0.022_723_844_989_269_184,
                0.241_780_725_177_450_6,
                1.270_458_252_452_368_4,
                3.647_848_324_763_204_5,
                5.769_497_221_460_691,
                4.630_337_846_156_546,
                1.423_437_110_749_683_5,
            ],
            [
                1.050_750_071_644_416_9e-9,
                5.475_938_084_995_345e-4,
                0.015_198_666_563_616_457,
                0.148_103_976_427_480_08,
                0.689_767_334_985_1,
                1.676_384_830_183_803_8,
                2.053_191_626_637_759,
            ],
        )
    } else {
        ratio(
            r - 5.0,
            [
                2.010_334_399_292_288_1e-7,
                2.711_555_568_743_487_6e-5,
                0.001_242_660_947_388_078_4,
                0.026_532_189_526_576_124,
                0.296_560_571_828_504_87,
                1.784_826_539_917_291_3,
                5.463_784_911_164_114,
                6.657_904_643_501_103,
            ],
            [
                2.044_263_103_389_939_8e-15,
                1.421_511_758_316_446e-7,
                1.846_318_317_510_054_8e-5,
                7.868_691_311_456_133e-4,
                0.014_875_361_290_850_615,
                0.136_929_880_922_735_8,
                0.599_832_206_555_888,
            ],
        )
    };
    if q < 0.0 { -value } else { value }
}

/// The Poisson count of this mean at a uniform in [0, 1): the smallest count whose cumulative
/// probability is above the uniform.
///
/// From a mean of 24 on, Giles's normal expansion of the quantile (2016, algorithm 955,
/// Q̃_N3), floored: it differs from the exact count where the uniform lies within about 1e-4 of a
/// step, by one.
#[must_use]
pub fn poisson(mean: f64, uniform: f64) -> f64 {
    if mean <= 0.0 {
        return 0.0;
    }
    if mean < SUMMED {
        let mut probability = libm::exp(-mean);
        let mut left = uniform - probability;
        let mut count = 0.0;
        // Past the last representable probability nothing more is added.
        while left >= 0.0 && probability > 0.0 {
            count += 1.0;
            probability *= mean / count;
            left -= probability;
        }
        return count;
    }
    // The middle of the 53-bit step, so that neither 0 nor 1 occurs.
    let w = normal_quantile(uniform + 0.5 / 9_007_199_254_740_992.0);
    let root = mean.sqrt();
    let squared = w * w;
    let quantile = mean + root * w + (1.0 / 3.0 + squared / 6.0)
        - w * (1.0 / 36.0 + squared / 72.0) / root
        + (-8.0 / 405.0 + squared * (7.0 / 810.0 + squared / 270.0)) / mean;
    quantile.floor().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_quantiles_agree_with_scipy() {
        // scipy.stats.norm.ppf
        for (probability, expected) in [
            (0.5, 0.0),
            (0.6, 0.253_347_103_135_799_7),
            (0.975, 1.959_963_984_540_054),
            (0.001, -3.090_232_306_167_813_5),
            (1e-15, -7.941_345_326_170_998),
        ] {
            let found = normal_quantile(probability);
            assert!((found - expected).abs() < 1e-13, "{probability}: {found}");
        }
    }

    #[test]
    fn poisson_quantiles_agree_with_scipy() {
        // scipy.stats.poisson.ppf
        for (mean, uniform, expected) in [
            (0.5, 0.3, 0.0),
            (0.5, 0.7, 1.0),
            (5.0, 0.5, 5.0),
            (20.0, 0.99, 31.0),
            (24.0, 0.01, 13.0),
            (100.0, 0.5, 100.0),
            (100.0, 0.001, 71.0),
            (1000.0, 0.9, 1041.0),
            (1e6, 0.2, 999_158.0),
        ] {
            assert_eq!(poisson(mean, uniform), expected, "mean {mean} at {uniform}");
        }
        assert_eq!(poisson(0.0, 0.9), 0.0);
    }
}
