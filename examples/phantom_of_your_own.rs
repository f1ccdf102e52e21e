//! Describes a phantom of one's own in TOML, checks it and draws it.
//!
//! `cargo run --example phantom_of_your_own`

use std::error::Error;

use phantom_limit::dataset::{Case, Dataset, Split};
use phantom_limit::phantom::Phantom;

/// What differs from the CT head of the library: half the dose and fainter targets.
const MINE: &str = r#"
format = 1
extends = "ct-head"
id = "ct-head-half-dose"
title = "CT head at half the dose"

[targets]
contrast_hu = { uniform_magnitude = [20.0, 40.0], sign = "positive" }

[acquisition.ct]
dose_percent = 50.0
"#;

#[cfg_attr(test, expect(dead_code, reason = "tests look at the case"))]
fn main() -> Result<(), Box<dyn Error>> {
    let (phantom, case) = draw()?;
    println!("{}: {}", phantom.id, phantom.title);
    for region in case.scene.regions.iter().take(5) {
        match &region.target {
            Some(target) => println!("  {:?}: {:.1} HU", target.shape, target.contrast),
            None => println!("  no target"),
        }
    }

    // A mistake is answered with its place and the nearest valid key.
    let typo = MINE.replace("dose_percent", "dose_percents");
    if let Err(error) = Phantom::parse(&typo, "mine.toml") {
        println!("{error}");
    }
    Ok(())
}

/// The phantom and the first case of its training split.
pub(crate) fn draw() -> Result<(Phantom, Case), Box<dyn Error>> {
    let phantom = Phantom::parse(MINE, "mine.toml")?;
    let case = Dataset::new(phantom.clone(), 1).case(Split::Train, 0)?;
    Ok((phantom, case))
}
