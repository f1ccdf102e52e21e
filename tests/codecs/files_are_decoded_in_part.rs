//! Files decoded to their coefficients, to part of each block, and without their finest levels.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use phantom_limit_engine::codec::{
    CodecError, CodecName, Depth, Target, at_depth, codec, dct_image, partial_image,
};
use phantom_limit_engine::image::{Image, SampleFormat, WINDOWED, ZERO};
use phantom_limit_engine::units::Decibels;

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
    let coefficients = jpeg12.decode_to(&encoded.bytes, TWELVE, Depth::Coefficients).unwrap();
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

/// OpenJPEG's decoder against the transform here, of a file of nearly all bit-planes.
#[test]
fn jpeg_2000_without_its_finest_levels_is_the_band_below_them() {
    let jpeg2000 = codec(CodecName::Jpeg2000);
    for (rows, columns) in [(64, 96), (51, 45)] {
        let value = |at: usize| {
            let (row, column) = (at / columns, at % columns);
            let edge = if row > 20 && column > 17 { 900 } else { 0 };
            (300 + 25 * row + 7 * column + edge + at * at % 97) as u16
        };
        let image = Image::new(rows, columns, TWELVE, (0..rows * columns).map(value).collect());
        let image = image.unwrap();
        let nearly_all = [Target::Psnr(Decibels(75.0))];
        let file = jpeg2000.encode_ladder(&image, TWELVE, &nearly_all).unwrap().remove(0).bytes;
        for levels in 1..=3 {
            let depth = Depth::Reduced(levels);
            let read = jpeg2000.decode_to(&file, TWELVE, depth).unwrap();
            let ours = at_depth(&image, depth).unwrap();
            let edge = |extent: usize| extent.div_ceil(1 << levels);
            assert_eq!((read.rows(), read.columns()), (edge(rows), edge(columns)));
            assert_eq!((ours.rows(), ours.columns()), (read.rows(), read.columns()));
            let furthest = read.samples().iter().zip(ours.samples()).map(|(a, b)| a.abs_diff(*b));
            assert!(furthest.max().unwrap() <= 2, "{rows}×{columns}, {levels}");
        }
        assert!(jpeg2000.decode_to(&file, TWELVE, Depth::Reduced(20)).is_err());
    }
    // A constant stays, also of one row.
    let flat = Image::new(1, 9, TWELVE, vec![4095; 9]).unwrap();
    assert!(at_depth(&flat, Depth::Reduced(2)).unwrap().samples().iter().all(|&it| it == 4095));
}

#[test]
fn depths_that_files_do_not_have_are_refused() {
    for (name, depth) in [
        (CodecName::Lossless, Depth::Coefficients),
        (CodecName::Lossless, Depth::Reduced(1)),
        (CodecName::Jpeg2000, Depth::Blocks(4)),
        (CodecName::Jpeg, Depth::Reduced(1)),
        (CodecName::Jpeg12, Depth::Blocks(9)),
    ] {
        let codec = codec(name);
        assert!(!codec.decodes(depth));
        let image = Image::new(16, 16, TWELVE, vec![7; 256]).unwrap();
        let target = if name == CodecName::Lossless {
            Target::Lossless
        } else {
            Target::Psnr(Decibels(40.0))
        };
        let file = codec.encode_ladder(&image, TWELVE, &[target]).unwrap().remove(0).bytes;
        let error = codec.decode_to(&file, TWELVE, depth).unwrap_err();
        assert_eq!(error, CodecError::Depth { codec: name, depth });
    }
    // Bits of another image would be a range that the file does not have.
    let image = Image::new(16, 16, TWELVE, vec![7; 256]).unwrap();
    let jpeg = codec(CodecName::Jpeg);
    let file = jpeg.encode_ladder(&image, TWELVE, &[Target::Quality(50.0)]).unwrap().remove(0);
    let error = jpeg.decode_to(&file.bytes, TWELVE, Depth::Blocks(4)).unwrap_err();
    let (found, expected) = (8, 12);
    assert_eq!(error, CodecError::Precision { codec: CodecName::Jpeg, found, expected });
    assert!(jpeg.decode_to(b"no JPEG", WINDOWED, Depth::Coefficients).is_err());
}
