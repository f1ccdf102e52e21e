//! Pictures as PNG in data URIs: tiles, differences and the example.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::imageops;
use image::{ExtendedColorType, GrayImage, ImageEncoder, Rgb, RgbImage};
use imageproc::drawing::{draw_hollow_circle_mut, draw_hollow_rect_mut};
use imageproc::rect::Rect;

use crate::record::{AttentionMap, Example, Strip, Tile};

/// Enlargement of the outlined copy: a circle needs pixels to be round.
const ENLARGED: u32 = 6;

/// Colour of the outline around a target.
const OUTLINE: Rgb<u8> = Rgb([255, 208, 0]);

/// Colour of the pixels that an answer depends on.
const WARM: [u8; 3] = [255, 72, 40];

/// Ends and middle of the scale of differences: negative, zero, positive.
const DIVERGING: [[u8; 3]; 3] = [[27, 88, 166], [247, 247, 247], [179, 88, 6]];

/// Colours of the classes on a dark image, by index; more classes share them again.
pub(super) const CLASS_COLOURS: [[u8; 3]; 8] = [
    [86, 180, 233],
    [240, 228, 66],
    [255, 140, 66],
    [102, 221, 170],
    [240, 150, 200],
    [190, 190, 190],
    [160, 140, 255],
    [255, 255, 255],
];

/// The colour of a class.
pub(super) fn class_colour(class: usize) -> [u8; 3] {
    CLASS_COLOURS[class % CLASS_COLOURS.len()]
}

/// `#rrggbb`.
pub(super) fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// The scale of differences as a CSS gradient, the same as in [`difference`].
pub(super) fn gradient() -> String {
    let [low, zero, high] = DIVERGING.map(hex);
    format!("linear-gradient(90deg,{low},{zero},{high})")
}

/// A tile's displayed values; `None` if they do not fill `side`².
pub(super) fn display(tile: &Tile, side: u32) -> Option<String> {
    let image = GrayImage::from_raw(side, side, tile.display.clone())?;
    grey(&image)
}

/// The strip's original, enlarged, with a circle around the target.
pub(super) fn outlined(strip: &Strip) -> Option<String> {
    let (side, tile) = (strip.side, &strip.original);
    let tile = GrayImage::from_raw(side, side, tile.display.clone())?;
    let enlarged = side.checked_mul(ENLARGED).filter(|it| *it > 0)?;
    let tile = imageops::resize(&tile, enlarged, enlarged, imageops::FilterType::Nearest);
    let mut image =
        RgbImage::from_fn(enlarged, enlarged, |x, y| Rgb([tile.get_pixel(x, y).0[0]; 3]));
    let scale = f64::from(ENLARGED);
    // A pixel of clearance, so that the line does not cover the target's edge.
    let radius = (strip.extent_pixels + 1.0) * scale;
    let center = [strip.center_column, strip.center_row].map(|it| (it * scale - 0.5).round());
    if [radius, center[0], center[1]].iter().all(|it| it.abs() < 4.0 * f64::from(enlarged)) {
        let center = (center[0] as i32, center[1] as i32);
        for width in 0..4 {
            draw_hollow_circle_mut(&mut image, center, radius.round() as i32 + width, OUTLINE);
        }
    }
    colour(&image)
}

/// Range ±R for the differences of some tiles: the 99.5th percentile of their magnitudes, so that
/// a few extreme values do not fade the rest; at least 1.
pub(super) fn difference_range<'a>(tiles: impl Iterator<Item = &'a Tile>) -> u32 {
    let mut magnitudes: Vec<u32> =
        tiles.flat_map(|tile| &tile.difference).map(|it| it.unsigned_abs()).collect();
    magnitudes.sort_unstable();
    let last = magnitudes.len().saturating_sub(1);
    magnitudes.get(last - last / 200).copied().unwrap_or(0).max(1)
}

/// A tile's signed difference on the scale −`range` to `range`.
pub(super) fn difference(tile: &Tile, side: u32, range: u32) -> Option<String> {
    let samples = u64::from(side) * u64::from(side);
    if side == 0 || tile.difference.len() as u64 != samples {
        return None;
    }
    let pixels = tile.difference.iter().flat_map(|&value| diverging(value, range)).collect();
    colour(&RgbImage::from_raw(side, side, pixels)?)
}

/// A colour of the scale of differences.
fn diverging(value: i32, range: u32) -> [u8; 3] {
    let share = f64::from(value.unsigned_abs().min(range)) / f64::from(range.max(1));
    let end = if value < 0 { DIVERGING[0] } else { DIVERGING[2] };
    std::array::from_fn(|channel| {
        let (zero, end) = (f64::from(DIVERGING[1][channel]), f64::from(end[channel]));
        (zero + share * (end - zero)).round() as u8
    })
}

/// A map of where networks look over the region that they see, with a line around the true mask;
/// `None` if its parts do not fill `side`².
pub(super) fn attention(map: &AttentionMap, side: u32) -> Option<String> {
    let pixels = (side as usize).checked_mul(side as usize)?;
    if [map.map.len(), map.display.len(), map.mask.len()] != [pixels; 3] {
        return None;
    }
    let inside = |x: u32, y: u32| x < side && y < side && map.mask[(y * side + x) as usize] == 1;
    let image = RgbImage::from_fn(side, side, |x, y| {
        let around = [(x + 1, y), (x.wrapping_sub(1), y), (x, y + 1), (x, y.wrapping_sub(1))];
        if !inside(x, y) && around.into_iter().any(|(x, y)| inside(x, y)) {
            return OUTLINE;
        }
        let place = (y * side + x) as usize;
        let share = 0.8 * f64::from(map.map[place]) / 255.0;
        let grey = f64::from(map.display[place]);
        Rgb(WARM.map(|warm| (grey + share * (f64::from(warm) - grey)).round() as u8))
    });
    colour(&image)
}

