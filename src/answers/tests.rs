//! Tables whose judgement is known otherwise.

use super::*;
use crate::codec::Achieved;
use crate::limit::estimate_family;
use crate::record::{
    ArmOutcome, Gate, InputPath, LevelBase, LevelOutcome, LimitKind, Regime, Verdict,
};
use crate::report;
use crate::stats::Placements;
use crate::task::Weights;

const TWELVE: SampleFormat = SampleFormat { bits_stored: 12, bits_allocated: 16 };

fn reading() -> Reading {
    Reading {
        name: "own".to_owned(),
        codec: Some(CodecName::Jpeg2000),
        format: TWELVE,
        readers: None,
    }
}

fn criterion() -> Criterion {
    Criterion::new(0.02, 0.025, 0, 1).unwrap()
}

fn judged(csv: &str) -> Results {
    judge(csv.as_bytes(), &reading(), &criterion()).unwrap()
}

fn refused(csv: &str) -> String {
    judge(csv.as_bytes(), &reading(), &criterion()).unwrap_err().to_string()
}

/// Whether answer `answer` of a network on an image is right: 0.9 on originals; more are wrong as
/// the ratio grows, and not the same for all.
fn is_right(network: usize, image: usize, answer: usize, ratio: f64) -> bool {
    let number = (network * 7 + image * 13 + answer * 29) % 100;
    let lost = if ratio > 8.0 { ratio / 2.0 } else { 0.0 };
    (number as f64) >= 10.0 + lost
}

/// Six networks, 60 images of 30 patients, 2 answers each.
fn table(networks: usize) -> String {
    let mut csv = "image,patient,network,ratio,correct\n".to_owned();
    for ratio in [1.0, 5.0, 10.0, 20.0] {
        let level = if ratio > 1.0 { format!("{ratio}:1") } else { String::new() };
        for network in 0..networks {
            for image in 0..60 {
                for answer in 0..2 {
                    let right = u8::from(is_right(network, image, answer, ratio));
                    let patient = image / 2;
                    csv += &format!("i{image},p{patient},n{network},{level},{right}\n");
                }
            }
        }
    }
    csv
}

#[test]
fn a_table_is_judged_as_the_scores_in_it() {
    let scores = |ratio: f64| -> Vec<Vec<f64>> {
        let of_patient = |network: usize, patient: usize| {
            let images = 2 * patient..2 * patient + 2;
            let answers = images.flat_map(|image| [(image, 0), (image, 1)]);
            answers.filter(|&(image, it)| is_right(network, image, it, ratio)).count() as f64
        };
        (0..6).map(|n| (0..30).map(|patient| of_patient(n, patient)).collect()).collect()
    };
    let pixels = 60 << 32;
    let level = |ratio: f64| LevelOutcome {
        base: LevelBase::Ratio,
        target: Some(ratio),
        achieved: Achieved {
            bytes: (pixels as f64 * 1.5 / ratio).round() as u64,
            pixels,
            original: TWELVE,
            input: TWELVE,
        },
        unreached: 0,
        psnr_db: f64::NAN,
        scores: scores(ratio),
    };
    let found = judged(&table(6));
    let known = ArmOutcome {
        codec: CodecName::Jpeg2000,
        path: InputPath::Native,
        regime: Regime::Original,
        measure: found.measures[0].clone(),
        readers: Readers::Sampled,
        weights: Weights::Counts(vec![4.0; 30]),
        rarer: None,
        original: scores(1.0),
        at_dose: None,
        levels: [5.0, 10.0, 20.0].map(level).to_vec(),
    };
    assert_eq!(found.arms, estimate_family(&[known], &criterion()).unwrap());
    let data = found.data.as_ref().unwrap();
    assert_eq!((data.readers, data.images, found.arms[0].images), (Readers::Sampled, 60, 30));
    let text = report::text(&found);
    assert!(text.contains("limit on this data set") && text.contains("patients: 30"), "{text}");
    assert!(!text.contains("phantom"), "{text}");
}

