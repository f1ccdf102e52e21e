//! Owns what is true of this process and machine.

use std::ffi::OsString;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// What is true of this process and machine, for provenance only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Surroundings {
    /// Seconds since 1970-01-01 UTC.
    pub unix_seconds: u64,
    /// Name of the machine; of the node where Slurm gives one.
    pub host: String,
    /// Name of the processor, as the system gives it.
    pub processor: String,
    /// Processors that may be used.
    pub processors: usize,
    /// Operating system and architecture.
    pub system: String,
    /// Words of the command line.
    pub command: Vec<String>,
}

impl Surroundings {
    /// Looks around.
    #[must_use]
    pub fn now() -> Self {
        let processor = fs::read_to_string("/proc/cpuinfo")
            .ok()
            .and_then(|text| {
                let line = text.lines().find(|line| line.starts_with("model name"))?;
                line.split(':').nth(1).map(|name| name.trim().to_owned())
            })
            .unwrap_or_else(|| "unknown".into());
        Self {
            unix_seconds: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
            host: host(),
            processor,
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            command: std::env::args().collect(),
        }
    }
}

/// The day of a time, `YYYY-MM-DD` in UTC (days to civil date, Hinnant 2013).
///
/// ```
/// use phantom_limit::files::day;
/// // GNU date -u -d @951782400, and the last second before it.
/// assert_eq!(day(951_782_400), "2000-02-29");
/// assert_eq!(day(951_782_399), "2000-02-28");
/// assert_eq!(day(0), "1970-01-01");
/// ```
#[must_use]
pub fn day(unix_seconds: u64) -> String {
    // Days since 0000-03-01, in eras of 400 years that begin in March.
    let days = unix_seconds / 86_400 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let years = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * years + years / 4 - years / 100);
    let march = (5 * of_year + 2) / 153;
    let date = of_year - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = 400 * era + years + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{date:02}")
}

/// Seconds of processor time that this process has taken, all of its threads together, ended ones too;
/// `None` where the system does not say. In steps of 1/100 s (utime and stime of `/proc/self/stat`
/// in the USER_HZ of Linux, proc(5)).
///
/// ```
/// use phantom_limit::files::processor_seconds;
/// if let Some(before) = processor_seconds() {
///     std::thread::sleep(std::time::Duration::from_millis(300));
///     let asleep = processor_seconds().unwrap() - before;
///     assert!(asleep < 0.2, "{asleep} s of sleep");
///     // Two threads that work until the clock of the process has moved.
///     let work = || while processor_seconds().unwrap() < before + asleep + 0.1 {};
///     std::thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(work))));
/// }
/// ```
#[must_use]
pub fn processor_seconds() -> Option<f64> {
    const PER_SECOND: f64 = 100.0;
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    // The name in brackets may hold blanks; the state after it is the third field.
    let (_, fields) = text.rsplit_once(')')?;
    let mut ticks = fields.split_whitespace().skip(11).map(|field| field.parse::<f64>().ok());
    Some((ticks.next()?? + ticks.next()??) / PER_SECOND)
}

/// The library that a variable of the environment names; the usual one where it is not set, which the
/// system looks for where it has its libraries.
#[must_use]
pub fn library(variable: &str, usual: &str) -> OsString {
    std::env::var_os(variable).filter(|it| !it.is_empty()).unwrap_or_else(|| usual.into())
}

/// The name that Slurm gives this node, or the system's.
fn host() -> String {
    let system = || fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = std::env::var("SLURMD_NODENAME").ok().or_else(system).unwrap_or_default();
    if name.trim().is_empty() { "unknown".to_owned() } else { name.trim().to_owned() }
}
