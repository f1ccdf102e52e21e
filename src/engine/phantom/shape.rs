//! The shapes of targets.

use serde::{Deserialize, Serialize};

/// Shape of a target. All shapes of one equivalent radius have equal area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Filled circle.
    Disk,
    /// Filled square.
    Square,
    /// Filled equilateral triangle.
    Triangle,
    /// Annulus with an inner radius of 0.6 of the outer one.
    Ring,
    /// Plus sign of five equal squares.
    Cross,
    /// Lobulated mass.
    Mass,
    /// Mass with nine spicules.
    Spiculated,
    /// Cluster of seven round specks.
    Cluster,
    /// Seven round specks in a line.
    Line,
    /// Oval defect in the middle of a vessel, along it.
    FillingDefect,
    /// Narrowing of a vessel from both walls.
    Stenosis,
}

impl Shape {
    /// Least radius of a vessel over the equivalent radius of a target in it.
    pub const VESSEL_RADII: f64 = 1.0;

    /// All shapes.
    pub const ALL: [Self; 11] = [
        Self::Disk,
        Self::Square,
        Self::Triangle,
        Self::Ring,
        Self::Cross,
        Self::Mass,
        Self::Spiculated,
        Self::Cluster,
        Self::Line,
        Self::FillingDefect,
        Self::Stenosis,
    ];

    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Square => "square",
            Self::Triangle => "triangle",
            Self::Ring => "ring",
            Self::Cross => "cross",
            Self::Mass => "mass",
            Self::Spiculated => "spiculated",
            Self::Cluster => "cluster",
            Self::Line => "line",
            Self::FillingDefect => "filling-defect",
            Self::Stenosis => "stenosis",
        }
    }

    /// Whether it lies in a vessel, with its direction.
    #[must_use]
    pub fn needs_vessel(self) -> bool {
        matches!(self, Self::FillingDefect | Self::Stenosis)
    }

    /// Radius of the circle around the centre that holds the shape, over the equivalent radius
    /// (from equal areas πr²).
    #[must_use]
    pub fn extent(self) -> f64 {
        use std::f64::consts::PI;
        match self {
            Self::Disk => 1.0,
            // Half the diagonal of a square of side √π.
            Self::Square => (PI / 2.0).sqrt(),
            // Circumradius ρ with (3√3/4)ρ² = π.
            Self::Triangle => (4.0 * PI / (3.0 * 3.0_f64.sqrt())).sqrt(),
            // Outer radius R with πR²(1 − 0.6²) = π.
            Self::Ring => 1.25,
            // Arms of width √(π/5), half-length 1.5 widths; corner at (1.5, 0.5) widths.
            Self::Cross => (PI / 5.0).sqrt() * 2.5_f64.sqrt(),
            // Largest radius of the curves in `scene::outline`, over that of equal area.
            Self::Mass => 1.1659,
            Self::Spiculated => 1.543,
            // Distance of the furthest speck, (0.4, 1.5), and its radius 1/√7.
            Self::Cluster => 2.41_f64.sqrt() + 1.0 / 7.0_f64.sqrt(),
            Self::Line => 2.4 + 1.0 / 7.0_f64.sqrt(),
            // Semi-axis of an ellipse of aspect 1.6.
            Self::FillingDefect => 1.6_f64.sqrt(),
            // At most, in a vessel of 1 to 3 of its radii: see `scene::outline`.
            Self::Stenosis => 2.85,
        }
    }
}
