//! Our side of `scripts/bench-generate`: reads lines `generate COUNT DIR`, `image COUNT` and
//! `floor COUNT` on stdin and answers each with seconds per image on one thread, so that the
//! driver can alternate rounds with the peer.
//!
//! `generate` writes a dataset of NPY files as `phantom-limit generate --format npy` does,
//! `image` draws and acquires without writing, and `floor` draws the white noise of an image and
//! filters it: what no image of this size can be had without.

use std::hint::black_box;
use std::io::BufRead;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use phantom_limit::acquisition::fft::{Complex2d, Fft2d};
use phantom_limit::dataset::{Dataset, Split};
use phantom_limit::export::{self, Format, Request};
use phantom_limit::phantom::{Acquisition, library};
use phantom_limit::rng::{Purpose, StreamKey};
use rand_distr::{Distribution, StandardNormal};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PHANTOM: &str = "ct-head";

fn dataset() -> Dataset {
    Dataset::new(library::find(PHANTOM).expect("in the library"), 1)
}

fn generate(dataset: &Dataset, count: u64, directory: &Path) -> f64 {
    let request = Request {
        images: [(Split::Train, count)].into(),
        formats: vec![Format::Npy],
        ..Request::of(dataset.phantom(), String::new(), dataset.seed())
    };
    let start = Instant::now();
    export::write(dataset, &request, directory, 1, &|_| {}, &AtomicBool::new(false))
        .expect("the disk has room");
    start.elapsed().as_secs_f64() / count as f64
}

fn images(dataset: &Dataset, count: u64) -> f64 {
    let start = Instant::now();
    for index in 0..count {
        black_box(dataset.case(Split::Train, index).expect("room"));
    }
    start.elapsed().as_secs_f64() / count as f64
}

/// White noise of unit variance and the filter that gives it the phantom's spectrum.
struct Floor {
    rows: usize,
    columns: usize,
    fft: Fft2d,
    filter: Vec<f64>,
}

impl Floor {
    fn new(dataset: &Dataset) -> Self {
        let formation = &dataset.phantom().formation;
        let (rows, columns) = (formation.matrix.rows, formation.matrix.columns);
        let spacing = formation.matrix.pixel_spacing.0;
        let Acquisition::Ct(ct) = &formation.acquisition else { panic!("{PHANTOM} is a CT") };
        let frequency =
            |index: usize, size: usize| index.min(size - index) as f64 / (size as f64 * spacing);
        let filter = (0..rows * columns)
            .map(|at| {
                let (fy, fx) = (frequency(at / columns, rows), frequency(at % columns, columns));
                ct.relative_noise_power((fx * fx + fy * fy).sqrt()).sqrt()
            })
            .collect();
        Self { rows, columns, fft: Fft2d::new(rows, columns), filter }
    }

    fn seconds(&self, count: u64) -> f64 {
        let start = Instant::now();
        for case in 0..count {
            let mut white = Vec::with_capacity(self.filter.len());
            for row in 0..self.rows {
                let part = row as u64;
                let mut stream = StreamKey { seed: 1, purpose: Purpose::Noise, case, part }.open();
                let line = StandardNormal.sample_iter(&mut stream).take(self.columns);
                white.extend(line.map(|value: f64| value));
            }
            let mut noise = Complex2d { im: vec![0.0; white.len()], re: white };
            self.fft.forward(&mut noise);
            for ((re, im), filter) in noise.re.iter_mut().zip(&mut noise.im).zip(&self.filter) {
                *re *= filter;
                *im *= filter;
            }
            self.fft.inverse(&mut noise);
            black_box(noise);
        }
        start.elapsed().as_secs_f64() / count as f64
    }
}

fn main() {
    let dataset = dataset();
    let floor = Floor::new(&dataset);
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("orders are text");
        let words: Vec<&str> = line.split_whitespace().collect();
        let count = |word: &str| word.parse().expect("a number of images");
        let seconds = match words[..] {
            ["generate", number, directory] => {
                generate(&dataset, count(number), Path::new(directory))
            }
            ["image", number] => images(&dataset, count(number)),
            ["floor", number] => floor.seconds(count(number)),
            _ => panic!("unknown order: {line}"),
        };
        println!("{seconds}");
    }
}
