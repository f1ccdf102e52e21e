//! Each image of a phantom with patients is another one: pose, shape, tissue and texture differ, the
//! same for any order of drawing, and targets lie on the tissue that they are said to lie in.

use phantom_limit_engine::dataset::{Dataset, Split};
use phantom_limit_engine::phantom::{Blend, Outline, Phantom, library};
use phantom_limit_engine::scene::raster::{self, Coverage};
use phantom_limit_engine::scene::{Form, Scene};

const HEAD: &str = include_str!("../phantom/head.toml");

const PATIENTS: &str = "[variation]\nshift_mm = [4.0, 3.0]\nrotation_deg = 6.0\n\
    size_percent = [6.0, 5.0]\ndisplacement_mm = 2.5\ncorrelation_mm = 25.0\n";

/// The head with another beginning, before its first table.
fn head(before_tables: &str, tables: &str) -> String {
    HEAD.replacen("[matrix]", &format!("{before_tables}\n{tables}\n[matrix]"), 1)
}

fn dataset(source: &str) -> Dataset {
    Dataset::new(Phantom::parse(source, "head.toml").unwrap_or_else(|e| panic!("{e}")), 1)
}

fn scene(dataset: &Dataset, index: u64) -> Scene {
    dataset.scene(Split::Train, index).expect("room")
}

fn areas(scene: &Scene) -> Vec<f64> {
    let area = |form: &Form| match form {
        Form::Flat(outline) => outline.area_mm2(),
        _ => panic!("the head has flat layers"),
    };
    scene.layers.iter().map(|layer| area(&layer.form)).collect()
}

#[test]
fn patients_differ_in_size_and_repeat() {
    let many = dataset(&head("", PATIENTS));
    let first = areas(&scene(&many, 0));
    assert_eq!(first, areas(&scene(&many, 0)));
    let sizes: Vec<f64> = (0..200).map(|index| areas(&scene(&many, index))[0]).collect();
    let nominal = areas(&scene(&dataset(HEAD), 0))[0];
    let relative: Vec<f64> = sizes.iter().map(|size| size / nominal).collect();
    let mean = relative.iter().sum::<f64>() / 200.0;
    let variance = relative.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / 200.0;
    // Two uniform factors of ±6 and ±5 %: sd √((6² + 5²)/3) = 4.51 %; the field moves areas by a
    // little more. The mean is known to 0.3 %, the deviation to 5 % of itself.
    assert!((mean - 1.0).abs() < 0.012, "mean size {mean}");
    assert!((0.040..0.055).contains(&variance.sqrt()), "sd of size {}", variance.sqrt());
}

#[test]
fn one_patient_differs_in_nothing_but_targets_and_noise() {
    let vary = "value_hu = 38.0\nvary = { shift_mm = [1.0, 1.0], value_hu = 3.0 }\n\
        texture = { sd_hu = 3.0, exponent = 3.0, longest_mm = 20.0 }";
    let quiet = |source: &str| {
        source
            .replacen("value_hu = 38.0", vary, 1)
            .replacen("absent_fraction = 0.1667", "absent_fraction = 0.999999", 1)
            .replacen("sigma_hu = 4.0", "sigma_hu = 0.0", 1)
    };
    let one = dataset(&quiet(&head("variation = \"none\"", "")));
    let image = |dataset: &Dataset, index| dataset.case(Split::Train, index).expect("room").image;
    assert_eq!(image(&one, 0), image(&one, 1));
    let drawn = dataset(&quiet(HEAD));
    assert_ne!(image(&drawn, 0), image(&drawn, 1));
}

