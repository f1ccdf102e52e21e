//! Layers of the shapes `tree` and `folds` are read, checked, drawn anew for each image, and painted
//! as tubes are.

use phantom_limit_engine::dataset::{Dataset, Split};
use phantom_limit_engine::phantom::{Phantom, PhantomError};
use phantom_limit_engine::scene::{Form, Painted};

const SMALL: &str = include_str!("../phantom/small.toml");
const MAMMOGRAPHY: &str = "format = 1\nextends = \"mammography\"\nid = \"vessels\"\n";

const TREE: &str = "
[[background]]
name = \"vessels\"
shape = \"tree\"
root_mm = [-20.0, 3.0]
angle_deg = 10.0
radius_mm = 2.0
length_mm = 12.0
generations = 5
spread_deg = 35.0
least_radius_mm = 0.4
";

const FOLDS: &str = "
[[background]]
name = \"sulci\"
shape = \"folds\"
semi_axes_mm = [27.0, 27.0]
count = 24
depth_mm = [3.0, 8.0]
radius_mm = 0.6
";

/// small.toml with layers after its own, which is number 0.
fn with(layers: &str) -> Result<Phantom, PhantomError> {
    let source = SMALL.replace("\n[targets]", &format!("{layers}\n[targets]"));
    Phantom::parse(&source, "small.toml")
}

fn layers(phantom: &Phantom, index: u64) -> Vec<Painted> {
    // Targets need room that folds leave none of.
    let mut phantom = phantom.clone();
    phantom.formation.targets.allow = (1..phantom.formation.background.len()).collect();
    Dataset::new(phantom, 1).scene(Split::Train, index).expect("room").layers
}

fn grown() -> Phantom {
    let value = "value_hu = 60.0\n";
    with(&format!("{TREE}{value}{FOLDS}{value}")).expect("valid")
}

#[test]
fn a_layer_differs_from_image_to_image_and_repeats_with_the_seed() {
    let phantom = grown();
    for layer in [1, 2] {
        let first = layers(&phantom, 0).swap_remove(layer);
        assert!(first.lines.len() > 2, "{} tubes", first.lines.len());
        assert_eq!(first, layers(&phantom, 0).swap_remove(layer));
        assert_ne!(first.lines, layers(&phantom, 1).swap_remove(layer).lines);
        // Flat in CT: one contour for each tube.
        let Form::Flat(outline) = &first.form else { panic!("{:?}", first.form) };
        assert_eq!(outline.contours.len(), first.lines.len());
    }
}

#[test]
fn the_mirror_image_has_the_same_radii() {
    let value = "value_hu = 60.0\nmirror = true\n";
    let phantom = with(&format!("{TREE}{value}")).expect("valid");
    let lines = layers(&phantom, 0).swap_remove(1).lines;
    let (own, other) = lines.split_at(lines.len() / 2);
    for (own, other) in own.iter().zip(other) {
        let mirrored: Vec<[f64; 2]> = other.points_mm.iter().rev().map(|&[x, y]| [-x, y]).collect();
        assert_eq!(own.points_mm, mirrored);
        assert!(own.radii_mm.iter().eq(other.radii_mm.iter().rev()));
    }
}

#[test]
fn images_show_them() {
    // 60 HU on 35 HU in the middle of the trunk, 9 pixels wide, a pixel after its root.
    let mut phantom = with(&format!("{TREE}value_hu = 60.0\n")).expect("valid");
    phantom.formation.targets.allow = vec![1];
    phantom.formation.targets.absent_fraction = 1.0;
    let case = Dataset::new(phantom, 1).case(Split::Train, 0).expect("room");
    let trunk = &case.scene.layers[1].lines[0];
    let [x, y] = trunk.points_mm[2];
    let at = |mm: f64| (mm / 0.45 + 64.0) as usize;
    let mut sum = 0.0;
    for row in 0..3 {
        for column in 0..3 {
            sum += f64::from(case.image.at(at(y) + row - 1, at(x) + column - 1)) - 1024.0;
        }
    }
    // Noise of 4 HU, correlated over a pixel or two: a mean of 9 is within 8 HU of 60 by far, and
    // of 35 by none.
    assert!((sum / 9.0 - 60.0).abs() < 12.0, "{}", sum / 9.0);
}

#[test]
fn projections_have_the_chord_of_the_thickest() {
    let source = |layer: &str| {
        format!(
            "{MAMMOGRAPHY}{layer}thickness_mm = 4.0\nmu_per_mm = 0.08\nblend = \"add\"\n\
             profile = \"chord\"\n[targets]\ninside = \"breast\"\n"
        )
    };
    let breast = "
[[background]]
name = \"breast\"
shape = \"rectangle\"
semi_axes_mm = [20.0, 40.0]
thickness_mm = 40.0
mu_per_mm = 0.06
";
    for layer in [TREE, FOLDS] {
        let phantom = Phantom::parse(&source(&format!("{breast}{layer}")), "vessels.toml");
        let phantom = phantom.unwrap_or_else(|error| panic!("{error}"));
        let scene = Dataset::new(phantom, 1).scene(Split::Train, 0).expect("room");
        let Form::Tubes(radius) = scene.layers[1].form else { panic!("no tubes") };
        let radii = scene.layers[1].lines.iter().flat_map(|line| line.radii_mm.iter().copied());
        assert_eq!(radius, radii.fold(0.0, f64::max));
    }
}

#[test]
fn what_cannot_grow_is_refused_where_it_stands() {
    let value = "value_hu = 60.0\n";
    let refused = |layer: &str, from: &str, to: &str| {
        let layer = layer.replace(from, to);
        with(&format!("{layer}{value}")).expect_err("refused").to_string()
    };
    let message = refused(TREE, "least_radius_mm = 0.4", "least_radius_mm = 2.0");
    assert!(message.contains("below `radius_mm`, 2"), "{message}");
    let message = refused(FOLDS, "[3.0, 8.0]", "[3.0, 27.0]");
    assert!(message.contains("below 27 mm, the smaller semi-axis"), "{message}");
    let message = refused(FOLDS, "[3.0, 8.0]", "[9.0, 8.0]");
    assert!(message.contains("at most 8, the largest depth"), "{message}");
    let message = refused(TREE, "generations = 5", "count = 5");
    assert!(message.contains("it goes with `shape` `folds`"), "{message}");
    assert!(message.contains("generations"), "{message}");
}
