//! The same seed gives the same bytes: from run to run, for any number of threads, and on every
//! machine (golden hashes). Growing or changing one thing moves nothing else.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use phantom_limit_engine::dataset::{Dataset, Split};
use phantom_limit_engine::phantom::{Phantom, library};
use phantom_limit_engine::scene::RegionKind;
use sha2::{Digest, Sha256};

const SOURCE: &str = include_str!("../../phantoms/ct/head.toml");

/// Hashes of stored values as 16-bit little-endian words, made by this test's own failure
/// message. A change of any of them changes every published dataset: say why in the commit.
const GOLDEN: &str = include_str!("../golden/images.txt");

fn dataset(source: &str) -> Dataset {
    Dataset::new(Phantom::parse(source, "head.toml").expect("valid phantom"), 1)
}

fn hash(dataset: &Dataset, split: Split, index: u64) -> String {
    let case = dataset.case(split, index).expect("the shipped phantom has room");
    let bytes: Vec<u8> = case.image.samples().iter().flat_map(|v| v.to_le_bytes()).collect();
    Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn golden_hashes() {
    let dataset = dataset(SOURCE);
    let found: String = [(Split::Train, 0), (Split::Train, 1), (Split::Tune, 0), (Split::Test, 0)]
        .into_iter()
        .map(|(split, index)| {
            format!("ct-head seed 1 {} {index} {}\n", split.name(), hash(&dataset, split, index))
        })
        .collect();
    assert!(GOLDEN.starts_with(&found), "the images of ct-head changed; found:\n{found}");
}

/// The line of one image of each other phantom of the library, drawn by so many threads.
fn others(threads: usize) -> String {
    let phantoms: Vec<_> = library::all().filter(|file| file.id() != "ct-head").collect();
    let next = AtomicUsize::new(0);
    let mut lines: Vec<(usize, String)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut found = Vec::new();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some(file) = phantoms.get(number) else { return found };
                        let phantom = file.phantom().unwrap_or_else(|error| panic!("{error}"));
                        let hash = hash(&Dataset::new(phantom, 1), Split::Test, 0);
                        found.push((number, format!("{} seed 1 test 0 {hash}\n", file.id())));
                    }
                })
            })
            .collect();
        workers.into_iter().flat_map(|w| w.join().expect("no panic")).collect()
    });
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect()
}

#[test]
fn every_phantom_has_its_golden_hash_for_any_number_of_threads() {
    let golden: String = GOLDEN.lines().skip(4).map(|line| format!("{line}\n")).collect();
    for threads in [1, 2, 8] {
        let found = others(threads);
        assert_eq!(found, golden, "images changed; found with {threads} threads:\n{found}");
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let dataset = dataset(SOURCE);
    let draw = |threads: usize| {
        let next = AtomicU64::new(0);
        let mut hashes: Vec<(u64, String)> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads)
                .map(|_| {
                    scope.spawn(|| {
                        let mut found = Vec::new();
                        loop {
                            let index = next.fetch_add(1, Ordering::Relaxed);
                            if index >= 8 {
                                return found;
                            }
                            found.push((index, hash(&dataset, Split::Test, index)));
                        }
                    })
                })
                .collect();
            workers.into_iter().flat_map(|w| w.join().expect("no panic")).collect()
        });
        hashes.sort();
        hashes
    };
    let one = draw(1);
    assert_eq!(one, draw(2));
    assert_eq!(one, draw(8));
}

#[test]
fn a_changed_contrast_moves_no_position_shape_size_or_angle() {
    let fainter = SOURCE.replace("uniform_magnitude = [", "uniform_magnitude = [0.5, 0.6] #");
    let fainter = fainter.replace("] #", "], sign = \"either\" } #");
    let (before, after) = (dataset(SOURCE), dataset(&fainter));
    for index in 0..3 {
        let before = before.scene(Split::Train, index).expect("room");
        let after = after.scene(Split::Train, index).expect("room");
        assert_eq!(before.layers, after.layers);
        for (a, b) in before.regions.iter().zip(&after.regions) {
            assert_eq!((a.row, a.column, a.kind), (b.row, b.column, b.kind));
            assert_eq!(a.class, b.class);
            let identified = a.kind == RegionKind::Identify;
            let (Some(a), Some(b)) = (a.target, b.target) else { continue };
            assert_ne!(a.contrast, b.contrast);
            // Subtle targets have one sign in the file, and either in the changed one.
            assert!(!identified || a.contrast.signum() == b.contrast.signum());
            assert_eq!((a.shape, a.x_mm, a.y_mm), (b.shape, b.x_mm, b.y_mm));
            assert_eq!(a.angle_deg, b.angle_deg);
            assert_eq!(a.equivalent_radius_mm, b.equivalent_radius_mm);
        }
    }
}

#[test]
fn splits_are_disjoint_however_large() {
    let last = (1_u64 << 40) - 1;
    assert!(Split::Train.case(last) < Split::Tune.case(0));
    assert!(Split::Tune.case(last) < Split::Test.case(0));
}