#[test]
fn a_group_varies_together() {
    // Both ventricles shift by the same and keep their distance; alone they do not.
    let with = |first: &str, second: &str| {
        let source = HEAD
            .replacen(
                "name = \"left ventricle\"",
                &format!("name = \"left ventricle\"\n{first}"),
                1,
            )
            .replacen(
                "name = \"right ventricle\"",
                &format!("name = \"right ventricle\"\n{second}"),
                1,
            );
        dataset(&source)
    };
    let vary = "vary = { shift_mm = [6.0, 4.0] }";
    let middles = |dataset: &Dataset, index| -> Vec<f64> {
        let scene = scene(dataset, index);
        let middle = |layer: usize| match &scene.layers[layer].form {
            Form::Flat(outline) => (outline.bounds_mm()[0] + outline.bounds_mm()[2]) / 2.0,
            _ => panic!("a ventricle is flat"),
        };
        let last = scene.layers.len() - 1;
        vec![middle(last - 1), middle(last)]
    };
    let together = with(&format!("{vary}\ngroup = \"ventricles\""), "group = \"ventricles\"");
    let apart = with(vary, vary);
    let distances = |dataset: &Dataset| -> Vec<f64> {
        (0..10).map(|index| middles(dataset, index)).map(|x| x[1] - x[0]).collect()
    };
    assert!(distances(&together).iter().all(|distance| (distance - 22.0).abs() < 1e-9));
    assert!(distances(&apart).iter().any(|distance| (distance - 22.0).abs() > 1.0));
    assert_ne!(middles(&together, 0), middles(&together, 1));
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    let fault =
        |source: &str| Phantom::parse(source, "head.toml").expect_err("it cannot be").to_string();
    let folded = PATIENTS.replace("displacement_mm = 2.5", "displacement_mm = 10.0");
    let text = fault(&head("", &folded));
    assert!(text.contains("`displacement_mm` is 10; expected below 10 mm"), "{text}");
    let text = fault(&head("variation = \"nobody\"", ""));
    assert!(text.contains("expected \"none\" or a table such as"), "{text}");
    let text = fault(&HEAD.replace("allow = [", "allow = [\"grey matter\", "));
    assert!(text.contains("`allow` names no layer: \"grey matter\""), "{text}");
    let second = "name = \"right ventricle\"\ngroup = \"v\"\nvary = { angle_deg = 3.0 }";
    let grouped = HEAD
        .replacen("name = \"left ventricle\"", "name = \"left ventricle\"\ngroup = \"v\"", 1)
        .replacen("name = \"right ventricle\"", second, 1);
    let text = fault(&grouped);
    assert!(text.contains("give it to \"left ventricle\", the first layer of the group"), "{text}");
}

/// Share of each pixel that a layer that hides covers.
fn covered(scene: &Scene, number: usize, phantom: &Phantom) -> Option<Coverage> {
    let layer = &scene.layers[number];
    match (&layer.form, layer.blend) {
        (Form::Flat(outline), Blend::Cover) => {
            Some(raster::cover(outline, &phantom.formation.matrix))
        }
        (_, Blend::Add) => None,
        (form, Blend::Cover) => panic!("{form:?} that covers is not looked at here"),
    }
}

#[test]
fn targets_of_every_phantom_lie_on_the_tissue_that_they_are_said_to_lie_in() {
    let mut looked_at = 0;
    for file in library::all() {
        let phantom = file.phantom().unwrap_or_else(|error| panic!("{error}"));
        let targets = phantom.formation.targets.clone();
        let matrix = phantom.formation.matrix;
        let is_tube =
            matches!(phantom.formation.background[targets.inside].outline, Outline::Tube(_));
        let dataset = Dataset::new(phantom.clone(), 1);
        for index in 0..3 {
            let scene = scene(&dataset, index);
            // The last layer that hides what is below, for each pixel; 0 for none.
            let mut top = vec![0; matrix.rows * matrix.columns];
            for number in 0..scene.layers.len() {
                let Some(cover) = covered(&scene, number, &phantom) else { continue };
                for (line, shares) in cover.share.chunks_exact(cover.columns.max(1)).enumerate() {
                    for (place, &share) in shares.iter().enumerate() {
                        if share > 1e-9 {
                            let row = (cover.row + line) * matrix.columns;
                            top[row + cover.column + place] = number + 1;
                        }
                    }
                }
            }
            let adds = scene.layers[targets.inside].blend == Blend::Add;
            for target in scene.regions.iter().filter_map(|region| region.target) {
                let cover = raster::cover(&target.outline(), &matrix);
                for (line, shares) in cover.share.chunks_exact(cover.columns.max(1)).enumerate() {
                    for (place, &share) in shares.iter().enumerate() {
                        // Targets in a vessel reach to its wall.
                        if share <= 1e-9 || is_tube {
                            continue;
                        }
                        let at = (cover.row + line) * matrix.columns + cover.column + place;
                        let below = top[at];
                        let allowed = below == targets.inside + 1
                            || (below > 0 && targets.allow.contains(&(below - 1)))
                            || (adds && below < targets.inside + 1);
                        let name = below
                            .checked_sub(1)
                            .map(|number| phantom.formation.background[number].name.as_str());
                        assert!(allowed, "{}: a target lies on {name:?}", phantom.id);
                        looked_at += 1;
                    }
                }
            }
        }
    }
    assert!(looked_at > 100_000, "only {looked_at} pixels were looked at");
}
