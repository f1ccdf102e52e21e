//! States how finely the ideal observer marginalises; computes nothing.

/// How finely position, size and angle are marginalised: the middles of so many equal parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Grid {
    /// Positions along each axis.
    pub positions: usize,
    /// Equivalent radii.
    pub sizes: usize,
    /// Angles within 90 degrees, for shapes that turn; a disk and a ring have one.
    pub angles: usize,
}

impl Grid {
    /// Steps that move an edge of the CT head's targets by about 0.3 mm, a third of the blur's
    /// width: at a d′ of some tens, hundredths of a template's energy are whole units of log
    /// likelihood.
    pub const USUAL: Self = Self { positions: 14, sizes: 5, angles: 9 };

    /// A finer one, from which the error of [`Self::USUAL`] is found.
    pub const FINE: Self = Self { positions: 16, sizes: 6, angles: 11 };
}