#[test]
fn the_example_of_the_book_is_judged() {
    let page = include_str!("../../docs/own-images.md");
    let example = page.split("```csv file:answers.csv\n").nth(1).unwrap();
    let found = judged(example.split("```").next().unwrap());
    assert_eq!((found.measures[0].case.as_str(), found.arms[0].images), ("patient", 2));
}

#[test]
fn few_answers_that_change_do_not_pass_for_none() {
    // No answer changes. Where the loss is 0.02, that happens in 0.98^n of tables: at most 2.5 % from
    // 183 cases on.
    let unchanged = |images: usize| {
        let mut csv = "image,ratio,correct\n".to_owned();
        for ratio in ["", "5"] {
            for image in 0..images {
                csv += &format!("i{image},{ratio},{}\n", u8::from(!image.is_multiple_of(10)));
            }
        }
        judged(&csv).arms[0].levels[0].verdict
    };
    assert_eq!(unchanged(100), Some(Verdict::Inconclusive));
    assert_eq!(unchanged(182), Some(Verdict::Inconclusive));
    assert_eq!(unchanged(300), Some(Verdict::Pass));
}

#[test]
fn networks_are_counted_by_arm_and_truths_by_task() {
    let mut csv = "image,task,training,network,ratio,truth,score\n".to_owned();
    for (task, training) in [("nodule", "original"), ("effusion", "mixed")] {
        for network in 0..3 {
            for ratio in ["", "5"] {
                for image in 0..4 {
                    let truth = usize::from((image < 2) == (task == "nodule"));
                    let score = truth as f64 + 0.1 * image as f64;
                    csv += &format!(
                        "i{image},{task},{training},{training}{network},{ratio},{truth},{score}\n"
                    );
                }
            }
        }
    }
    let found = judged(&csv);
    assert_eq!(found.arms.len(), 2);
    assert_eq!(found.data.as_ref().unwrap().readers, Readers::Fixed);
    assert!(found.arms.iter().all(|arm| arm.original_score == 1.0 && arm.replicates == 3));
}

#[test]
fn one_network_stands_for_itself() {
    // 30 patients cannot show a loss below 0.02, whatever changes.
    assert_eq!(judged(&table(1)).arms[0].limit.kind, LimitKind::Undetermined);
    let wide = Criterion::new(0.2, 0.025, 0, 1).unwrap();
    let found = judge(table(1).as_bytes(), &reading(), &wide).unwrap();
    let arm = &found.arms[0];
    assert_eq!(found.data.as_ref().unwrap().readers, Readers::Fixed);
    assert_eq!((arm.replicates, arm.limit.kind), (1, LimitKind::At));
    assert!(arm.method.contains("for this network alone"), "{}", arm.method);
    assert!(arm.method.contains("30 patients as random units (29 degrees"), "{}", arm.method);
    // Asked to stand for others, it cannot.
    let reading = Reading { readers: Some(Readers::Sampled), ..reading() };
    let found = judge(table(1).as_bytes(), &reading, &criterion()).unwrap();
    assert_eq!(found.arms[0].limit.gates, [Gate::Networks]);
}

/// A rating of an image: those with something rate higher, less so at high ratios.
fn rating(image: usize, ratio: f64) -> f64 {
    let spread = ((image * 37) % 61) as f64 / 61.0;
    spread + if image.is_multiple_of(3) { 0.6 / ratio.max(8.0) * 8.0 } else { 0.0 }
}

fn ratings(images: usize) -> String {
    let mut csv = "image,network,codec,level,ratio,truth,score\n".to_owned();
    for (level, ratio) in [("", 1.0), ("5", 5.0), ("20", 20.0)] {
        for image in 0..images {
            let (truth, rating) = (u8::from(image.is_multiple_of(3)), rating(image, ratio));
            // Images reach ratios around that of their level.
            let (codec, reached) = match level {
                "" => ("", String::new()),
                _ => ("jpeg", (ratio * (1.0 + 0.02 * (image % 2) as f64)).to_string()),
            };
            csv += &format!("i{image},n,{codec},{level},{reached},{truth},{rating}\n");
        }
    }
    csv
}

