//! Quantisation tables and the order of coefficients in a file.

use super::block::Block;

/// Places of the coefficients of a file in a block, in the order of the file (ITU-T T.81,
/// figure A.6).
#[rustfmt::skip]
pub(super) const ZIGZAG: Block<u8> = [
     0,  1,  8, 16,  9,  2,  3, 10,
    17, 24, 32, 25, 18, 11,  4,  5,
    12, 19, 26, 33, 40, 48, 41, 34,
    27, 20, 13,  6,  7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36,
    29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46,
    53, 60, 61, 54, 47, 55, 62, 63,
];

/// The quality with the coarsest steps that is taken: 5000 times those of the table.
pub(in super::super) const LOWEST_QUALITY: f64 = 0.01;

/// The quality at which every step is 1.
pub(in super::super) const HIGHEST_QUALITY: f64 = 100.0;

/// The quantisation step of every coefficient, each at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct QuantisationTable(pub(in super::super) Block<u16>);

impl QuantisationTable {
    /// The steps of a table times S/100, rounded, where S = 5000/quality below 50, rounded down as libjpeg
    /// does, and 200 − 2 quality from 50 on. libjpeg knows whole qualities from 1; the formula
    /// is the same for all.
    ///
    /// `precision` is that of the samples: with 8 bits a step is at most 255, with 12 at most
    /// 65535 (ITU-T T.81 B.2.4.1).
    pub(in super::super) fn of_quality(steps: &Block<u16>, quality: f64, precision: u8) -> Self {
        // Division leaves whole numbers just below themselves.
        const NEARLY: f64 = 1e-6;
        let percent = if quality < 50.0 {
            (5000.0 / quality + NEARLY).floor()
        } else {
            200.0 - 2.0 * quality
        };
        let largest = if precision == 8 { 255.0 } else { 65_535.0 };
        Self(steps.map(|step| {
            let scaled = ((f64::from(step) * percent + 50.0) / 100.0).floor();
            scaled.clamp(1.0, largest) as u16
        }))
    }

    /// True if a step needs 16 bits in a file.
    pub(super) fn is_wide(&self) -> bool {
        self.0.iter().any(|&step| step > 255)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::JpegTables;

    #[test]
    fn the_order_visits_every_coefficient_along_the_diagonals() {
        let mut seen = ZIGZAG.to_vec();
        seen.sort_unstable();
        assert!(seen.iter().zip(0..).all(|(&place, number)| place == number));
        let diagonals: Vec<u8> = ZIGZAG.iter().map(|place| place / 8 + place % 8).collect();
        assert!(diagonals.is_sorted());
    }

    #[test]
    fn steps_are_those_of_libjpeg() {
        // Pillow 12.3.0 (libjpeg-turbo): Image.open(file saved with quality=q).quantization[0],
        // natural order; first row. scripts/check-codecs compares all entries at 1 to 100.
        let expected: [(f64, [u16; 8]); 4] = [
            (10.0, [80, 55, 50, 80, 120, 200, 255, 255]),
            (30.0, [27, 18, 17, 27, 40, 66, 85, 101]),
            (75.0, [8, 6, 5, 8, 12, 20, 26, 31]),
            (100.0, [1; 8]),
        ];
        for (quality, steps) in expected {
            let table = QuantisationTable::of_quality(&JpegTables::AnnexK.steps(), quality, 8);
            assert_eq!(table.0[..8], steps, "{quality}");
        }
    }

    #[test]
    fn steps_of_twelve_bits_go_on_above_255() {
        // 5000/3 = 1666.67: 16 · 16.66 = 266.56, 11 · 16.66 = 183.26.
        let table = QuantisationTable::of_quality(&JpegTables::AnnexK.steps(), 3.0, 12);
        assert_eq!(table.0[..2], [267, 183]);
        assert!(table.is_wide());
        // 5000/0.01 = 500 000 %: 16 · 5000 is above 65535.
        let coarsest =
            QuantisationTable::of_quality(&JpegTables::AnnexK.steps(), LOWEST_QUALITY, 12);
        assert_eq!(coarsest.0[..3], [65_535, 55_000, 50_000]);
        assert_eq!(
            QuantisationTable::of_quality(&JpegTables::AnnexK.steps(), HIGHEST_QUALITY, 12).0,
            [1; 64]
        );
    }
}
