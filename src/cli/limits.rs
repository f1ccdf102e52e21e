//! Ceilings that a process of this program puts on itself before it reads what may be hostile, as far
//! as the system knows them; elsewhere the clock of the process that started it is what is left.

/// Refuses this process private memory beyond `memory` bytes, and ends it after `seconds` more of a
/// core, rounded up to the next second of its life.
#[cfg(target_os = "linux")]
pub(super) fn limit(memory: u64, seconds: u64) {
    use rustix::process::Resource;
    use rustix::time::{ClockId, clock_gettime};
    let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec as u64 + 1;
    lower(Resource::Data, memory);
    lower(Resource::Cpu, used + seconds);
}

/// From now on this process opens and writes no file, and starts no process; if it crashes, it leaves
/// no image of its memory.
#[cfg(target_os = "linux")]
pub(super) fn shut_in() {
    use rustix::process::Resource;
    for resource in [Resource::Nofile, Resource::Fsize, Resource::Nproc, Resource::Core] {
        lower(resource, 0);
    }
}

/// Takes the ceilings of [`limit`] away.
#[cfg(target_os = "linux")]
pub(super) fn lift() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    for resource in [Resource::Data, Resource::Cpu] {
        let maximum = getrlimit(resource).maximum;
        let _ = setrlimit(resource, Rlimit { current: maximum, maximum });
    }
}

/// Sets a ceiling, or a lower one that is there already. A system that refuses has the parent's clock.
#[cfg(target_os = "linux")]
fn lower(resource: rustix::process::Resource, most: u64) {
    use rustix::process::{Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(resource).maximum;
    let current = Some(maximum.map_or(most, |maximum| most.min(maximum)));
    let _ = setrlimit(resource, Rlimit { current, maximum });
}

/// Whether a process ended because its time of the core was over.
#[cfg(target_os = "linux")]
pub(super) fn ran_out_of_time(status: std::process::ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    status.signal() == Some(rustix::process::Signal::XCPU.as_raw())
}

#[cfg(not(target_os = "linux"))]
pub(super) fn limit(_: u64, _: u64) {}

#[cfg(not(target_os = "linux"))]
pub(super) fn shut_in() {}

#[cfg(not(target_os = "linux"))]
pub(super) fn lift() {}

#[cfg(not(target_os = "linux"))]
pub(super) fn ran_out_of_time(_: std::process::ExitStatus) -> bool {
    false
}
