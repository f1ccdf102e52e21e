//! Versions of what is written, and what all readers of it must know.

/// Version of the results and record formats.
pub const FORMAT: u32 = 2;

/// Revision of this program: the commit that it was built from, or its release. It stands in the
/// record of every job, and decides nothing: a run continues with a later one.
pub const REVISION: &str = env!("PHANTOM_LIMIT_REVISION");

/// Fewest networks from which a limit is derived: with fewer, how networks differ cannot be
/// told, and verdicts hold for the networks at hand.
pub const LEAST_NETWORKS: u32 = 5;
