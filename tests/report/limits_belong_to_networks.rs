//! What limits are set beside, efficiency and a second ceiling, reads the same on page, in text and
//! in files.

use crate::report_fixture::{figures, page, standard, with_training};
use phantom_limit::report;

/// Lines of a CSV file by column.
fn rows(bytes: &[u8]) -> Vec<std::collections::BTreeMap<String, String>> {
    csv::Reader::from_reader(bytes).deserialize().map(Result::unwrap).collect()
}

#[test]
fn the_crossing_at_efficiency_1_is_stated_or_refused_with_words() {
    let results = with_training();
    let html = page(&results, &figures(&results));
    let text = report::text(&results);
    // Lines of the terminal may be broken.
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [
        "Continued to the ideal observer, the loss reaches the margin at 20.0:1 (18.4 to 21.7).",
        "Not continued to the ideal observer: it is too far from these networks",
        "Not continued to the ideal observer: there is none of this phantom and task",
    ] {
        assert!(html.contains(said), "{said}");
        assert!(joined.contains(said), "{said}\n{text}");
    }
    assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 100), "{text}");
    let found = rows(&report::sizes_csv(&results));
    // Six codecs and paths of both tasks, four sizes and the ideal observer.
    assert_eq!(found.len(), 6 * 5);
    assert_eq!((&found[4]["efficiency"][..], &found[4]["crossing_ratio_stored"][..]), ("1", "20"));
    assert_eq!((&found[4]["training_share"][..], &found[4]["refusal"][..]), ("", ""));
    assert!(found[9]["refusal"].starts_with("it is too far"), "{:?}", found[9]);
    assert_eq!(found[3]["training_images"], "400");
    let names: Vec<String> = report::plots(&results, 6).into_iter().map(|it| it.name).collect();
    for name in ["efficiency-jpeg2000-native", "detect-efficiency-jpeg2000-native"] {
        assert!(names.iter().any(|it| it == name), "{name} in {names:?}");
    }
    // Without networks of several sizes there is nothing of it.
    let plain = standard();
    assert!(!report::text(&plain).contains("CROSSING AGAINST"));
    assert!(!page(&plain, &figures(&plain)).contains("The limit against efficiency"));
}

#[test]
fn where_networks_exceed_the_second_ceiling_is_said() {
    let results = with_training();
    let html = page(&results, &figures(&results));
    let text = report::text(&results);
    assert!(html.contains("A second ceiling at every level"));
    for said in ["SECOND CEILING", "0.970  2.66", "0.910  1.90"] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let exceeded =
        "Networks exceed it, so that it is no ceiling there: JPEG 2000, native, trained on";
    assert!(html.contains(exceeded) && joined.contains(exceeded), "{text}");
    let found = rows(&report::second_ceiling_csv(&results));
    assert_eq!(found.len(), results.second_ceiling.iter().map(|it| it.levels.len()).sum::<usize>());
    assert_eq!((&found[0]["target"][..], &found[0]["observer"][..]), ("", "cho-gabor"));
    assert!(found.iter().any(|row| row["exceeded"] == "true"));
}
