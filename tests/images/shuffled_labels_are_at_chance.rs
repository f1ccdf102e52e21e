//! A network that learned permuted labels answers new regions at chance: nothing but the label
//! ties a training region to its class.

use phantom_limit_engine::dataset::{Dataset, RegionSet, Split};
use phantom_limit_engine::network::{Execution, Recipe, Silent, decisions, train};
use phantom_limit_engine::phantom::library;
use phantom_limit_engine::rng::{Purpose, StreamKey};
use phantom_limit_engine::scene::RegionKind;

fn regions(dataset: &Dataset, split: Split, images: u64) -> RegionSet {
    let mut set = RegionSet::new(dataset.phantom().formation.targets.region_pixels);
    for index in 0..images {
        let case = dataset.case(split, index).expect("the shipped phantom has room");
        let mut labels = case.scene.labels();
        labels.retain(|region| region.kind == RegionKind::Identify);
        set.cut(&case.image, &labels);
    }
    set
}

#[test]
fn accuracy_is_one_sixth() {
    let dataset = Dataset::new(library::find("ct-head").expect("in the library"), 7);
    let learned = regions(&dataset, Split::Train, 12);
    let tune = regions(&dataset, Split::Tune, 2);
    let test = regions(&dataset, Split::Test, 12);
    let recipe = Recipe { epochs: 2, ..Recipe::reference(32, 6) };
    // A network may answer all disks by one wrong name, or by the right one: what it learned from
    // one permutation is one draw, however many regions it is asked about.
    let accuracies: Vec<f64> = (0..10)
        .map(|permutation| {
            let mut learned = learned.clone();
            let (purpose, case) = (Purpose::LabelPermutation, permutation);
            StreamKey { seed: 7, purpose, case, part: 0 }.open().shuffle(&mut learned.labels);
            let execution = Execution::default();
            let network =
                train(&recipe, execution, 7, 0, &learned, &tune, &mut Silent).expect("trains");
            let answers = decisions(&network.rate(&test, &|| false).expect("rates"), 6);
            let right = answers.iter().zip(&test.labels).filter(|(a, b)| a == b).count();
            right as f64 / test.len() as f64
        })
        .collect();
    let n = accuracies.len() as f64;
    let mean = accuracies.iter().sum::<f64>() / n;
    let variance = accuracies.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (n - 1.0);
    // Student's t with 9 degrees of freedom: 99.9 % within 4.78 (scipy.stats.t.ppf(0.9995, 9)).
    let allowed = 4.78 * (variance / n).sqrt();
    assert!((mean - 1.0 / 6.0).abs() < allowed, "{mean} of {accuracies:?}");
    assert!(allowed < 0.06, "{accuracies:?} differ too much to say anything");
}
