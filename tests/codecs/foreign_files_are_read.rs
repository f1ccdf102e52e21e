//! JPEG-LS and lossless JPEG of other programs come back sample by sample, and damaged ones give
//! an error. `tests/files/make_codestreams.py` makes the files.

use std::time::{Duration, Instant};

use phantom_limit_engine::codec::{CodecName, Plane, PlaneCoding, Target, codec};
use phantom_limit_engine::image::{Image, SampleFormat};
use phantom_limit_engine::rng::{Purpose, StreamKey};

const CHARLS_12: &[u8] = include_bytes!("../files/charls12.jls");
const CHARLS_16: &[u8] = include_bytes!("../files/charls16.jls");
const CHARLS_8_NEAR_3: &[u8] = include_bytes!("../files/charls8near3.jls");
const DCMTK_12: [&[u8]; 7] = [
    include_bytes!("../files/dcmtk12p1.jpg"),
    include_bytes!("../files/dcmtk12p2.jpg"),
    include_bytes!("../files/dcmtk12p3.jpg"),
    include_bytes!("../files/dcmtk12p4.jpg"),
    include_bytes!("../files/dcmtk12p5.jpg"),
    include_bytes!("../files/dcmtk12p6.jpg"),
    include_bytes!("../files/dcmtk12p7.jpg"),
];
const DCMTK_12_SHIFT_2: &[u8] = include_bytes!("../files/dcmtk12p4shift2.jpg");

/// Rows and columns of the files.
const SIZE: [usize; 2] = [16, 24];

/// The samples of `make_codestreams.py`.
fn samples() -> Vec<u16> {
    let value = |r: u16, c: u16| (37 * r * c) % 3000 * u16::from(c >= 8);
    (0..16).flat_map(|r| (0..24).map(move |c| value(r, c))).collect()
}

fn read(coding: PlaneCoding, file: &[u8]) -> Plane {
    let plane = Plane::read(coding, file, SIZE).expect("a good file");
    assert_eq!(([plane.rows, plane.columns], plane.signed), (SIZE, false));
    plane
}

#[test]
fn jpeg_ls_without_loss_is_exact() {
    assert_eq!(read(PlaneCoding::JpegLs, CHARLS_12).samples, samples());
    let deep = read(PlaneCoding::JpegLs, CHARLS_16);
    assert_eq!(deep.precision, 16);
    assert!(deep.samples.iter().copied().eq(samples().into_iter().map(|sample| 20 * sample)));
}

#[test]
fn jpeg_ls_with_loss_is_what_charls_reads() {
    let plane = read(PlaneCoding::JpegLs, CHARLS_8_NEAR_3);
    assert_eq!(plane.precision, 8);
    let errors = plane.samples.iter().zip(samples()).map(|(&a, b)| a.abs_diff(b / 16));
    assert_eq!(errors.max(), Some(3));
    // imagecodecs 2026.3.6 (CharLS 2.4.3): jpegls_decode(file).sum().
    assert_eq!(plane.samples.iter().map(|&sample| u64::from(sample)).sum::<u64>(), 22_253);
}

#[test]
fn lossless_jpeg_is_exact_with_every_predictor() {
    for (file, predictor) in DCMTK_12.into_iter().zip(1..) {
        let plane = read(PlaneCoding::JpegLossless, file);
        assert_eq!(plane.precision, 12);
        assert_eq!(plane.samples, samples(), "predictor {predictor}");
    }
}

#[test]
fn a_point_transform_drops_low_bits_and_nothing_else() {
    // As DCMTK 3.6.7 and GDCM 3.0.21 read it.
    let plane = read(PlaneCoding::JpegLossless, DCMTK_12_SHIFT_2);
    assert!(plane.samples.iter().copied().eq(samples().into_iter().map(|sample| sample / 4 * 4)));
}

#[test]
fn damaged_files_are_errors_or_images() {
    const SLOWEST: Duration = Duration::from_secs(2);
    let files = [
        (PlaneCoding::JpegLs, CHARLS_12),
        (PlaneCoding::JpegLs, CHARLS_8_NEAR_3),
        (PlaneCoding::JpegLossless, DCMTK_12[3]),
    ];
    for (number, (coding, file)) in files.into_iter().enumerate() {
        for length in 0..file.len() - 1 {
            assert!(Plane::read(coding, &file[..length], SIZE).is_err(), "{length} bytes");
        }
        for part in 0..2000 {
            let key =
                StreamKey { seed: 5, purpose: Purpose::Simulation, case: number as u64, part };
            let mut stream = key.open();
            let mut mutated = file.to_vec();
            for _ in 0..1 + stream.below(4) {
                let at = stream.below(mutated.len() as u64) as usize;
                mutated[at] = stream.below(256) as u8;
            }
            let began = Instant::now();
            drop(Plane::read(coding, &mutated, SIZE));
            assert!(began.elapsed() < SLOWEST);
        }
    }
}

#[test]
fn claims_of_huge_images_cost_nothing() {
    // Rows and columns of the frame headers: 65535 × 1024 within the limit, or beyond it.
    for (coding, file, at) in
        [(PlaneCoding::JpegLs, CHARLS_12, 0xF7), (PlaneCoding::JpegLossless, DCMTK_12[0], 0xC3)]
    {
        let frame = file.windows(2).position(|pair| pair == [0xFF, at]).expect("a frame") + 5;
        for sides in [[0xFFFF_u16, 0x400], [0xFFFF, 0xFFFF]] {
            let mut claimed = file.to_vec();
            claimed[frame..frame + 4].copy_from_slice(&sides.map(u16::to_be_bytes).concat());
            // With a container that claims the same, or another size.
            for size in [sides.map(usize::from), SIZE] {
                assert!(Plane::read(coding, &claimed, size).is_err());
            }
        }
    }
}

#[test]
fn lengths_of_tile_parts_are_passed_over() {
    let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
    let image = Image::new(SIZE[0], SIZE[1], format, samples()).expect("an image");
    let mut encoded = codec(CodecName::Lossless)
        .encode_ladder(&image, format, &[Target::Lossless])
        .expect("a codestream");
    let mut codestream = encoded.remove(0).bytes;
    let known = Plane::read(PlaneCoding::Jpeg2000, &codestream, SIZE);
    assert_eq!(known.as_ref().map(|plane| &plane.samples), Ok(&samples()));
    // The only tile-part says that there are 255, their lengths are those of one: OpenJPEG 2.5.3
    // writes the other 254 beyond its table.
    let part = codestream.windows(4).position(|four| four == [0xFF, 0x90, 0, 10]).expect("a part");
    codestream[part + 11] = 255;
    let plain = Plane::read(PlaneCoding::Jpeg2000, &codestream, SIZE);
    let length = [0xFF, 0x55, 0, 9, 0, 0x50, 0, 0, 0, 0, 14];
    let hostile = [&codestream[..part], &length[..], &codestream[part..]].concat();
    assert_eq!(Plane::read(PlaneCoding::Jpeg2000, &hostile, SIZE), plain);
}
