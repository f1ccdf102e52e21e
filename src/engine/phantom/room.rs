//! Whether regions have room in a layer: bounds of outlines, in mm; knows no
//! file and no draw.

use super::outline::{curve, is_inside};
use super::{Ellipse, Layer, Matrix, Outline, Tube};

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

impl Outline {
    /// The box (x, y low, x, y high) in mm that holds the outline in every draw.
    fn bounding_box_mm(&self) -> [[f64; 2]; 2] {
        let around = |points: &[[f64; 2]], margin: f64| {
            let fold = |axis: usize, pick: fn(f64, f64) -> f64, first: f64| {
                points.iter().map(|point| point[axis]).fold(first, pick)
            };
            let low = [0, 1].map(|axis| fold(axis, f64::min, f64::INFINITY) - margin);
            let high = [0, 1].map(|axis| fold(axis, f64::max, f64::NEG_INFINITY) + margin);
            [low, high]
        };
        match self {
            Self::Ellipse(ellipse) => ellipse.bounding_box_mm(),
            Self::Rectangle(rectangle) => around(&rectangle.contour(), 0.0),
            Self::Polygon(corners) => around(&corners.contour(), 0.0),
            Self::Tube(tube) => {
                let points: Vec<[f64; 2]> =
                    tube.branches.iter().flat_map(|branch| curve(&branch.path_mm, false)).collect();
                around(&points, tube.widest_mm() + 2.0 * tube.jitter_mm)
            }
            Self::Tree(tree) => around(&[tree.root_mm], tree.reach_mm()),
            Self::Folds(folds) => around(&folds.around.bounding_box_mm(), folds.radius_mm),
        }
    }
}

impl Tube {
    /// The largest radius in mm.
    pub(super) fn widest_mm(&self) -> f64 {
        self.branches.iter().flat_map(|branch| branch.radius_mm).fold(0.0, f64::max)
    }
}

/// Whether the boxes around two layers overlap: false means that the layers never do.
pub(super) fn may_overlap(one: &Layer, other: &Layer) -> bool {
    let boxes = |layer: &Layer| {
        let [low, high] = layer.outline.bounding_box_mm();
        let mirrored = [[-high[0], low[1]], [-low[0], high[1]]];
        if layer.mirror { vec![[low, high], mirrored] } else { vec![[low, high]] }
    };
    boxes(one).iter().any(|[low, high]| {
        boxes(other).iter().any(|[other_low, other_high]| {
            (0..2).all(|axis| low[axis] <= other_high[axis] && other_low[axis] <= high[axis])
        })
    })
}

/// Whether a region of `side` pixels lies inside both the outline and the matrix in every draw,
/// somewhere on a grid of 4 pixels or around the outline's centre. A region that only fits
/// between these places is not found: no study could place many of them.
///
/// A region holds a piece of a tube if a point of its centre line, in every draw, is the middle
/// of a region inside the matrix; of a tree, that is the root. Folds are too thin for regions.
pub(super) fn holds_region(outline: &Outline, matrix: &Matrix, side: usize) -> bool {
    if side > matrix.rows || side > matrix.columns {
        return false;
    }
    let spacing = matrix.pixel_spacing.0;
    let x_of = |column: usize| (column as f64 - matrix.columns as f64 / 2.0) * spacing;
    let y_of = |row: usize| (row as f64 - matrix.rows as f64 / 2.0) * spacing;
    let holds: Box<dyn Fn(f64, f64) -> bool> = match outline {
        Outline::Ellipse(ellipse) => Box::new(ellipse.always_holds()),
        Outline::Rectangle(rectangle) => {
            let contour = rectangle.contour();
            Box::new(move |x, y| is_inside(&contour, x, y))
        }
        Outline::Polygon(corners) => {
            let contour = corners.contour();
            Box::new(move |x, y| is_inside(&contour, x, y))
        }
        Outline::Tube(tube) => {
            let half = [matrix.columns, matrix.rows]
                .map(|pixels| (pixels - side) as f64 * spacing / 2.0 - tube.jitter_mm);
            let points = tube.branches.iter().flat_map(|branch| curve(&branch.path_mm, false));
            return points.into_iter().any(|[x, y]| x.abs() <= half[0] && y.abs() <= half[1]);
        }
        Outline::Tree(tree) => {
            let half =
                [matrix.columns, matrix.rows].map(|pixels| (pixels - side) as f64 * spacing / 2.0);
            return (0..2).all(|axis| tree.root_mm[axis].abs() <= half[axis]);
        }
        Outline::Folds(_) => return false,
    };
    // An ellipse or rectangle is convex: it holds the region if it holds the corners. Of another
    // outline the edges must be looked at too.
    let step = if matches!(outline, Outline::Polygon(_)) { 4 } else { side };
    let fits = |row: usize, column: usize| {
        (0..=side).step_by(step).all(|along| {
            [0, side].iter().all(|&across| {
                holds(x_of(column + along), y_of(row + across))
                    && holds(x_of(column + across), y_of(row + along))
            })
        })
    };
    let [middle_x, middle_y] = outline.middle_mm();
    let around = |center_mm: f64, pixels: usize| {
        let first = center_mm / spacing + (pixels as f64 - side as f64) / 2.0;
        first.round().clamp(0.0, (pixels - side) as f64) as usize
    };
    fits(around(middle_y, matrix.rows), around(middle_x, matrix.columns))
        || (0..=matrix.rows - side)
            .step_by(4)
            .any(|row| (0..=matrix.columns - side).step_by(4).any(|column| fits(row, column)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phantom::{Corners, Undulation};

    fn circle(radius_mm: f64) -> Ellipse {
        Ellipse {
            center_mm: [0.0; 2],
            semi_axes_mm: [radius_mm; 2],
            angle_deg: 0.0,
            undulation: None,
        }
    }

    fn matrix() -> Matrix {
        Matrix::for_tests(64, 64, 1.0)
    }

    #[test]
    fn a_square_needs_its_half_diagonal() {
        // Half the diagonal of 16 mm: 8√2 = 11.314 mm.
        assert!(holds_region(&Outline::Ellipse(circle(11.32)), &matrix(), 16));
        assert!(!holds_region(&Outline::Ellipse(circle(11.31)), &matrix(), 16));
    }

    #[test]
    fn waves_take_room_away() {
        let waves = Some(Undulation { amplitude_mm: 1.0, cycles: 8 });
        let wavy = |radius_mm| Outline::Ellipse(Ellipse { undulation: waves, ..circle(radius_mm) });
        assert!(holds_region(&wavy(12.32), &matrix(), 16));
        assert!(!holds_region(&wavy(12.31), &matrix(), 16));
    }

    #[test]
    fn a_layer_centred_on_the_edge_holds_regions_inside() {
        let edge = Outline::Ellipse(Ellipse { center_mm: [-32.0, 0.0], ..circle(30.0) });
        assert!(holds_region(&edge, &matrix(), 16));
        let outside = Outline::Ellipse(Ellipse { center_mm: [-62.0, 0.0], ..circle(30.0) });
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

    #[test]
    fn a_notch_keeps_regions_out() {
        // An L of arms 20 mm wide: a region of 24 mm fits nowhere, one of 16 mm does.
        let vertices_mm = vec![
            [-30.0, -30.0],
            [-10.0, -30.0],
            [-10.0, 10.0],
            [30.0, 10.0],
            [30.0, 30.0],
            [-30.0, 30.0],
        ];
        let bend = Outline::Polygon(Corners { vertices_mm, smooth: false });
        assert!(holds_region(&bend, &matrix(), 16));
        assert!(!holds_region(&bend, &matrix(), 24));
    }
}
