//! `replicate` as a user meets it: a list, a name that is none, a study that cannot be asked.

use std::fs;

use crate::runs::{done, ended, refused, run, text};

/// What `verify` prints of a directory in which something differs.
fn differences(out: &str) -> String {
    let output = run(&["verify", out]);
    assert_eq!(output.status.code(), Some(3));
    String::from_utf8(output.stdout).expect("text")
}

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
    let both = done(&["replicate", "ko-2003", "--preset", "smoke", "--out", out]);
    assert!(both.contains("preset smoke shows nothing"), "{both}");
    let counted = "0 of 16; 1 not decided, 1 cannot be asked here and 14 not run yet";
    assert!(both.replace('\n', " ").contains(counted), "{both}");
    let page = fs::read_to_string(place.path().join("literature.html")).unwrap();
    for part in ["id=\"slone-2000\"", "id=\"ko-2003\"", "It asks when a difference can be seen"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(done(&["verify", out]).contains("every hash is right"));
    fs::write(place.path().join("literature.json"), "[]").unwrap();
    assert_eq!(differences(out), "changed  literature.json\n");
    said("slone-2000");
    let path = place.path().join("slone-2000/replication.json");
    let found = fs::read_to_string(&path).unwrap();
    fs::write(&path, found.replace("slone-2000", "slone-2001")).unwrap();
    let again = "slone-2000/replication.json says otherwise than its runs, judged again";
    assert!(differences(out).contains(again), "{}", differences(out));
    fs::write(&path, "{").unwrap();
    assert!(differences(out).contains("changed  slone-2000/replication.json"));
    let phrases = ["replication.json", "delete the file"];
    ended(&["replicate", "ko-2003", "--preset", "smoke", "--out", out], 1, &phrases);
    fs::remove_file(place.path().join("slone-2000/replication.json")).unwrap();
    said("slone-2000");
}
