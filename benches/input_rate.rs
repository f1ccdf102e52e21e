//! What networks cost that are given less than pixels of a file (`--input`), on a CT head through its
//! window: bytes, decoding by ratio, rating and training, each the fastest of several rounds on one
//! thread. Prints Markdown tables. `cargo bench --bench input_rate [-- ROUNDS]`.

use std::hint::black_box;
use std::time::Instant;

use phantom_limit::codec::{CodecName, Coefficients, Depth, Target, at_depth, codec as codec_of};
use phantom_limit::dataset::{Dataset, Split};
use phantom_limit::image::{Image, SampleFormat};
use phantom_limit::network::{Execution, Kernel, Recipe, train};
use phantom_limit::phantom::{Phantom, library};
use phantom_limit::record::{InputPath, Representation};
use phantom_limit::scene::{LabelledRegion, RegionKind};
use phantom_limit::study::{Changes, Plan, Preset};
use phantom_limit::task::TaskName;
use phantom_limit::units::CompressionRatio;

mod step_times;

use step_times::StepTimes;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RATIOS: [f64; 4] = [10.0, 20.0, 30.0, 50.0];
const BATCH: usize = 64;
/// Steps of a training that are timed.
const STEPS: usize = 12;

/// Milliseconds of the fastest of so many rounds.
fn fastest(rounds: usize, mut work: impl FnMut()) -> f64 {
    let round = |_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64() * 1e3
    };
    (0..rounds).map(round).fold(f64::INFINITY, f64::min)
}

fn main() {
    let named = std::env::args().skip(1).find(|it| !it.starts_with('-'));
    let rounds = named.map_or(7, |it| it.parse().expect("a number of rounds"));
    let embedded = library::embedded("ct-head").expect("a phantom of the library");
    let (phantom, source) = embedded.whole().expect("a phantom of the library");
    let form = &phantom.formation;
    let dataset = Dataset::new(phantom.clone(), 1);
    let case = dataset.case(Split::Train, 0).expect("a case of the library is drawn");
    let image = form.matrix.window.apply(&case.image, form.matrix.rescale);
    let regions: Vec<LabelledRegion> =
        case.scene.labels().into_iter().filter(|it| it.kind == RegionKind::Identify).collect();

    println!("| codec | decoded to | {} |", RATIOS.map(|it| format!("{it}:1, ms")).join(" | "));
    println!("|---|---|{}", "---|".repeat(RATIOS.len()));
    for name in [CodecName::Jpeg, CodecName::Jpeg2000] {
        decode(name, &image, case.image.format(), rounds);
    }

    println!("\n| input | rating {} regions, ms | training, regions/s |", regions.len());
    println!("|---|---|---|");
    for input in Representation::ALL {
        if matches!(input, Representation::Partial1 | Representation::Reduced3) {
            continue; // The presets have pools.
        }
        let [rated, trained] = networks(input, (&phantom, &source), &image, &regions, rounds);
        println!("| `{}` | {rated:.2} | {trained:.0} |", input.name());
    }
}

/// Rows of a codec, one for each depth.
fn decode(name: CodecName, image: &Image, stored: SampleFormat, rounds: usize) {
    let codec = codec_of(name);
    let targets = RATIOS.map(|it| Target::Ratio(CompressionRatio::stored(it)));
    let levels = codec.encode_ladder(image, stored, &targets).expect("the targets are possible");
    let row = |what: &str, work: &dyn Fn(&[u8])| {
        let times = levels.iter().map(|it| fastest(rounds, || work(&it.bytes)));
        let cells: Vec<String> = times.map(|time| format!("{time:.2}")).collect();
        println!("| {name} | {what} | {} |", cells.join(" | "));
    };
    if codec.decodes(Depth::Coefficients) {
        row("quantised coefficients (Huffman decoding)", &|bytes| {
            black_box(Coefficients::read(name, bytes)).expect("its own file");
        });
        // The decoder of the 12-bit codec is our own, and reads 8 bits, too.
        let own = codec_of(CodecName::Jpeg12);
        row("pixels, by our own decoder", &|bytes| {
            black_box(own.decode(bytes, image.format())).expect("a file of one component");
        });
    }
    let partial = [Depth::Coefficients, Depth::Blocks(4), Depth::Blocks(2)];
    let reduced = [Depth::Reduced(2), Depth::Reduced(1)];
    for depth in partial.into_iter().chain(reduced).chain([Depth::Pixels]) {
        if codec.decodes(depth) {
            row(&depth.to_string(), &|bytes| {
                let decoded = codec.decode_to(bytes, image.format(), depth);
                black_box(decoded).expect("its own file");
            });
        }
    }
    let bytes: Vec<String> = levels.iter().map(|it| it.bytes.len().to_string()).collect();
    println!("| {name} | bytes of the file | {} |", bytes.join(" | "));
}

/// Milliseconds in which the usual network of an input rates the regions of an image, and regions a
/// second in its training.
fn networks(
    input: Representation,
    (phantom, source): (&Phantom, &str),
    image: &Image,
    regions: &[LabelledRegion],
    rounds: usize,
) -> [f64; 2] {
    let changes = Changes {
        preset: Some(Preset::Smoke),
        input: Some(input),
        tasks: Some(vec![TaskName::Identify]),
        paths: Some(vec![InputPath::Windowed]),
        ..Changes::default()
    };
    let plan = Plan::new(phantom, source, &changes, "bench").expect("a plan of an input");
    let recipe = Recipe { epochs: 1, batch: BATCH, ..Recipe::of(plan.training.architecture) };
    let mut set = input.regions(phantom.formation.targets.region_pixels);
    let given = at_depth(image, input.depth()).expect("an image of the library");
    set.cut(&given, regions);
    let mut many = set.clone();
    while many.len() < (STEPS + 1) * BATCH {
        many.append(&set);
    }
    let mut network = None;
    let step = |_| {
        let mut times = StepTimes::default();
        let execution = Execution::single(Kernel::detect());
        network =
            Some(train(&recipe, execution, 1, 0, &many, &set, &mut times).expect("regions train"));
        times.seconds(STEPS)
    };
    let seconds = (0..rounds).map(step).fold(f64::INFINITY, f64::min);
    let network = network.expect("one round at least");
    let rate = || drop(black_box(network.rate(&set, &|| false).expect("regions are rated")));
    [fastest(rounds, rate), (STEPS * BATCH) as f64 / seconds]
}
