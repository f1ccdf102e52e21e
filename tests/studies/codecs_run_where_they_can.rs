//! A study's arms: the usual ones, and those of codecs that the user chooses.

use phantom_limit::codec::CodecName::{self, Htj2k, Jpeg, Jpeg12, Jpeg2000, Lossless};
use phantom_limit::codec::{JpegEncoder, JpegTables};
use phantom_limit::phantom::Phantom;
use phantom_limit::record::InputPath::{self, Native, Windowed};
use phantom_limit::study::{Changes, Plan, PlanError, Preset};

const SMALL: &str = include_str!("../phantom/small.toml");

fn plan(codecs: Option<&[CodecName]>, paths: &[InputPath]) -> Result<Plan, PlanError> {
    let phantom = Phantom::parse(SMALL, "small.toml").expect("a valid phantom");
    let changes = Changes {
        preset: Some(Preset::Smoke),
        codecs: codecs.map(<[_]>::to_vec),
        paths: Some(paths.to_vec()),
        ..Changes::default()
    };
    Plan::new(&phantom, SMALL, &changes, "portable")
}

fn arms(codecs: Option<&[CodecName]>) -> [Vec<CodecName>; 2] {
    let plan = plan(codecs, &[Native, Windowed]).expect("arms");
    [Native, Windowed].map(|path| plan.codecs_on(path).collect())
}

#[test]
fn the_usual_arms_are_jpeg_on_windowed_data_and_jpeg2000_on_both() {
    let [native, windowed] = arms(None);
    assert_eq!(native, [Jpeg2000, Lossless]);
    assert_eq!(windowed, [Jpeg, Jpeg2000, Lossless]);
}

#[test]
fn a_codec_that_is_named_runs_on_both_paths() {
    // 12 bits stored: 8-bit JPEG drops four.
    for codec in [Jpeg, Jpeg12, Jpeg2000] {
        assert_eq!(arms(Some(&[codec])), [[codec, Lossless], [codec, Lossless]]);
    }
}

#[test]
fn a_codec_that_cannot_run_is_an_error() {
    assert_eq!(plan(Some(&[Htj2k]), &[Native]).err(), Some(PlanError::Codec(Htj2k)));
    assert_eq!(plan(Some(&[]), &[Native]).err(), Some(PlanError::NoArm));
}

#[test]
fn plans_hold_tables_and_encoder_of_jpeg() {
    let phantom = Phantom::parse(SMALL, "small.toml").expect("a valid phantom");
    let plan = |codec, jpeg_tables, encoder| {
        let changes = Changes {
            preset: Some(Preset::Smoke),
            codecs: Some(vec![codec]),
            jpeg_tables,
            encoder,
            ..Changes::default()
        };
        Plan::new(&phantom, SMALL, &changes, "portable")
    };
    let flat = plan(Jpeg12, Some(JpegTables::Flat), None).expect("jpeg12 has tables");
    assert_eq!(flat.codec_versions["jpeg12"], "own sequential DCT coder 1 · tables flat");
    let other = plan(Jpeg, None, Some(JpegEncoder::JpegEncoder)).expect("jpeg has encoders");
    assert!(other.codec_versions["jpeg"].starts_with("jpeg-encoder 0.7.1 · image"));
    let own = plan(Jpeg12, Some(JpegTables::Own([7; 64])), None).expect("tables of one's own");
    assert!(own.codec_versions["jpeg12"].ends_with(&format!(" · tables 7{}", " 7".repeat(63))));
    for plan in [&flat, &other, &own] {
        let read: Plan = serde_json::from_str(&serde_json::to_string(plan).unwrap()).unwrap();
        assert_eq!(&read, plan);
        let asked = plan.changes(&phantom);
        assert_eq!(Plan::new(&phantom, SMALL, &asked, "portable").as_ref(), Ok(plan));
    }
    let usual = plan(Jpeg, Some(JpegTables::AnnexK), Some(JpegEncoder::Own)).expect("as usual");
    assert_eq!(Ok(usual), plan(Jpeg, None, None));
    let refused = plan(Jpeg12, None, Some(JpegEncoder::JpegEncoder)).expect_err("8 bits only");
    assert!(refused.to_string().starts_with("`encoder` belongs to jpeg, "), "{refused}");
    let refused = plan(Jpeg2000, Some(JpegTables::Flat), None).expect_err("no tables");
    assert!(refused.to_string().contains("add `codecs = [\"jpeg\"]`"), "{refused}");
}

#[test]
fn plans_of_the_usual_arms_keep_their_bytes() {
    let usual = plan(None, &[Native, Windowed]).expect("arms");
    let written = serde_json::to_string(&usual).expect("JSON");
    for key in ["native_jpeg", "jpeg_tables", "encoder"] {
        assert!(!written.contains(key), "{key}");
    }
    let named = plan(Some(&[Jpeg]), &[Native, Windowed]).expect("arms");
    let read: Plan = serde_json::from_str(&serde_json::to_string(&named).expect("JSON")).unwrap();
    assert_eq!(read, named);
}
