//! Page, text and certificates say each limit in words, with its label, and with what limits its
//! meaning: leaks, clipping, lossless ratio, gates.

use crate::report_fixture::{self, LABEL, smoke, standard, whole, with_training};
use phantom_limit::codec::CodecName;
use phantom_limit::record::{
    Clipping, Finding, LimitKind, LimitResult, RatioResult, Ratios, Results, Verdict,
};
use phantom_limit::report;

#[test]
fn the_label_stands_beside_every_limit() {
    let html = whole(&standard());
    assert!(html.starts_with("<!DOCTYPE html>"));
    // Under the answer, and in each section that shows or discusses limits.
    for section in ["<header>", "id=\"limit\"", "id=\"curves\"", "id=\"levels\"", "id=\"meaning\""]
    {
        let (_, from) = html.split_once(section).unwrap();
        let part = from.split("</section>").next().unwrap();
        assert!(part.contains(LABEL), "no label in {section}");
    }
    assert!(report::text(&standard()).contains(LABEL));
    assert!(report::accuracy_svg(&standard()).contains(LABEL));
}

#[test]
fn a_criterion_changed_afterwards_is_stamped_everywhere() {
    let mut results = standard();
    for text in [whole(&results), report::text(&results), report::answer(&results)] {
        assert!(!text.contains("post hoc"));
    }
    results.post_hoc = true;
    let html = whole(&results);
    let lossy = results.arms.iter().filter(|arm| arm.codec != CodecName::Lossless).count();
    // Beside the label of each part, and beside each limit: table, panel, level.
    assert!(html.matches("post hoc</").count() >= 6 + 3 * lossy);
    assert!(report::answer(&results).contains("post hoc"));
    assert!(report::text(&results).contains("advice, post hoc"));
    assert!(report::accuracy_svg(&results).contains("post hoc"));
}

#[test]
fn the_answer_names_every_lossy_arm() {
    let answer = report::answer(&standard());
    assert_eq!(
        answer,
        "On ct-head, accuracy of networks trained on originals falls by 2 points at 5.9:1 (native \
         JPEG 2000; shown to be safe up to 3.9:1), at 9.8:1 (windowed JPEG; shown to be safe up to \
         6.4:1) and at 9.8:1 (windowed JPEG 2000; shown to be safe up to 6.4:1). Trained on all \
         levels: at 9.8:1 (native JPEG 2000; shown to be safe up to 6.4:1), at 19.6:1 (windowed \
         JPEG; shown to be safe up to 12.0:1) and at 29.7:1 (windowed JPEG 2000; shown to be safe \
         up to 15.8:1). Ratios count stored bits; the safe ratios hold all together, with a \
         one-sided error of 0.025."
    );
}

fn ratio(ratio_stored: Option<f64>, lower: Option<f64>, upper: Option<f64>) -> RatioResult {
    RatioResult { ratio_stored, lower, upper }
}

#[test]
fn each_task_has_its_limits_with_equal_rank() {
    let results = with_training();
    let (html, text) = (whole(&results), report::text(&results));
    let answer = report::answer(&results);
    for score in ["accuracy", "area under the ROC curve"] {
        let first = format!(
            "On ct-head, {score} of networks trained on originals falls by 2 points at 5.9:1 (native"
        );
        assert!(answer.contains(&first), "{answer}");
    }
    assert_eq!(answer.matches("the safe ratios hold all together").count(), 1, "{answer}");
    let tasks: Vec<&str> = text.lines().filter(|line| line.starts_with("TASK ")).collect();
    assert_eq!(
        tasks,
        [
            "TASK IDENTIFY: which shape a region contains, or none; accuracy",
            "TASK DETECT: whether a region contains a subtle target; area under the ROC curve",
        ]
    );
    assert_eq!(text.matches("LIMIT (phantom-task limit").count(), 2);
    assert!(text.contains("CEILING 0.953 +- 0.008 (area"), "{text}");
    assert!(html.contains("detects with an area under the ROC curve of 0.953"));
    for told in [&html, &text] {
        assert!(!told.contains("No limit of detection"));
    }
    let certificates = report::certificates(&results, &report_fixture::origin());
    let named = |name: &str| certificates.iter().any(|it| it.name() == name);
    assert!(named("identify-jpeg-windowed-mixed") && named("detect-jpeg-windowed-mixed"));
}

