//! States the versions of what is written, and what its readers must know; reads nothing.

/// Version of the results and record formats.
pub const FORMAT: u32 = 3;

/// Revision of this program: the commit that it was built from, or its release. The record of every
/// job holds it, and nothing depends on it: a run can be continued by a later revision.
pub const REVISION: &str = env!("PHANTOM_LIMIT_REVISION");

/// Fewest networks from which a limit is derived: with fewer, the spread of networks is not known
/// well enough, and verdicts hold for the trained networks only.
pub const LEAST_NETWORKS: u32 = 5;

/// Fewest test images from which a limit is derived: with fewer, the spread of images is not known
/// well enough, and a level whose loss is the margin passes more often than stated.
pub const LEAST_IMAGES: u32 = 20;
