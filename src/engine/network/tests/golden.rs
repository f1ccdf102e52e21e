//! Hashes of a short training of the reference network: weights, ratings and slopes stay the same
//! to the last bit, on each kernel that promises it.

use sha2::{Digest, Sha256};

use super::stream;
use crate::dataset::RegionSet;
use crate::network::parameters::Parameters;
use crate::network::{Execution, Kernel, Recipe, Silent, train};

const SIDE: usize = 16;
const CLASSES: usize = 3;

/// Noise, brighter by 40 in the upper or left half for classes 1 and 2.
fn regions(count: usize, part: u64) -> RegionSet {
    let mut stream = stream(part);
    let mut set = RegionSet { side: SIDE, ..RegionSet::default() };
    for _ in 0..count {
        let label = stream.below(CLASSES as u64) as u8;
        for pixel in 0..SIDE * SIDE {
            let bright = match label {
                1 => pixel / SIDE < SIDE / 2,
                2 => pixel % SIDE < SIDE / 2,
                _ => false,
            };
            let noise = stream.between(0.0, 200.0) as u16;
            set.values.push(900 + noise + if bright { 40 } else { 0 });
        }
        set.labels.push(label);
    }
    set
}

fn hash<'a>(values: impl IntoIterator<Item = &'a [f32]>) -> String {
    let mut hash = Sha256::new();
    for values in values {
        values.iter().for_each(|value| hash.update(value.to_le_bytes()));
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Parameters and running statistics, ratings averaged over the symmetries, and slopes of two
/// epochs over 70 regions.
fn hashes(kernel: Kernel) -> [String; 3] {
    let recipe = Recipe {
        epochs: 2,
        batch: 24,
        symmetric_prediction: true,
        ..Recipe::reference(SIDE, CLASSES)
    };
    let (training, tune) = (regions(70, 30), regions(20, 31));
    let execution = Execution::single(kernel);
    let network = train(&recipe, execution, 3, 1, &training, &tune, &mut Silent).unwrap();
    let Parameters { values, running } = &network.parameters;
    let running = running.iter().flat_map(|one| [&one.mean[..], &one.variance]);
    let parameters = values.iter().map(Vec::as_slice).chain(running);
    let ratings = network.rate(&tune, &|| false).unwrap();
    let slopes = network.slopes(&tune, &|| false).unwrap();
    [hash(parameters), hash([&ratings[..]]), hash([&slopes[..]])]
}

/// From the same training with the code of 05034f3, when networks had one layout.
#[test]
fn the_reference_network_keeps_its_bits() {
    let vectors = ["8e465f0d94fefb1a", "bd401857726e096f", "7db48afe344906d6"];
    let portable = ["a218cbdfa1caad22", "119f632a353b96c7", "f1a1165f03fd3e43"];
    for kernel in Kernel::available() {
        let expected = if kernel == Kernel::Portable { portable } else { vectors };
        assert_eq!(hashes(kernel), expected, "{kernel}");
    }
}