#[test]
fn every_kind_of_limit_is_said_in_words() {
    let mut results = standard();
    let lossy = [
        (LimitKind::BeyondTested, "201:1", "beyond 201"),
        (LimitKind::BelowTested, "none", "below 2.0"),
        (LimitKind::Undetermined, "none", "2.5 (.. to 3.0)"),
        (LimitKind::None, "no limit", ""),
    ];
    let harshest = Ratios { stored: 201.6, allocated: 268.8 };
    for (arm, (kind, ..)) in results.arms.iter_mut().zip(lossy) {
        arm.limit = LimitResult { kind, ..LimitResult::none(Vec::new()) };
        arm.limit.crossing = match kind {
            LimitKind::BeyondTested => ratio(None, Some(201.6), None),
            LimitKind::BelowTested => ratio(None, None, Some(2.0)),
            LimitKind::Undetermined => ratio(Some(2.5), None, Some(3.0)),
            _ => ratio(None, None, None),
        };
        arm.limit.safe = (kind == LimitKind::BeyondTested).then_some(harshest);
        let verdict = match kind {
            LimitKind::BeyondTested => Verdict::Pass,
            LimitKind::BelowTested => Verdict::Fail,
            _ => Verdict::Inconclusive,
        };
        arm.levels.iter_mut().for_each(|level| level.verdict = Some(verdict));
    }
    let (html, text) = (whole(&results), report::text(&results));
    for (_, safe, crossing) in lossy {
        assert!(html.contains(&format!("<strong>{safe}</strong>")), "{safe}");
        assert!(html.contains(crossing), "{crossing}");
        assert!(text.contains(safe) && text.contains(crossing), "{safe} {crossing}: {text}");
    }
}

#[test]
fn a_leak_is_said_and_leaves_no_certificate() {
    let mut results = standard();
    assert!(whole(&results).contains("No cue predicts the class."));
    results.leaks.as_mut().unwrap().cues[0].finding = Finding::Leak;
    let leak = "the class leaks: which shape by area of the target can be predicted";
    let (page, text) = (whole(&results), report::text(&results));
    assert!(page.contains(leak) && text.contains(leak), "{text}");
    assert!(text.contains(&format!("No certificate: {leak}.")), "{text}");
    assert!(!page.contains("<article class=\"certificate\""));
}

#[test]
fn what_lossless_reaches_stands_beside_the_limits() {
    let mut results = standard();
    // 12 stored bits over 4.81 bits per pixel of the fixture's null.
    let native = "Lossless compression reaches 2.5:1 on native images (stored bits).";
    let windowed = "Lossless compression reaches 3.6:1 on windowed images (stored bits).";
    let certified = |results: &Results| -> Vec<Option<f64>> {
        let certificates = report::certificates(results, &report_fixture::origin());
        certificates.iter().map(|certificate| certificate.lossless_ratio).collect()
    };
    for said in [native, windowed] {
        assert!(whole(&results).contains(said) && report::text(&results).contains(said), "{said}");
    }
    let at = certified(&results);
    assert!(at.contains(&Some(12.0 / 4.81)) && at.contains(&Some(12.0 / 3.36)), "{at:?}");
    assert!(!whole(&results).contains("says little"));

    let arm = results.arms.iter_mut().find(|arm| arm.limit.safe.is_some()).unwrap();
    arm.limit.safe = Some(Ratios { stored: 3.1, allocated: 3.1 * 16.0 / 12.0 });
    let near = "One limit lies at most a quarter above it, and says little: JPEG 2000, native, \
                trained on originals (3.1:1).";
    let (page, text) = (whole(&results), report::text(&results).replace('\n', " "));
    assert!(page.contains(near) && text.contains(near), "{text}");
    assert!(page.contains("the limit lies at most a quarter above it, and says little"));

    results.arms.retain(|arm| arm.codec != CodecName::Lossless);
    assert!(!report::text(&results).contains("Lossless compression"));
    assert!(certified(&results).iter().all(Option::is_none));
}