#[test]
fn ratings_give_areas() {
    let found =
        judge(ratings(90).as_bytes(), &Reading { codec: None, ..reading() }, &criterion()).unwrap();
    let arm = &found.arms[0];
    assert_eq!((arm.codec, found.measures[0].short.as_str()), (CodecName::Jpeg, "AUC"));
    for (level, ratio) in arm.levels.iter().zip([5.0, 20.0]) {
        let of = |truth: bool| -> Vec<f64> {
            let those = (0..90).filter(|image: &usize| image.is_multiple_of(3) == truth);
            those.map(|image| rating(image, ratio)).collect()
        };
        let area = Placements::of(&of(true), &of(false)).unwrap().area;
        assert!((level.score - area).abs() < 1e-12);
        // Half of the images at the ratio, half 2 % above it.
        let mean = 2.0 * ratio / (1.0 + 1.0 / 1.02);
        assert!((level.ratio_stored - mean).abs() < 1e-6, "{}", level.ratio_stored);
    }
    assert_eq!(arm.levels[1].verdict, Some(Verdict::Fail));
    // What is present is rated lower at 20:1, what is absent as before.
    let point = &found.operating[0];
    assert_eq!(point.specificity.levels[1].loss, 0.0);
    assert_eq!(point.sensitivity.levels[1].verdict, Some(Verdict::Fail));
    let right = |truth: bool, ratio: f64| {
        let those = (0..90).filter(|image: &usize| image.is_multiple_of(3) == truth);
        let called = |&image: &usize| (rating(image, ratio) >= point.thresholds[0]) == truth;
        let count = those.clone().count() as f64;
        those.filter(called).count() as f64 / count
    };
    assert!((point.sensitivity.original_score - right(true, 1.0)).abs() < 1e-12);
    assert!((point.sensitivity.levels[1].score - right(true, 20.0)).abs() < 1e-12);
    assert!((point.specificity.original_score - right(false, 1.0)).abs() < 1e-12);
    // 19 of 57 images have something.
    let few = judge(ratings(57).as_bytes(), &reading(), &criterion()).unwrap();
    assert_eq!(few.arms[0].limit.gates, [Gate::Rarer]);
}

#[test]
fn what_is_wrong_is_named() {
    let good = "Image, ratio,correct\na,,1\nb,,TRUE\na,5,1.0\nb,5,0\n";
    assert_eq!(judged(good).arms[0].limit.gates, [Gate::Images, Gate::Ceiling]);
    for (table, message) in [
        ("ratio,correct\n5,1\n", "no column `image`"),
        ("image,correct\na,1\n", "no column `ratio`"),
        ("image,level,correct\na,5,1\n", "no column `ratio`"),
        ("image;ratio;correct\na;5;1\n", "write commas"),
        ("image,Patient_ID,ratio,correct\na,p,5,1\n", "no column `patient`"),
        ("image,ratio,label,score\na,5,1,1\n", "no column `truth`"),
        ("image,level,ratio,correct\na,,,1\na,,4,1\n", "line 3, column `level`"),
        ("image,level,ratio,correct\na,,,1\na,95,4,1\n", "near the ratio of this row"),
        ("image,level,ratio,correct\na,,,1\na,5,,1\n", "line 3, column `ratio`"),
        ("image,network,ratio,correct\na,x,,1\na,y,,1\na,x,5,1\na,y,5,1\na,y,6,1\n", "0 answers"),
        (
            "image,network,level,ratio,correct\na,x,,,1\na,y,,,1\na,x,5,5,1\na,y,5,6,1\n",
            "line 5: image `a` is at 6:1 here and at 5:1 before",
        ),
        ("image,ratio,truth,score\na,,1,1\nb,,0,0\na,5,1,1\na,5,1,1\n", "more than one score"),
        ("image,ratio\na,5\n", "no column `correct`"),
        ("image,ratio,correct,score\na,5,1,1\n", "leave the other out"),
        ("image,image,ratio,correct\na,b,5,1\n", "two columns `image`"),
        ("image,ratio,correct\n", "no row"),
        ("image,ratio,correct\na,,1\n", "every answer is on originals"),
        ("image,ratio,correct\na,5,1\n", "no answers on originals"),
        ("image,ratio,correct\na,,1\na,5,2\n", "line 3, column `correct`: `2` is not"),
        ("image,ratio,correct\na,,1\na,-5,1\n", "line 3, column `ratio`"),
        ("image,ratio,correct\na,,1\na,5,NaN\n", "line 3, column `correct`"),
        ("image,ratio,correct\na,,1\n,5,1\n", "line 3, column `image`"),
        (
            "image,ratio,truth,score\na,,1,1\na,5,0,1\n",
            "line 3: image `a` is with truth 0 here and with truth 1 before",
        ),
        ("image,ratio,truth,score\na,,yes,1\n", "column `truth`: `yes`"),
        ("image,ratio,truth,score\na,,1,1\na,5,1,1\n", "images of both truths"),
        ("image,ratio,correct\na,,1\nb,,1\na,5,1\n", "0 answers on image `b` at 5:1"),
        ("image,ratio,correct\na,,1\nb,,1\na,5,1\nb,5.1,1\n", "add a column `level`"),
        ("image,ratio,correct\na,,1,\"\n", "line 2"),
        ("image,ratio,codec,correct\na,,gif,1\n", "column `codec`: `gif`"),
    ] {
        let said = refused(table);
        assert!(said.contains(message), "{table}\n{said}");
    }
    let unnamed = Reading { codec: None, ..reading() };
    let said = judge(good.as_bytes(), &unnamed, &criterion()).unwrap_err().to_string();
    assert!(said.contains("--codec"), "{said}");
}

