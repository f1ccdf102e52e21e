//! A study's arms: the usual ones, and those of codecs that the user chooses.

use phantom_limit::codec::CodecName::{self, Htj2k, Jpeg, Jpeg12, Jpeg2000, Lossless};
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
fn plans_of_the_usual_arms_keep_their_bytes() {
    let usual = plan(None, &[Native, Windowed]).expect("arms");
    assert!(!serde_json::to_string(&usual).expect("JSON").contains("native_jpeg"));
    let named = plan(Some(&[Jpeg]), &[Native, Windowed]).expect("arms");
    let read: Plan = serde_json::from_str(&serde_json::to_string(&named).expect("JSON")).unwrap();
    assert_eq!(read, named);
}
