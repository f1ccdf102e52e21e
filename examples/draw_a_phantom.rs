//! Draws one CT head of the library and saves it: the stored values as a 16-bit PNG file and the
//! image through its display window as an 8-bit one.
//!
//! `cargo run --example draw_a_phantom` writes ct-head.png and ct-head-window.png here.

use std::error::Error;
use std::path::Path;

use image::{ExtendedColorType, save_buffer};
use phantom_limit::dataset::{Dataset, Split};
use phantom_limit::phantom::library;

#[cfg_attr(test, expect(dead_code, reason = "tests draw into a directory of their own"))]
fn main() -> Result<(), Box<dyn Error>> {
    draw(Path::new("."))
}

/// Writes both files into `directory`.
pub(crate) fn draw(directory: &Path) -> Result<(), Box<dyn Error>> {
    let phantom = library::find("ct-head")?;
    let dataset = Dataset::new(phantom, 1);

    // The first case of the training split: the same bits on every machine.
    let case = dataset.case(Split::Train, 0)?;
    let (rows, columns) = (case.image.rows() as u32, case.image.columns() as u32);

    let stored: Vec<u8> = case.image.samples().iter().flat_map(|v| v.to_ne_bytes()).collect();
    save_buffer(directory.join("ct-head.png"), &stored, columns, rows, ExtendedColorType::L16)?;

    let matrix = &dataset.phantom().formation.matrix;
    let shown = matrix.window.apply(&case.image, matrix.rescale);
    let grey: Vec<u8> = shown.samples().iter().map(|&value| value as u8).collect();
    let file = directory.join("ct-head-window.png");
    save_buffer(file, &grey, columns, rows, ExtendedColorType::L8)?;

    let targets = case.scene.regions.iter().filter(|region| region.target.is_some()).count();
    println!("{rows}×{columns} pixels, {} regions, {targets} targets", case.scene.regions.len());
    Ok(())
}
