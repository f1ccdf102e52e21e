//! A phantom's table [detection] puts subtle targets into some of its regions, half of which stay
//! empty, and moves nothing else; its faults are told at their place.

use phantom_limit_engine::dataset::{Dataset, Split};
use phantom_limit_engine::phantom::{LESION, Phantom, Shape};
use phantom_limit_engine::scene::{PlacedRegion, RegionKind};

const WITHOUT: &str = include_str!("../phantom/small.toml");
const WITH: &str = include_str!("../phantom/small-detection.toml");
const IMAGES: u64 = 200;

fn parse(source: &str) -> Phantom {
    Phantom::parse(source, "small.toml").expect("valid phantom")
}

fn regions(source: &str) -> Vec<PlacedRegion> {
    let dataset = Dataset::new(parse(source), 1);
    let of_image = |index| dataset.scene(Split::Test, index).expect("room").regions;
    (0..IMAGES).flat_map(of_image).collect()
}

#[test]
fn targets_are_those_of_the_table_and_half_of_their_regions_are_empty() {
    let phantom = parse(WITH);
    let of_kind = regions(WITH).into_iter().filter(|it| it.kind == RegionKind::Detect);
    let detected: Vec<PlacedRegion> = of_kind.collect();
    let side = phantom.formation.targets.region_pixels as f64;
    let spacing = phantom.formation.matrix.pixel_spacing.0;
    for region in &detected {
        assert_eq!(usize::from(region.class), usize::from(region.target.is_none()));
        let classes = phantom.formation.classes();
        let class = classes[usize::from(region.class_index(&phantom.formation))];
        assert_eq!(class, if region.target.is_some() { LESION } else { "absent" });
        let Some(target) = region.target else { continue };
        assert_eq!(target.shape, Shape::Disk);
        assert!((1.5..2.5).contains(&target.equivalent_radius_mm), "{target:?}");
        assert!((5.0..8.0).contains(&target.contrast), "{target:?}");
        let middle = |corner: usize| (corner as f64 + side / 2.0 - 64.0) * spacing;
        let apart = [target.x_mm - middle(region.column), target.y_mm - middle(region.row)];
        assert!(apart.iter().all(|it| it.abs() <= 2.25), "{target:?}");
    }
    let (all, empty) = (detected.len() as f64, detected.iter().filter(|it| it.target.is_none()));
    // Half of them, within four standard errors.
    assert!((empty.count() as f64 / all - 0.5).abs() < 4.0 * 0.5 / all.sqrt());
}

#[test]
fn it_moves_no_other_region_and_no_other_target() {
    let (with, without) = (regions(WITH), regions(WITHOUT));
    assert_eq!(with.len(), without.len());
    let mut identified = 0;
    for (one, other) in with.iter().zip(&without) {
        assert_eq!((one.row, one.column), (other.row, other.column));
        if one.kind == RegionKind::Identify {
            assert_eq!(one, other);
            identified += 1;
        }
    }
    let all = with.len() as f64;
    // A share of one half, within four standard errors.
    assert!((f64::from(identified) / all - 0.5).abs() < 4.0 * 0.5 / all.sqrt());
    // Other contrasts are other contrasts alone.
    let fainter = regions(&WITH.replace("[5.0, 8.0]", "[2.5, 4.0]"));
    for (one, other) in with.iter().zip(&fainter) {
        let same = |it: &PlacedRegion| (it.row, it.column, it.kind, it.class);
        assert_eq!(same(one), same(other));
        if let (RegionKind::Detect, Some(a), Some(b)) = (one.kind, one.target, other.target) {
            assert!((a.contrast / 2.0 - b.contrast).abs() < 1e-12, "{a:?} {b:?}");
            assert_eq!((a.x_mm, a.equivalent_radius_mm), (b.x_mm, b.equivalent_radius_mm));
        }
    }
}

#[test]
fn the_hash_covers_it_and_a_share_of_0_takes_it_back() {
    let hash = |source: &str| parse(source).content_hash();
    assert_ne!(hash(WITH), hash(WITHOUT));
    assert_ne!(hash(WITH), hash(&WITH.replace("share = 0.5", "share = 0.4")));
    let none = WITH.replace("share = 0.5", "share = 0");
    assert_eq!(hash(&none), hash(WITHOUT));
    let paired =
        none.replace("offset_mm = 2.25\n\n[det", "offset_mm = 2.25\ndesign = \"paired\"\n\n[det");
    assert!(paired != none && parse(&paired).formation.detection.is_none());
}

#[test]
fn faults_are_told_at_their_place() {
    let (_, before) = WITH.split_once("[detection]").expect("it has the table");
    let of_table = |text: &str, by: &str| {
        assert!(before.contains(text), "{text}");
        WITH.replace(before, &before.replacen(text, by, 1))
    };
    for (source, at, phrases) in [
        (of_table("share = 0.5", "share = 1"), "share", &["`share`", "below 1"][..]),
        (
            of_table("contrast_hu", "contrast_percent"),
            "contrast_percent",
            &["unknown key `contrast_percent` in [detection]", "contrast_hu"],
        ),
        (
            of_table("[1.5, 2.5]", "[2.5, 1.5]"),
            "2.5, 1.5",
            &["`uniform` is 2.5", "at most the second value, 1.5"],
        ),
        (
            of_table("offset_mm = 2.25", "offset_mm = 5.25"),
            "5.25",
            &["a disk can reach", "lower `offset_mm` or the radius"],
        ),
        (
            WITH.replace("region_pixels = 32", "region_pixels = 32\ndesign = \"paired\""),
            "2.25\nshare",
            &["[detection] table needs cases that are drawn at random", "share = 0"],
        ),
    ] {
        let text = Phantom::parse(&source, "small.toml").expect_err("a fault").to_string();
        let line = source[..source.find(at).expect("it is there")].matches('\n').count() + 1;
        assert!(text.starts_with(&format!("small.toml:{line}:")), "{line}: {text}");
        for phrase in phrases {
            assert!(text.contains(phrase), "{phrase}: {text}");
        }
    }
}
