//! The page says first what was asked, of what, and the answer; then the evidence; details are
//! folded.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::report_fixture::{self, page, smoke, standard, whole, with_training};
use phantom_limit::report::{self, Report};

/// What a browser shows above everything else.
fn header(html: &str) -> &str {
    let (_, from) = html.split_once("<header>").unwrap();
    from.split_once("</header>").unwrap().0
}

/// Where a part of the page begins.
fn place(html: &str, id: &str) -> usize {
    html.find(&format!(" id=\"{id}\"")).unwrap_or_else(|| panic!("no part {id}"))
}

#[test]
fn question_picture_and_answer_are_on_the_first_screen() {
    let results = with_training();
    let figures = report_fixture::figures(&results);
    let html = page(&results, &figures);
    let first = header(&html);
    assert!(
        first.contains(
            "Up to which ratio do networks lose less than 0.02 of their score when they are asked \
             which shape a region contains, or none (identify) and whether a region contains a \
             subtle target (detect)?"
        ),
        "{first}"
    );
    assert_eq!(first.matches("<img").count(), 1);
    // The answer of `report::answer`: native JPEG 2000 after training on originals.
    assert!(first.contains("<strong>3.9:1</strong> <span class=\"interval\">(5.9)</span>"));
    assert!(
        first.contains("identify, native JPEG 2000") && first.contains("detect, windowed JPEG")
    );
    // Without a limit it says why, in words.
    let none = whole(&smoke());
    assert!(header(&none).contains("No limit for ct-head"), "{}", header(&none));
    assert!(!header(&none).contains("class=\"answers\""));
}

#[test]
fn the_day_stands_where_it_is_known() {
    let results = standard();
    let figures = report_fixture::figures(&results);
    let html = |made: &[(String, String)]| {
        report::html(&Report {
            results: &results,
            figures: &figures,
            certificates: &[],
            phantom: report_fixture::phantom(),
            made,
        })
    };
    let made = vec![("begun".to_owned(), "2026-11-29".to_owned())];
    let dated = "<dt>begun on</dt><dd>2026-11-29</dd>";
    assert!(header(&html(&made)).contains(dated));
    assert!(!header(&html(&[])).contains("begun on"));
}

#[test]
fn evidence_follows_the_answer_and_details_are_folded() {
    let html = whole(&with_training());
    let order = [
        "limit",
        "limit-detect",
        "curves",
        "curves-detect",
        "pictures",
        "leaks",
        "meaning",
        "levels",
        "levels-detect",
        "psychometric",
        "training",
        "detail",
        "observers",
        "quality",
        "looks",
        "answers",
        "certificates",
        "made",
    ];
    let places: Vec<usize> = order.iter().map(|id| place(&html, id)).collect();
    assert!(places.is_sorted(), "{places:?}");
    for (number, id) in order.iter().enumerate() {
        let before = &html[..place(&html, id)];
        let folded = before.rfind("<details>").is_some_and(|from| {
            !before[from..].contains("</details>") && before[from..].contains("</summary>")
        });
        assert_eq!(folded, number >= 7, "{id}");
        assert!(html.contains(&format!("<li><a href=\"#{id}\">")), "{id} is not in the contents");
    }
}

#[test]
fn plots_and_tables_name_arms_in_one_order() {
    let html = whole(&with_training());
    for id in ["limit", "curves", "levels", "psychometric", "answers"] {
        let part = &html[place(&html, id)..];
        let part = part.split("</section>").next().unwrap();
        let names = ["native", "windowed"].map(|name| part.find(name).unwrap());
        assert!(names.is_sorted(), "{id}: {names:?}");
    }
}