#[test]
fn clipping_is_said_and_is_no_leak() {
    let mut results = standard();
    let shares = "The window clips 0.4 % of the pixels of 4333 targets";
    let text = report::text(&results);
    assert!(text.contains(shares) && !text.contains("CLIPPING"), "{text}");
    let audit = results.leaks.as_mut().unwrap();
    audit.cues[2].finding = Finding::Clipping;
    audit.clipping =
        Some(Clipping { targets: 4333, of_pixels: 0.314, of_targets: 0.121, explains: 0.01 });
    let (page, text) = (whole(&results), report::text(&results));
    for said in [&page, &text.replace('\n', " ")] {
        assert!(said.contains("clips 31.4 % of the pixels of 4333 targets"), "{said}");
        assert!(said.contains("at least half of the pixels of 12.1 % of them"), "{said}");
        assert!(said.contains("Clipping, no leak: which shape by mean value of the region"));
    }
    assert!(text.contains("CLIPPING") && text.contains("no cue but clipping predicts the class"));
    assert!(page.contains("<article class=\"certificate\""), "clipping costs no certificate");
    assert!(text.lines().all(|line| line.len() <= 100), "{text}");
}

#[test]
fn smoke_says_that_it_concludes_nothing() {
    let results = smoke();
    let answer = report::answer(&results);
    let why = "No limit for ct-head: preset smoke concludes nothing; 1 network, needs 5; 4 test \
               images, needs 20. For a limit, choose another preset, such as standard, train more \
               networks (--replicates 5) and take more test images (--test-images 20, better 130).";
    assert!(answer.starts_with(why), "{answer}");
    let html = whole(&results);
    assert!(html.contains("1 network, needs 5"));
    assert!(html.contains("no limit"));
}

#[test]
fn lossless_has_no_finite_psnr_and_loses_nothing() {
    let html = whole(&standard());
    assert!(html.contains("0, exactly") && html.contains("<td>\u{221e}</td>"));
    assert!(html.contains("exactly 0 in 4 of 4 arms"));
    let mut leaking = standard();
    leaking.arms.last_mut().unwrap().levels[0].loss = 0.001;
    assert!(whole(&leaking).contains("exactly 0 in 3 of 4 arms"));
}

#[test]
fn what_stands_beside_a_limit_is_in_page_and_text() {
    let results = standard();
    let (html, text) = (whole(&results), report::text(&results));
    for told in [&html, &text] {
        for word in ["in the family", "isotonic crossing", "psychometric crossing", "no fit"] {
            assert!(told.to_lowercase().contains(word), "{word} is missing");
        }
        assert!(told.contains("the routes of this made-up arm disagree"));
        assert!(told.contains("No limit of detection"), "what was not asked is missing");
    }
    assert!(text.contains("error 0.025/6"));
    assert!(html.contains("A Gumbel function."), "the form of a fall is not told");
    assert!(text.contains("OTHER CRITERIA") && html.contains("Other criteria</h3>"));
    // Four rows: two paths by two regimes, whose networks the codecs share.
    assert_eq!(text.matches("share of the ideal").count(), 4);
    assert!(text.contains("CEILING 0.995 +- 0.002") && html.contains("Ceiling and efficiency"));
    assert!(text.contains("efficiency 0.34 (0.28 to 0.41)") && text.contains("efficiency unknown"));
    let smoke = smoke();
    assert!(!report::text(&smoke).contains("OTHER CRITERIA"));
    assert!(!whole(&smoke).contains("Other criteria</h3>"));
}
