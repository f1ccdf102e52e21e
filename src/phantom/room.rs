//! Owns the question whether regions have room in a layer: bounds of ellipses, in mm; knows no
//! file and no draw.

use super::{Ellipse, Matrix};

impl Ellipse {
    /// The factors by which waves scale the outline at the least and at the most.
    fn waves(&self) -> [f64; 2] {
        let mean = (self.semi_axes_mm[0] + self.semi_axes_mm[1]) / 2.0;
        let share = self.undulation.map_or(0.0, |waves| waves.amplitude_mm / mean);
        [1.0 - share, 1.0 + share]
    }

    /// The box (x, y low, x, y high) in mm that holds the outline in every draw.
    fn bounding_box_mm(&self) -> [[f64; 2]; 2] {
        let [a, b] = self.semi_axes_mm.map(|axis| axis * self.waves()[1]);
        let angle = self.angle_deg.to_radians();
        let (cos, sin) = (libm::cos(angle), libm::sin(angle));
        let half = [
            (a * a * cos * cos + b * b * sin * sin).sqrt(),
            (a * a * sin * sin + b * b * cos * cos).sqrt(),
        ];
        let [x, y] = self.center_mm;
        [[x - half[0], y - half[1]], [x + half[0], y + half[1]]]
    }

    /// Answers whether the point (x, y) in mm is inside in every draw.
    fn always_holds(&self) -> impl Fn(f64, f64) -> bool {
        let angle = self.angle_deg.to_radians();
        let (cos, sin) = (libm::cos(angle), libm::sin(angle));
        let [a, b] = self.semi_axes_mm.map(|axis| axis * self.waves()[0]);
        let [center_x, center_y] = self.center_mm;
        move |x, y| {
            let (dx, dy) = (x - center_x, y - center_y);
            let (u, v) = ((cos * dx + sin * dy) / a, (cos * dy - sin * dx) / b);
            u * u + v * v <= 1.0
        }
    }
}

/// Whether the boxes around two outlines overlap: false means that the outlines never do.
pub(super) fn may_overlap(one: &Ellipse, other: &Ellipse) -> bool {
    let ([low, high], [other_low, other_high]) = (one.bounding_box_mm(), other.bounding_box_mm());
    (0..2).all(|axis| low[axis] <= other_high[axis] && other_low[axis] <= high[axis])
}

/// Whether a region of `side` pixels lies inside both the outline and the matrix in every draw,
/// somewhere on a grid of 4 pixels or around the outline's centre. A region that only fits
/// between these places is not found: no study could place many of them.
pub(super) fn holds_region(outline: &Ellipse, matrix: &Matrix, side: usize) -> bool {
    if side > matrix.rows || side > matrix.columns {
        return false;
    }
    let spacing = matrix.pixel_spacing.0;
    let x_of = |column: usize| (column as f64 - matrix.columns as f64 / 2.0) * spacing;
    let y_of = |row: usize| (row as f64 - matrix.rows as f64 / 2.0) * spacing;
    let always_holds = outline.always_holds();
    // An ellipse is convex: it holds the region if it holds the corners.
    let fits = |row: usize, column: usize| {
        [row, row + side].iter().all(|&row| {
            let y = y_of(row);
            [column, column + side].iter().all(|&column| always_holds(x_of(column), y))
        })
    };
    let around = |center_mm: f64, pixels: usize| {
        let first = center_mm / spacing + (pixels as f64 - side as f64) / 2.0;
        first.round().clamp(0.0, (pixels - side) as f64) as usize
    };
    let central =
        (around(outline.center_mm[1], matrix.rows), around(outline.center_mm[0], matrix.columns));
    fits(central.0, central.1)
        || (0..=matrix.rows - side)
            .step_by(4)
            .any(|row| (0..=matrix.columns - side).step_by(4).any(|column| fits(row, column)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Rescale, SampleFormat, Window};
    use crate::phantom::Undulation;
    use crate::units::Millimetres;

    fn circle(radius_mm: f64) -> Ellipse {
        Ellipse {
            center_mm: [0.0; 2],
            semi_axes_mm: [radius_mm; 2],
            angle_deg: 0.0,
            undulation: None,
        }
    }

    fn matrix() -> Matrix {
        Matrix {
            rows: 64,
            columns: 64,
            pixel_spacing: Millimetres(1.0),
            format: SampleFormat { bits_stored: 12, bits_allocated: 16 },
            rescale: Rescale { slope: 1.0, intercept: -1024.0 },
            window: Window { center: 40.0, width: 120.0 },
        }
    }

    #[test]
    fn a_square_needs_its_half_diagonal() {
        // Half the diagonal of 16 mm: 8√2 = 11.314 mm.
        assert!(holds_region(&circle(11.32), &matrix(), 16));
        assert!(!holds_region(&circle(11.31), &matrix(), 16));
    }

    #[test]
    fn waves_take_room_away() {
        let waves = Some(Undulation { amplitude_mm: 1.0, cycles: 8 });
        let wavy = |radius_mm| Ellipse { undulation: waves, ..circle(radius_mm) };
        assert!(holds_region(&wavy(12.32), &matrix(), 16));
        assert!(!holds_region(&wavy(12.31), &matrix(), 16));
    }

    #[test]
    fn a_layer_centred_on_the_edge_holds_regions_inside() {
        let edge = Ellipse { center_mm: [-32.0, 0.0], ..circle(30.0) };
        assert!(holds_region(&edge, &matrix(), 16));
        let outside = Ellipse { center_mm: [-62.0, 0.0], ..circle(30.0) };
        assert!(!holds_region(&outside, &matrix(), 16));
    }

    #[test]
    fn a_turned_ellipse_reaches_as_far_as_its_box_says() {
        // 30° from x: half-extent in x √(4·3/4 + 1/4), in y √(4/4 + 3/4).
        let turned = Ellipse { semi_axes_mm: [2.0, 1.0], angle_deg: 30.0, ..circle(1.0) };
        let [_, high] = turned.bounding_box_mm();
        assert!((high[0] - 3.25_f64.sqrt()).abs() < 1e-12);
        assert!((high[1] - 1.75_f64.sqrt()).abs() < 1e-12);
    }
}
