//! Coefficients as images: the same from a file as from its decoder, and decoded in part.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use phantom_limit_engine::codec::{CodecError, CodecName, Target, codec, dct_image, partial_image};
use phantom_limit_engine::image::{Image, SampleFormat, WINDOWED, ZERO};

const TWELVE: SampleFormat = SampleFormat { bits_stored: 12, bits_allocated: 16 };

/// One block of 8 bits.
fn block() -> Image {
    let value = |at: usize| {
        let (y, x) = (at / 8, at % 8);
        ((y * 37 + x * 91 + y * x * 13) % 200 + 20) as u16
    };
    Image::new(8, 8, WINDOWED, (0..64).map(value).collect()).unwrap()
}

/// scipy 1.17.1: `c = rint(dctn(p - 128., norm='ortho'))`, then
/// `floor(idctn(c[:n, :n], norm='ortho') * n / 8 + 128.5)`.
#[test]
fn the_lowest_frequencies_make_a_smaller_block() {
    let coefficients = dct_image(&block()).unwrap();
    let four = [81, 150, 121, 120, 124, 110, 123, 127, 161, 128, 99, 85, 94, 93, 151, 119];
    for (edge, expected) in [(4, &four[..]), (2, &[118, 121, 119, 114]), (1, &[118])] {
        let image = partial_image(&coefficients, edge, WINDOWED).unwrap();
        assert_eq!((image.rows(), image.columns()), (edge, edge));
        assert_eq!(image.samples(), expected, "{edge}");
    }
    // All of them are the block again, but for the rounding of each coefficient.
    let whole = partial_image(&coefficients, 8, WINDOWED).unwrap();
    let pairs = whole.samples().iter().zip(block().samples().to_vec());
    assert!(pairs.into_iter().all(|(&a, b)| a.abs_diff(b) <= 1));
}

#[test]
fn files_give_their_coefficients_and_decoders_the_pixels_of_these() {
    // Not of whole blocks.
    let value = |at: usize| 1200 + 30 * (at / 45) + 21 * (at % 45) + at * at % 61;
    let values = (0..52 * 45).map(|at| value(at) as u16);
    let image = Image::new(52, 45, TWELVE, values.collect()).unwrap();
    let jpeg12 = codec(CodecName::Jpeg12);
    let encoded = jpeg12.encode_ladder(&image, TWELVE, &[Target::Quality(40.0)]).unwrap().remove(0);
    let coefficients = jpeg12.coefficients(&encoded.bytes).unwrap();
    assert_eq!((coefficients.rows(), coefficients.columns()), (56, 48));
    // The steps of quality 40 leave most of them 0, of the image before hardly any.
    let zeros = |image: &Image| image.samples().iter().filter(|&&value| value == ZERO).count();
    assert!(zeros(&coefficients) > 10 * zeros(&dct_image(&image).unwrap()));
    let decoded = jpeg12.decode(&encoded.bytes, TWELVE).unwrap();
    let ours = partial_image(&coefficients, 8, TWELVE).unwrap();
    for (row, line) in decoded.samples().chunks_exact(45).enumerate() {
        let same = &ours.samples()[row * 48..row * 48 + 45];
        assert!(line.iter().zip(same).all(|(a, b)| a.abs_diff(*b) <= 1), "row {row}");
    }
}

#[test]
fn others_store_none() {
    let lossless = codec(CodecName::Lossless);
    let error = lossless.coefficients(b"").unwrap_err();
    assert_eq!(error, CodecError::NoCoefficients(CodecName::Lossless));
    assert!(codec(CodecName::Jpeg).coefficients(b"no JPEG").is_err());
}
