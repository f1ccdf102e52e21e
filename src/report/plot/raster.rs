//! Plots as pixels: the program's own SVG in the light palette, with the font that comes with the
//! program, so that the machine's fonts change nothing.

use std::sync::Arc;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use thiserror::Error;

use super::drawing::PALETTE;

/// A plot could not be drawn as pixels.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("a plot cannot be drawn: {0}")]
pub struct PlotError(String);

/// Family of the font: DejaVu Sans Condensed, nearly as wide as Arial.
const FAMILY: &str = "DejaVu Sans";
/// Pixels per SVG unit.
const SCALE: f32 = 2.0;

/// 8-bit RGB PNG of an SVG that this module's parent wrote, two pixels per unit.
pub(in crate::report) fn png(svg: &str) -> Result<Vec<u8>, PlotError> {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(dejavu::sans_condensed::regular().to_vec());
    fonts.set_sans_serif_family(FAMILY);
    let options =
        Options { font_family: FAMILY.to_owned(), fontdb: Arc::new(fonts), ..Options::default() };
    let tree = Tree::from_str(&light(svg), &options).map_err(|error| fault(&error))?;
    let size = tree.size().to_int_size().scale_by(SCALE).ok_or(PlotError("no size".to_owned()))?;
    let (width, height) = (size.width(), size.height());
    let mut pixels = Pixmap::new(width, height).ok_or(PlotError("no memory".to_owned()))?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    // The background is opaque, so colours are not multiplied by an alpha.
    let mut rgb = Vec::with_capacity(3 * pixels.data().len() / 4);
    for pixel in pixels.data().chunks_exact(4) {
        rgb.extend_from_slice(&pixel[..3]);
    }
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive)
        .write_image(&rgb, width, height, ExtendedColorType::Rgb8)
        .map_err(|error| fault(&error))?;
    Ok(bytes)
}

fn fault(error: &dyn std::error::Error) -> PlotError {
    PlotError(error.to_string())
}

/// The colours of the light palette in place of its variables, which a renderer without a cascade
/// does not know.
fn light(svg: &str) -> String {
    let usual = PALETTE.split('}').next().unwrap_or_default();
    let colours = usual.lines().filter_map(|line| {
        let (name, colour) = line.trim().strip_suffix(';')?.split_once(": ")?;
        name.starts_with("--").then(|| (format!("var({name})"), colour))
    });
    colours.fold(svg.replace(PALETTE, ""), |svg, (name, colour)| svg.replace(&name, colour))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(svg: &str) -> image::RgbImage {
        image::load_from_memory(&png(svg).unwrap()).unwrap().into_rgb8()
    }

    #[test]
    fn variables_are_the_light_colours() {
        // --jpeg: #b84a00, in palette.css.
        let image = pixels(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"3\" height=\"2\">\
             <style>.jpeg { fill: var(--jpeg); }</style>\
             <rect class=\"jpeg\" width=\"3\" height=\"2\"/></svg>",
        );
        assert_eq!(image.dimensions(), (6, 4));
        assert!(image.pixels().all(|pixel| pixel.0 == [0xb8, 0x4a, 0x00]));
    }

    #[test]
    fn text_is_as_wide_as_the_font_says() {
        // fontTools 4.68.0: a zero of the font advances by 1172/2048 em and is drawn from 121 to 1051;
        // 40 units high, twice as many pixels.
        let image = pixels(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"200\" height=\"60\">\
             <rect width=\"200\" height=\"60\" fill=\"white\"/>\
             <text x=\"10\" y=\"45\" font-family=\"system-ui, sans-serif\" font-size=\"40\">0000</text></svg>",
        );
        let dark = |x: u32| (0..image.height()).any(|y| image.get_pixel(x, y).0[0] < 128);
        let first = (0..image.width()).find(|&x| dark(x)).unwrap();
        let last = (0..image.width()).rev().find(|&x| dark(x)).unwrap();
        let expected = 80.0 * (3.0 * 1172.0 + 1051.0 - 121.0) / 2048.0;
        let width = f64::from(last + 1 - first);
        assert!((width - expected).abs() <= 2.0, "{width} for {expected}");
    }

    #[test]
    fn what_is_no_svg_is_an_error() {
        assert!(png("<svg").unwrap_err().to_string().starts_with("a plot cannot be drawn"));
    }
}
