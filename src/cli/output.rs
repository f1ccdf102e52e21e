//! Where results go: stdout, and directories of several phantoms.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::message::plain_but;
use phantom_limit::phantom::Phantom;
use phantom_limit::report::Ink;

/// Where output goes when several phantoms share one `--out`.
pub(super) fn place(out: &Path, phantom: &Phantom, several: bool) -> PathBuf {
    if several { out.join(&phantom.id) } else { out.to_owned() }
}

/// Writes the result to stdout; a closed pipe is no failure.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    print_inked(text, Ink::Plain)
}

/// The same of a text with the colours of an ink.
pub(super) fn print_inked(text: &str, ink: Ink) -> Result<(), Failure> {
    use std::io::{ErrorKind, Write};
    match std::io::stdout().lock().write_all(plain_but(ink.codes(), text).as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::failed(error)),
        _ => Ok(()),
    }
}
