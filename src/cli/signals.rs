//! Ctrl-C and SIGTERM: the first asks for an orderly stop, the second ends at once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

static RECEIVED: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

/// A flag that turns true when the process is asked to stop.
pub(super) fn watch() -> std::io::Result<Arc<AtomicBool>> {
    let stopped = Arc::new(AtomicBool::new(false));
    let received = RECEIVED.get_or_init(|| Arc::new(AtomicUsize::new(0)));
    for signal in [SIGINT, SIGTERM] {
        // Armed by the first signal, so the second ends the process.
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&stopped))?;
        flag::register_usize(signal, Arc::clone(received), signal as usize)?;
        flag::register(signal, Arc::clone(&stopped))?;
    }
    Ok(stopped)
}

/// The signal that asked to stop.
pub(super) fn received() -> i32 {
    let signal = RECEIVED.get().map_or(0, |received| received.load(Ordering::Relaxed));
    if signal == 0 { SIGINT } else { signal as i32 }
}
