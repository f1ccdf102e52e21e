//! JPEG-LS and lossless JPEG of other programs come back sample by sample, and damaged ones give
//! an error. `tests/files/make_codestreams.py` makes the files.

use std::time::{Duration, Instant};

use phantom_limit_engine::codec::{Plane, PlaneCoding};
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

/// The samples of `make_codestreams.py`.
fn samples() -> Vec<u16> {
    let value = |r: u16, c: u16| (37 * r * c) % 3000 * u16::from(c >= 8);
    (0..16).flat_map(|r| (0..24).map(move |c| value(r, c))).collect()
}

fn read(coding: PlaneCoding, file: &[u8]) -> Plane {
    let plane = Plane::read(coding, file).expect("a good file");
    assert_eq!((plane.rows, plane.columns, plane.signed), (16, 24, false));
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
            assert!(Plane::read(coding, &file[..length]).is_err(), "{length} bytes");
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
            drop(Plane::read(coding, &mutated));
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
        for size in [[0xFF, 0xFF, 4, 0], [0xFF, 0xFF, 0xFF, 0xFF]] {
            let mut claimed = file.to_vec();
            claimed[frame..frame + 4].copy_from_slice(&size);
            assert!(Plane::read(coding, &claimed).is_err());
        }
    }
}