/// Displayed values `[rows, columns]`; `None` if they do not fill them.
pub(super) fn grey_values(values: &[u8], [rows, columns]: [u32; 2]) -> Option<String> {
    grey(&GrayImage::from_raw(columns, rows, values.to_vec())?)
}

/// Values `[rows, columns]` as a warm layer, the stronger the higher; `None` if they do not fill
/// them.
pub(super) fn warm_values(values: &[u8], [rows, columns]: [u32; 2]) -> Option<String> {
    if values.len() as u64 != u64::from(rows) * u64::from(columns) {
        return None;
    }
    // The square: most places are rated low, and stay clear.
    let strength = |value: u8| (0.8 * f64::from(value).powi(2) / 255.0).round() as u8;
    let pixel = |&value: &u8| [WARM[0], WARM[1], WARM[2], strength(value)];
    let samples: Vec<u8> = values.iter().flat_map(pixel).collect();
    uri(&samples, (columns, rows), ExtendedColorType::Rgba8)
}

/// Boxes of regions for detection, with and without a target.
const PRESENT: [u8; 3] = [255, 255, 255];
const ABSENT: [u8; 3] = [128, 128, 128];

/// The example with a box around every region, in the colour of its class.
pub(super) fn example(example: &Example) -> Option<String> {
    let grey = GrayImage::from_raw(example.columns, example.rows, example.display.clone())?;
    let mut image =
        RgbImage::from_fn(
            example.columns,
            example.rows,
            |x, y| Rgb([grey.get_pixel(x, y).0[0]; 3]),
        );
    let identified = example.regions.iter().map(|&(at, class)| (at, class_colour(class.into())));
    let detected = example.detection.iter();
    let detected =
        detected.map(|&(at, is_present)| (at, if is_present { PRESENT } else { ABSENT }));
    for ([row, column], colour) in identified.chain(detected) {
        let (Ok(x), Ok(y)) = (i32::try_from(column), i32::try_from(row)) else { continue };
        if x >= i32::MAX / 2 || y >= i32::MAX / 2 || !(1..4096).contains(&example.region_side) {
            continue;
        }
        let side = example.region_side;
        draw_hollow_rect_mut(&mut image, Rect::at(x, y).of_size(side, side), Rgb(colour));
    }
    colour(&image)
}

fn grey(image: &GrayImage) -> Option<String> {
    uri(image.as_raw(), image.dimensions(), ExtendedColorType::L8)
}

fn colour(image: &RgbImage) -> Option<String> {
    uri(image.as_raw(), image.dimensions(), ExtendedColorType::Rgb8)
}

/// PNG as a data URI; `None` for an image without pixels.
fn uri(samples: &[u8], (columns, rows): (u32, u32), color: ExtendedColorType) -> Option<String> {
    if columns == 0 || rows == 0 {
        return None;
    }
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive)
        .write_image(samples, columns, rows, color)
        .ok()?;
    Some(format!("data:image/png;base64,{}", STANDARD.encode(png)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_of_differences_is_neutral_at_zero_and_saturates() {
        assert_eq!(diverging(0, 10), [247, 247, 247]);
        assert_eq!(diverging(-10, 10), DIVERGING[0]);
        assert_eq!(diverging(10, 10), DIVERGING[2]);
        assert_eq!(diverging(i32::MIN, 10), DIVERGING[0]);
        // Halfway: 247 + (179 - 247)/2 = 213, 247 + (88 - 247)/2 = 167.5, 247 + (6 - 247)/2 = 126.5.
        assert_eq!(diverging(5, 10), [213, 168, 127]);
    }

    #[test]
    fn the_range_ignores_the_largest_half_percent() {
        let mut difference = vec![-3; 1000];
        difference[..4].fill(900);
        let tile = Tile { display: Vec::new(), difference };
        assert_eq!(difference_range([&tile].into_iter()), 3);
        let empty = Tile { display: Vec::new(), difference: Vec::new() };
        assert_eq!(difference_range([&empty].into_iter()), 1);
    }

    #[test]
    fn a_tile_of_the_wrong_size_is_no_picture() {
        let tile = Tile { display: vec![0; 15], difference: vec![0; 15] };
        assert_eq!(display(&tile, 4), None);
        assert_eq!(difference(&tile, 4, 1), None);
        let none = Tile { display: Vec::new(), difference: Vec::new() };
        assert_eq!(display(&none, 0), None);
        assert_eq!(difference(&none, 0, 1), None);
    }

    #[test]
    fn a_display_reads_back_as_it_was() {
        let tile = Tile { display: (0..16).collect(), difference: Vec::new() };
        let uri = display(&tile, 4).unwrap();
        let png = STANDARD.decode(uri.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
        let image = image::load_from_memory(&png).unwrap().into_luma8();
        assert_eq!(image.into_raw(), tile.display);
    }
}
