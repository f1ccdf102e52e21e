//! `rescale`: what codecs restored is rescaled before anybody reads it; the lossless null is not, the
//! files are the same, and every label says it.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::study_fakes::{SMALL, changes, plan, run};
use phantom_limit::codec::CodecName;
use phantom_limit::phantom::Phantom;
use phantom_limit::record::Results;
use phantom_limit::report::{self, Ink};
use phantom_limit::study::{Changes, Plan};

fn studied(rescale: Option<&str>) -> Results {
    let directory = tempfile::tempdir().unwrap();
    let asked = Changes { rescale: rescale.map(|word| word.parse().unwrap()), ..changes() };
    run(directory.path(), &asked, 2, u64::MAX).unwrap()
}

#[test]
fn levels_are_rescaled_and_the_null_is_not() {
    let [plain, rescaled] = [None, Some("nearest@0.25")].map(studied);
    for (before, after) in plain.arms.iter().zip(&rescaled.arms) {
        assert_eq!((before.codec, before.path), (after.codec, after.path));
        for (one, other) in before.levels.iter().zip(&after.levels) {
            assert_eq!(one.bpp, other.bpp);
            if before.codec == CodecName::Lossless {
                assert_eq!((other.loss, other.psnr_db), (0.0, None));
            } else {
                assert!(other.psnr_db.unwrap() < one.psnr_db.unwrap(), "{other:?}");
            }
        }
    }
    let words = "of images rescaled by nearest@0.25 after their codec";
    for (results, said) in [(&plain, false), (&rescaled, true)] {
        assert_eq!(report::text(results).contains(words), said);
        let brief = report::brief(results, Ink::Plain).replace('\n', " ");
        assert_eq!(brief.contains("rescaled by nearest@0.25"), said, "{brief}");
    }
}

#[test]
fn plans_keep_it_and_give_it_again() {
    let asked = Changes { rescale: Some("lanczos@0.5".parse().unwrap()), ..changes() };
    let (phantom, plan) = plan(&asked, 1);
    let text = serde_json::to_string(&plan).unwrap();
    assert!(text.contains("\"rescale\":\"lanczos@0.5\""), "{text}");
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
    let again = Plan::new(&phantom, SMALL, &plan.changes(&phantom), "fake").unwrap();
    assert_eq!(again.rescale, plan.rescale);
    let phantom = Phantom::parse(SMALL, "small.toml").unwrap();
    let usual = Plan::new(&phantom, SMALL, &changes(), "fake").unwrap();
    assert!(!serde_json::to_string(&usual).unwrap().contains("rescale\""));
}
