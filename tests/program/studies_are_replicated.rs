//! `replicate` as a user meets it: a list, a name that is none, a study that cannot be asked.

use std::fs;

use crate::runs::{done, ended, refused, text};

#[test]
fn studies_are_listed_and_refused_by_name() {
    let listed = done(&["replicate", "--list"]);
    for name in phantom_limit::replication::names() {
        assert!(listed.contains(name), "{name}: {listed}");
    }
    refused(&["replicate", "jo-2020", "--out", "x"], 2, &["jo-2020", "jo-2021"]);
    refused(&["replicate", "jo-2021"], 2, &["--out"]);
    refused(&["replicate", "--all", "--preset", "huge", "--out", "x"], 2, &["huge", "standard"]);
}

#[test]
fn what_cannot_be_asked_is_said_and_counted() {
    let place = tempfile::tempdir().unwrap();
    let out = text(place.path());
    let said = |name: &str| done(&["replicate", name, "--out", out]);
    let first = said("slone-2000");
    assert!(first.contains("slone-2000: cannot be asked here"), "{first}");
    assert!(first.contains("0 of 16; 1 cannot be asked here and 15 not run yet"), "{first}");
    // An earlier one is kept and counted.
    let both = said("gueguen-2018");
    assert!(both.contains("0 of 16; 2 cannot be asked here and 14 not run yet"), "{both}");
    let page = fs::read_to_string(place.path().join("literature.html")).unwrap();
    for part in ["id=\"slone-2000\"", "id=\"gueguen-2018\"", "Networks here read pixels"] {
        assert!(page.contains(part), "{part}");
    }
    fs::write(place.path().join("slone-2000/replication.json"), "{").unwrap();
    let phrases = ["replication.json", "delete the file"];
    ended(&["replicate", "gueguen-2018", "--out", out], 1, &phrases);
    fs::remove_file(place.path().join("slone-2000/replication.json")).unwrap();
    said("slone-2000");
}