/// Ratings of 14 patients, of present and absent; where not all have both, every second has absent
/// alone.
fn clustered(all_have_both: bool) -> [Vec<(f64, usize)>; 2] {
    let (mut present, mut absent) = (Vec::new(), Vec::new());
    for patient in 0..14_usize {
        let has_present = all_have_both || patient % 2 == 1;
        let ratings = (0..if has_present { patient % 3 + 1 } else { 0 })
            .map(|it| (((patient * 7 + it * 5) % 11 + 3) as f64, patient));
        present.extend(ratings);
        let ratings = (0..patient * 5 % 3 + 1)
            .map(|it| (((patient * 7 + it * 3) % 11 + patient % 3) as f64, patient));
        absent.extend(ratings);
    }
    [present, absent]
}

#[test]
fn spreads_over_patients_are_those_of_obuchowski() {
    // Python, sums over all pairs by the formulae of Obuchowski (1997, Biometrics 53:567), as
    // doAUCcluster of the R package iMRMC has them: area and variance.
    for (all_have_both, area, variance) in [
        (true, 0.628_968_253_968_254, 0.001_686_197_492_141_182_4),
        (false, 0.677_295_918_367_346_9, 0.004_223_347_169_238_853_5),
    ] {
        let [present, absent] = clustered(all_have_both);
        let [ratings, others] =
            [&present, &absent].map(|it| it.iter().map(|one| one.0).collect::<Vec<f64>>());
        let [patients, of_others] =
            [&present, &absent].map(|it| it.iter().map(|one| one.1).collect::<Vec<usize>>());
        let placements = Placements::of(&ratings, &others).unwrap();
        assert!((placements.area - area).abs() < 1e-12);
        let cells = placements.by_group(&patients, &of_others, 14).unwrap();
        let square = cells.iter().map(|cell| (cell - area).powi(2)).sum::<f64>();
        let found = square / (14.0 * 13.0);
        if all_have_both {
            assert!((found / variance - 1.0).abs() < 1e-12, "{found} {variance}");
        } else {
            // Sums over patients of one kind have the factor I/(I − 1) of all 14 and not that of
            // the 7 with this kind, 7/6: the variance is smaller, by less than their quotient.
            let quotient = (14.0 / 13.0) / (7.0 / 6.0);
            assert!((quotient..1.0).contains(&(found / variance)), "{found} {variance}");
        }
    }
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_parquet_table_is_told_from_csv() {
    let criterion = super::criterion(None, None).unwrap();
    let message =
        judge(b"PAR1\x15\x04", &Reading::of("t", 12), &criterion).unwrap_err().to_string();
    assert!(message.contains("Parquet") && message.contains("write it as CSV"), "{message}");
}
