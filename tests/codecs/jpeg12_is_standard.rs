//! 12-bit JPEG files of others are read as they read them, and ours have the same bytes on every
//! machine. `scripts/check-codecs` has others read ours.

use phantom_limit_engine::codec::{CodecName, Coefficients, Target, codec};
use phantom_limit_engine::image::{Image, SampleFormat, WINDOWED};
use sha2::{Digest, Sha256};

const TWELVE: SampleFormat = SampleFormat { bits_stored: 12, bits_allocated: 16 };

/// Decoders round the inverse transform each in its own way.
const ROUNDING: u16 = 1;

/// Made by whole-number arithmetic, so that Python makes the same:
/// `r, c = numpy.mgrid[:19, :27]; 2000 + 60*((r*c) % 29) - 40*((3*r + c) % 17)`.
fn pixels() -> Vec<u16> {
    let value = |r: u16, c: u16| 2000 + 60 * ((r * c) % 29) - 40 * ((3 * r + c) % 17);
    (0..19).flat_map(|r| (0..27).map(move |c| value(r, c))).collect()
}

#[test]
fn files_of_others_are_read_as_they_read_them() {
    // libjpeg-turbo 3.1.3 by imagecodecs 2026.3.6: `jpeg8_encode(pixels, level=75,
    // bitspersample=12)` and its `jpeg8_decode`; DCMTK 3.6.7: `dcmcjpeg +ee +q 90 +bt`, the frame
    // with its padding, and `dcmdjpeg`.
    let files: [(&str, &[u8], &[u8]); 2] = [
        (
            "libjpeg-turbo",
            include_bytes!("../files/libjpeg12.jpg"),
            include_bytes!("../files/libjpeg12.raw"),
        ),
        ("DCMTK", include_bytes!("../files/dcmtk12.jpg"), include_bytes!("../files/dcmtk12.raw")),
    ];
    for (name, file, raw) in files {
        let image = codec(CodecName::Jpeg12).decode(file, TWELVE).expect(name);
        assert_eq!((image.rows(), image.columns()), (19, 27), "{name}");
        let theirs = raw.chunks_exact(2).map(|word| u16::from_le_bytes([word[0], word[1]]));
        let apart = image.samples().iter().zip(theirs).map(|(&ours, theirs)| ours.abs_diff(theirs));
        assert!(apart.max() <= Some(ROUNDING), "{name}");
    }
}

#[test]
fn bytes_and_pixels_are_the_same_on_every_machine() {
    // First six bytes of SHA-256 of file and pixels as this coder made them on x86-64; that they
    // are right is shown above and by scripts/check-codecs.
    let expected = [
        ["3287746129ab", "6678e8f176f6"],
        ["dfdef1958ac1", "10eeb1df9037"],
        ["641c7afbe32c", "767cf56dcc21"],
        ["2ea1f7ed59ea", "70f8078c0296"],
    ];
    let native = Image::new(19, 27, TWELVE, pixels()).expect("valid image");
    let eight = pixels().iter().map(|value| value >> 4).collect();
    let windowed = Image::new(19, 27, WINDOWED, eight).expect("valid image");
    let arms = [
        (CodecName::Jpeg12, &native, 0.3),
        (CodecName::Jpeg12, &native, 75.0),
        (CodecName::Jpeg12, &windowed, 90.0),
        (CodecName::Jpeg, &windowed, 60.0),
    ];
    for ((name, image, quality), hashes) in arms.into_iter().zip(expected) {
        let targets = [Target::Quality(quality)];
        let level = codec(name).encode_ladder(image, TWELVE, &targets).expect("possible").remove(0);
        let decoded = codec(name).decode(&level.bytes, image.format()).expect("its own file");
        let samples: Vec<u8> = decoded.samples().iter().flat_map(|v| v.to_le_bytes()).collect();
        let hash = |bytes: &[u8]| -> String {
            Sha256::digest(bytes)[..6].iter().map(|byte| format!("{byte:02x}")).collect()
        };
        assert_eq!([hash(&level.bytes), hash(&samples)], hashes, "{name} {quality}");
    }
}

#[test]
fn coefficients_are_those_of_the_file() {
    let native = Image::new(19, 27, TWELVE, pixels()).expect("valid image");
    let jpeg12 = codec(CodecName::Jpeg12);
    let level = &jpeg12.encode_ladder(&native, TWELVE, &[Target::Quality(100.0)]).unwrap()[0];
    let coefficients = Coefficients::read(CodecName::Jpeg12, &level.bytes).expect("its own file");
    assert_eq!((coefficients.rows(), coefficients.columns()), (19, 27));
    assert_eq!((coefficients.precision(), coefficients.quantisation()), (12, &[1; 64]));
    // ⌈19/8⌉ × ⌈27/8⌉ blocks.
    assert_eq!(coefficients.blocks().len(), 3 * 4);
    // T.81 A.3.3: the first coefficient is an eighth of the sum of samples minus 2048.
    let corner = (0..8).flat_map(|r| (0..8).map(move |c| (r, c)));
    let sum: i32 = corner.map(|(r, c)| i32::from(native.at(r, c)) - 2048).sum();
    let first = f64::from(coefficients.blocks()[0][0]);
    assert!((first - f64::from(sum) / 8.0).abs() <= 0.5, "{first}");
}
