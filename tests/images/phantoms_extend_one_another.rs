//! Phantom files extend one another: tables join, lists are taken whole, and what cannot be followed
//! is told with its place.

use phantom_limit_engine::phantom::{Found, Phantom, library, library_only};

const HEAD: &str = include_str!("../phantom/head.toml");

/// Files by name, with the library behind them.
fn parse(files: &[(&str, &str)]) -> Result<(Phantom, String), String> {
    let resolve = |_: &str, word: &str| {
        let file = files.iter().find(|(name, _)| *name == word);
        file.map_or_else(
            || library_only("", word),
            |(name, source)| Ok(Found { name: (*name).into(), source: (*source).into() }),
        )
    };
    let (name, source) = files[0];
    Phantom::parse_with(source, name, &resolve).map_err(|error| error.to_string())
}

#[test]
fn tables_join_and_lists_are_taken_whole() {
    let child = "extends = \"head.toml\"\nid = \"small-head\"\n\n[matrix]\npixel_spacing_mm = 0.5\n\n\
                 [targets]\nshapes = [\"disk\"]\n";
    let (phantom, text) = parse(&[("child.toml", child), ("head.toml", HEAD)]).expect("valid");
    assert_eq!(phantom.id, "small-head");
    assert_eq!(phantom.anatomy, "head");
    assert_eq!(phantom.formation.matrix.pixel_spacing.0, 0.5);
    assert_eq!(phantom.formation.matrix.rows, 512);
    assert_eq!(phantom.formation.targets.classes(), ["disk", "absent"]);
    assert_eq!(phantom.formation.background.len(), 6);
    // The joined text needs no other file.
    let again = Phantom::parse(&text, "joined.toml").expect("valid");
    assert_eq!(again, phantom);
    assert_eq!(again.content_hash(), phantom.content_hash());
    // A file that extends nothing is its own text.
    assert_eq!(parse(&[("head.toml", HEAD)]).expect("valid").1, HEAD);
}

#[test]
fn library_phantoms_can_be_extended_by_identifier() {
    let child = "extends = \"ct-head\"\nid = \"faint\"\n[acquisition.ct]\ndose_percent = 25.0\n";
    let faint = Phantom::parse(child, "faint.toml").expect("valid").formation;
    let head = library::find("ct-head").expect("in the library").formation;
    assert_eq!(faint.background, head.background);
    assert_ne!(faint.acquisition, head.acquisition);
}

#[test]
fn faults_are_told_in_the_file_that_has_them() {
    let child = "extends = \"head.toml\"\nid = \"Other\"\n";
    let base = HEAD.replace("sigma_hu = 4.0", "sigma_hu = -4.0");
    let error = parse(&[("child.toml", child), ("head.toml", &base)]).expect_err("two faults");
    assert!(error.contains("child.toml:2:6: `id` is \"Other\""), "{error}");
    assert!(error.contains("head.toml:70:12: `sigma_hu` is -4.0"), "{error}");
    assert!(error.contains("  70 | sigma_hu = -4.0"), "{error}");

    let error = parse(&[("child.toml", child), ("head.toml", "a = [\n\n")]).expect_err("no TOML");
    assert!(error.starts_with("head.toml:") && error.contains("not TOML"), "{error}");
}

#[test]
fn what_cannot_be_followed_is_refused() {
    let missing = parse(&[("a.toml", "id = \"a\"\nextends = \"b.toml\"\n")]).expect_err("missing");
    assert!(missing.starts_with("a.toml:2:11: `extends` cannot be followed"), "{missing}");
    assert!(missing.contains("no file `b.toml`"), "{missing}");

    let near = parse(&[("a.toml", "extends = \"ct-haed\"\n")]).expect_err("missing");
    assert!(near.contains("did you mean `ct-head`?"), "{near}");

    let itself = parse(&[("a.toml", "extends = \"a.toml\"\n")]).expect_err("a cycle");
    assert!(itself.contains("a.toml → a.toml"), "{itself}");
    let cycle = parse(&[
        ("a.toml", "extends = \"b.toml\"\n"),
        ("b.toml", "extends = \"c.toml\"\n"),
        ("c.toml", "extends = \"b.toml\"\n"),
    ]);
    let cycle = cycle.expect_err("a cycle");
    assert!(cycle.starts_with("c.toml:1:11: "), "{cycle}");
    assert!(cycle.contains("b.toml → c.toml → b.toml"), "{cycle}");

    let kind = parse(&[("a.toml", "extends = 3\n")]).expect_err("no path");
    assert!(kind.starts_with("a.toml:1:11: "), "{kind}");
}
