//! A network that learned permuted labels answers new regions at chance: nothing but the label
//! ties a training region to its class.

use phantom_limit_engine::dataset::{Dataset, RegionSet, Split};
use phantom_limit_engine::network::{Execution, Recipe, Silent, decisions, train};
use phantom_limit_engine::phantom::library;
use phantom_limit_engine::rng::{Purpose, StreamKey};

fn regions(dataset: &Dataset, split: Split, images: u64) -> RegionSet {
    let mut set = RegionSet::new(dataset.phantom().formation.targets.region_pixels);
    for index in 0..images {
        let case = dataset.case(split, index).expect("the shipped phantom has room");
        set.cut(&case.image, &case.scene.labels());
    }
    set
}

#[test]
fn accuracy_is_one_sixth() {
    let dataset = Dataset::new(library::find("ct-head").expect("in the library"), 7);
    let mut learned = regions(&dataset, Split::Train, 12);
    let tune = regions(&dataset, Split::Tune, 2);
    let test = regions(&dataset, Split::Test, 20);
    StreamKey { seed: 7, purpose: Purpose::LabelPermutation, case: 0, part: 0 }
        .open()
        .shuffle(&mut learned.labels);
    let recipe = Recipe { epochs: 3, ..Recipe::reference(32, 6) };
    let execution = Execution::default();
    let network = train(&recipe, execution, 7, 0, &learned, &tune, &mut Silent).expect("trains");
    let ratings = network.rate(&test, &|| false).expect("rates");
    let answers = decisions(&ratings, 6);
    let correct =
        answers.iter().zip(&test.labels).filter(|(answer, label)| answer == label).count();
    let n = test.len() as f64;
    let accuracy = correct as f64 / n;
    // Three standard errors of a share of 1/6.
    let allowed = 3.0 * (1.0 / 6.0 * 5.0 / 6.0 / n).sqrt();
    assert!((accuracy - 1.0 / 6.0).abs() < allowed, "accuracy {accuracy} on {n} regions");
}
