//! What a class is shown: regions of images as squares, and one example of each shape; keeps no
//! answer.

use super::ExploreError;
use super::class::Question;
use super::query::ImageQuery;
use super::studio::{Display, Input, Studio};
use super::subject::{Drawn, Region};
use crate::image::Image;

/// Images that are searched for an example of each shape.
const MOST_EXAMPLES: u64 = 12;

/// A square of stored values and how it is shown.
#[derive(Debug)]
pub(super) struct Square {
    pub(super) display: Display,
    pub(super) image: Image,
}

/// A question as it is shown, and its truth.
#[derive(Debug)]
pub(super) struct Posed {
    pub(super) original: Square,
    pub(super) decoded: Square,
    pub(super) reached: f64,
    pub(super) classes: Vec<&'static str>,
    pub(super) region: Region,
    pub(super) contrast_unit: &'static str,
}

/// The image of a question, compressed as the class is asked about it.
pub(super) fn pose(studio: &Studio, question: &Question) -> Result<Posed, ExploreError> {
    let query = ImageQuery {
        case: Some(question.case),
        ratio: Some(question.ratio),
        ..ImageQuery::default()
    };
    let (input, rendition) = studio.rendition(&query)?;
    let drawn = drawn(&input)?;
    let count = drawn.regions.len() as u64;
    let at = question.draw.checked_rem(count);
    let region = at.and_then(|at| drawn.regions.get(at as usize)).ok_or_else(none)?;
    Ok(Posed {
        original: cut(&input, input.image(), drawn.side, region)?,
        decoded: cut(&input, &rendition.image, drawn.side, region)?,
        reached: rendition.figures.ratio_stored,
        classes: drawn.classes.clone(),
        region: region.clone(),
        contrast_unit: input.subject.contrast_unit,
    })
}

/// One example of each class, uncompressed and without noise where that can be changed, one above the
/// other.
pub(super) fn examples(studio: &Studio) -> Result<(Vec<&'static str>, Square), ExploreError> {
    let noise = studio.noise_can_be_changed().then_some(0.0);
    let mut found: Vec<Option<Square>> = Vec::new();
    let mut classes = Vec::new();
    for case in 0..MOST_EXAMPLES {
        let query = ImageQuery { case: Some(case), noise, ..ImageQuery::default() };
        let input = studio.input(&query)?;
        let drawn = drawn(&input)?;
        classes.clone_from(&drawn.classes);
        found.resize_with(classes.len(), || None);
        for (class, place) in found.iter_mut().enumerate().filter(|(_, place)| place.is_none()) {
            let of = |region: &&Region| usize::from(region.class) == class;
            if let Some(region) = drawn.regions.iter().find(of) {
                *place = Some(cut(&input, input.image(), drawn.side, region)?);
            }
        }
        if found.iter().all(Option::is_some) {
            break;
        }
    }
    let squares: Vec<Square> = found.into_iter().collect::<Option<_>>().ok_or_else(none)?;
    let first = squares.first().ok_or_else(none)?;
    let (display, format) = (first.display, first.image.format());
    let samples = squares.iter().flat_map(|square| square.image.samples().to_vec()).collect();
    let image = Image::new(display.side * squares.len(), display.side, format, samples)
        .map_err(|error| ExploreError::Internal(error.to_string()))?;
    Ok((classes, Square { display, image }))
}

fn drawn(input: &Input) -> Result<&Drawn, ExploreError> {
    input.subject.drawn.as_ref().ok_or_else(none)
}

fn none() -> ExploreError {
    ExploreError::Missing("shape to ask about in this phantom".into())
}

fn cut(input: &Input, image: &Image, side: usize, region: &Region) -> Result<Square, ExploreError> {
    let mut samples = Vec::with_capacity(side * side);
    image.copy_region(region.row, region.column, side, &mut samples);
    let image = Image::new(side, side, image.format(), samples)
        .map_err(|error| ExploreError::Internal(error.to_string()))?;
    Ok(Square { display: input.display(side), image })
}
