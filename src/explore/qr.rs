//! A text as a QR code; knows no address.

use qrcode::{Color, EcLevel, QrCode};

use super::ExploreError;

/// Light modules around the code (ISO/IEC 18004, 9.1).
const QUIET: usize = 4;

/// The code as SVG, black on white whatever the page looks like, one unit for each module.
pub(super) fn svg(text: &str) -> Result<String, ExploreError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)
        .map_err(|error| ExploreError::Internal(format!("no QR code: {error}")))?;
    let width = code.width();
    let side = width + 2 * QUIET;
    let modules: String = code
        .to_colors()
        .iter()
        .enumerate()
        .filter(|(_, colour)| **colour == Color::Dark)
        .map(|(at, _)| format!("M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET))
        .collect();
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
         <path d=\"{modules}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finder_patterns_stand_in_three_corners() {
        let picture = svg("http://192.168.1.20:7341/#ABC234").expect("short enough");
        // Version 3 has 29 modules a side; a finder pattern is 7 modules wide.
        assert!(picture.contains("viewBox=\"0 0 37 37\""), "{picture}");
        for corner in ["M4 4h", "M32 4h", "M4 32h"] {
            assert!(picture.contains(corner), "{corner}");
        }
        assert!(!picture.contains("M32 32h1v1h-1zM33"), "nothing in the quiet zone");
    }
}
