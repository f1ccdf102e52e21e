//! Every level cut from the layered stream is a complete JPEG 2000 file with the pixels that
//! its layers hold.

use crate::synthetic::{TWELVE, ellipses, windowed};
use phantom_limit_engine::codec::{CodecName, Encoded, Target, codec};
use phantom_limit_engine::image::Image;
use phantom_limit_engine::metric;
use phantom_limit_engine::units::CompressionRatio;
use sha2::{Digest, Sha256};

/// Descending, so that level i has i + 1 layers.
const RATIOS: [f64; 6] = [100.0, 50.0, 30.0, 20.0, 10.0, 5.0];

fn ladder(image: &Image) -> Vec<Encoded> {
    let targets = RATIOS.map(|ratio| Target::Ratio(CompressionRatio::stored(ratio)));
    codec(CodecName::Jpeg2000).encode_ladder(image, TWELVE, &targets).expect("possible")
}

fn images() -> [Image; 3] {
    let native = ellipses(512, 10.0, 2);
    [windowed(&native), native, ellipses(100, 10.0, 3)]
}

/// Samples of the first `layers` layers, all if 0.
fn samples(bytes: &[u8], layers: u32) -> Vec<i32> {
    let parameters = jpeg2k::DecodeParameters::new().layers(layers).strict(true);
    let image = jpeg2k::Image::from_bytes_with(bytes, parameters).expect("a codestream");
    image.components()[0].data().to_vec()
}

/// Layers that the COD segment declares (T.800 A.6.1).
fn layers(bytes: &[u8]) -> usize {
    let at = bytes.windows(2).position(|pair| pair == [0xFF, 0x52]).expect("a COD segment");
    usize::from(u16::from_be_bytes([bytes[at + 6], bytes[at + 7]]))
}

#[test]
fn a_cut_holds_the_layers_of_the_whole_stream() {
    for image in images() {
        let levels = ladder(&image);
        let whole = &levels[RATIOS.len() - 1].bytes;
        assert_eq!(layers(whole), RATIOS.len());
        for (level, number) in levels.iter().zip(1..) {
            let first = samples(whole, number);
            assert!(samples(&level.bytes, number) == first, "layer {number}");
            // Filled up with packets of one more layer, or with none.
            let more = layers(&level.bytes) - number as usize;
            assert!(more <= 1, "layer {number}");
            assert_eq!(samples(&level.bytes, 0) == first, more == 0, "layer {number}");
        }
    }
}

#[test]
fn quality_rises_with_the_bytes() {
    for image in images() {
        let psnr: Vec<f64> = ladder(&image)
            .iter()
            .map(|level| codec(CodecName::Jpeg2000).decode(&level.bytes, image.format()))
            .map(|decoded| metric::psnr_db(&image, &decoded.expect("complete")).expect("alike"))
            .collect();
        assert!(psnr.is_sorted_by(|low, high| low < high), "{psnr:?}");
    }
}

#[test]
fn an_independent_decoder_finds_the_same_pixels() {
    // Codestream length and the first six bytes of SHA-256 of the pixels that imagecodecs
    // 2026.3.6 (OpenJPEG 2.5.4) decoded: sha256(jpeg2k_decode(file).astype('<u2')). The decoder
    // of FFmpeg 8 (PyAV 18.1), which shares no code, differs by 1 stored unit in at most 1.3 %
    // of the pixels.
    let expected = [
        [(3929, "1f2c7726fe9b"), (7549, "0c36b4555c45"), (13078, "9db6dcd5b118")],
        [(3896, "d53122144d73"), (7855, "8fbe92422557"), (13094, "8506497e7ffb")],
        [(146, "4afcdde0abbd"), (300, "c8cfe7bd090a"), (497, "0215a441b686")],
    ];
    for (image, expected) in images().iter().zip(expected) {
        for (level, (bytes, hash)) in ladder(image).iter().zip(expected) {
            assert_eq!(level.bytes.len(), bytes);
            let decoded = codec(CodecName::Jpeg2000).decode(&level.bytes, image.format());
            let decoded = decoded.expect("complete");
            let pixels: Vec<u8> = decoded.samples().iter().flat_map(|s| s.to_le_bytes()).collect();
            let found: String =
                Sha256::digest(&pixels)[..6].iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(found, hash);
        }
    }
}
