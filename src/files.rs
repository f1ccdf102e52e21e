//! Owns paths, locks, atomic writes, hashes, the clock and the host's name: nothing else in
//! the library touches them. Knows no phantom and no result.

mod lock;
mod manifest;
mod seal;
mod surroundings;

use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use serde::Serialize;
use sha2::{Digest, Sha256};
use thiserror::Error;

pub use lock::Lock;
pub use manifest::{MANIFEST, ManifestDraft, Mismatch, verify_manifest, write_manifest};
pub use seal::{PROVENANCE, is_sealed, sealed};
pub use surroundings::{Surroundings, day, library, processor_seconds};

/// Name of the file that marks a directory as made here.
pub const MARKER: &str = ".phantom-limit";
/// Ending of a file that is being written; its final name appears only when it is whole.
const PARTIAL: &str = "partial";

/// Why a file or directory could not be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FilesError {
    /// The operating system refused.
    #[error("cannot {action} `{}`: {}", path.display(), explain(source))]
    Io {
        /// What was tried, as a verb phrase.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The directory holds something that was not made here.
    #[error(
        "`{}` is not empty and was not made by `phantom-limit {kind}`; choose another --out or an \
         empty directory",
        path.display()
    )]
    Foreign {
        /// The directory.
        path: PathBuf,
        /// What should have made it.
        kind: &'static str,
    },
    /// The directory does not exist or has no marker.
    #[error(
        "`{}` is not a directory of `phantom-limit {kind}`; give the directory that was its --out",
        path.display()
    )]
    NotOurs {
        /// The directory.
        path: PathBuf,
        /// What should have made it.
        kind: &'static str,
    },
    /// There is no manifest yet.
    #[error("`{}` is not finished; run the same command again to continue", path.display())]
    Unfinished {
        /// The directory.
        path: PathBuf,
    },
    /// A file that must be text is none.
    #[error("`{}` is no UTF-8 text at byte {byte}; save it as UTF-8", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// Bytes of text before.
        byte: usize,
    },
    /// A file does not hold what it must.
    #[error("`{}` is damaged: {detail}; delete it and run the same command again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
}

fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull => {
            "the disk is full; free some space and run the same command again to continue".into()
        }
        io::ErrorKind::PermissionDenied => "permission denied; choose a place you may write".into(),
        io::ErrorKind::NotFound => "no such file or directory".into(),
        _ => error.to_string(),
    }
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FilesError {
    let path = path.to_owned();
    move |source| FilesError::Io { action, path, source }
}

/// Takes a directory for a kind of output: makes it, or finds that it was made for the same.
///
/// # Errors
/// If it cannot be made or belongs to something else; a directory made by a failed call is
/// removed again.
pub fn claim(directory: &Path, kind: &'static str) -> Result<(), FilesError> {
    let existed = directory.exists();
    if existed {
        let marker = directory.join(MARKER);
        let foreign = || FilesError::Foreign { path: directory.to_owned(), kind };
        let own = || {
            owned(directory, kind).map_err(|error| match error {
                FilesError::NotOurs { .. } => foreign(),
                error => error,
            })
        };
        if marker.exists() {
            return own();
        }
        for entry in fs::read_dir(directory).map_err(io_error("read", directory))? {
            let entry = entry.map_err(io_error("read", directory))?;
            // Another process may be claiming the same directory at this moment.
            if !entry.file_name().to_string_lossy().starts_with(MARKER) {
                return if marker.exists() { own() } else { Err(foreign()) };
            }
        }
    } else {
        fs::create_dir_all(directory).map_err(io_error("create", directory))?;
    }
    let written = write(&directory.join(MARKER), marker_text(kind).as_bytes());
    if written.is_err() && !existed {
        // Best effort: the write's own error is the one to report. Others may have written by now, and
        // what they have stays.
        let _ = fs::remove_dir(directory);
    }
    written
}

/// Checks that a directory was made for this kind of output.
///
/// # Errors
/// If it was not.
pub fn owned(directory: &Path, kind: &'static str) -> Result<(), FilesError> {
    let marker = directory.join(MARKER);
    match fs::read_to_string(&marker) {
        Ok(text) if text == marker_text(kind) => Ok(()),
        Ok(_) => Err(FilesError::NotOurs { path: directory.to_owned(), kind }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(FilesError::NotOurs { path: directory.to_owned(), kind })
        }
        Err(error) => Err(io_error("read", &marker)(error)),
    }
}

fn marker_text(kind: &str) -> String {
    format!("phantom-limit {kind} 1\n")
}

/// Writes a whole file or nothing: to a neighbour first, flushed to the disk, then renamed.
/// Missing directories are made.
///
/// # Errors
/// If the system refuses; the neighbour is removed.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), FilesError> {
    write_with(path, |file| file.write_all(bytes))
}

/// [`write()`] for contents that are produced piece by piece.
///
/// # Errors
/// As [`write()`], and what `produce` returns.
pub fn write_with(
    path: &Path,
    produce: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), FilesError> {
    let mut draft = Draft::create(path)?;
    produce(&mut draft).map_err(|source| write_failed(path, source))?;
    draft.finish_durable()
}

/// The error of a write to `path`.
pub fn write_failed(path: &Path, source: io::Error) -> FilesError {
    io_error("write", path)(source)
}

/// A file that is being written, beside its final name. It appears under that name only when
/// it is finished; dropped before, it vanishes.
#[derive(Debug)]
pub struct Draft {
    path: PathBuf,
    partial: PathBuf,
    file: io::BufWriter<File>,
    hasher: Sha256,
    finished: bool,
}

impl Draft {
    /// Begins to write what shall become `path`. Missing directories are made.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn create(path: &Path) -> Result<Self, FilesError> {
        // Processes that share a directory must not share a neighbour.
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.{PARTIAL}", unique()));
        let partial = path.with_file_name(name);
        let created = File::create_new(&partial).or_else(|error| {
            let parent = partial.parent().filter(|_| error.kind() == io::ErrorKind::NotFound);
            let Some(parent) = parent else {
                return Err(io_error("write", path)(error));
            };
            fs::create_dir_all(parent).map_err(io_error("create", parent))?;
            File::create_new(&partial).map_err(io_error("write", path))
        })?;
        Ok(Self {
            path: path.to_owned(),
            partial,
            file: io::BufWriter::with_capacity(1 << 16, created),
            hasher: Sha256::new(),
            finished: false,
        })
    }

    /// Gives the file its name and the SHA-256 of its bytes. A power cut may still lose it:
    /// see [`settle`].
    ///
    /// # Errors
    /// If the system refuses; nothing is left then.
    pub fn finish(mut self) -> Result<String, FilesError> {
        self.rename(false)?;
        Ok(hexadecimal(&self.hasher.finalize_reset()))
    }

    /// The same after its bytes have reached the disk.
    fn finish_durable(mut self) -> Result<(), FilesError> {
        self.rename(true)
    }

    fn rename(&mut self, durable: bool) -> Result<(), FilesError> {
        let mut attempt = || -> io::Result<()> {
            self.file.flush()?;
            if durable {
                self.file.get_ref().sync_all()?;
            }
            fs::rename(&self.partial, &self.path)
        };
        attempt().map_err(|source| write_failed(&self.path, source))?;
        self.finished = true;
        Ok(())
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.finished {
            // Best effort: the error that led here is the one to report.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// Waits until everything below a directory has reached the disk: one call to the system for
/// many small files, where flushing each takes most of the time.
///
/// # Errors
/// If the system refuses.
pub fn settle(directory: &Path) -> Result<(), FilesError> {
    #[cfg(target_os = "linux")]
    {
        let opened = File::open(directory).map_err(io_error("read", directory))?;
        rustix::fs::syncfs(&opened).map_err(|error| io_error("write", directory)(error.into()))
    }
    #[cfg(not(target_os = "linux"))]
    for_each_file(directory, &mut |path| {
        let file = File::options().append(true).open(&path).map_err(io_error("read", &path))?;
        file.sync_all().map_err(io_error("write", &path))
    })
}

/// Reads a whole file.
///
/// # Errors
/// If the system refuses.
pub fn read(path: &Path) -> Result<Vec<u8>, FilesError> {
    fs::read(path).map_err(io_error("read", path))
}

/// SHA-256 of a file in hexadecimal, read in parts.
///
/// # Errors
/// If the system refuses.
pub fn sha256_of(path: &Path) -> Result<String, FilesError> {
    let mut file = File::open(path).map_err(io_error("read", path))?;
    let (mut hash, mut part) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut part).map_err(io_error("read", path))? {
            0 => return Ok(hexadecimal(&hash.finalize())),
            length => hash.update(&part[..length]),
        }
    }
}

/// Reads a whole file as UTF-8.
///
/// # Errors
/// If the system refuses or the bytes are not UTF-8.
pub fn read_text(path: &Path) -> Result<String, FilesError> {
    String::from_utf8(read(path)?).map_err(|error| FilesError::NotText {
        path: path.to_owned(),
        byte: error.utf8_error().valid_up_to(),
    })
}

/// Removes a directory and everything in it, if it is there.
///
/// # Errors
/// If the system refuses.
pub fn remove_directory(path: &Path) -> Result<(), FilesError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(io_error("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// Removes a file, if it is there.
///
/// # Errors
/// If the system refuses.
pub fn remove_file(path: &Path) -> Result<(), FilesError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(io_error("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// Asks the server of a shared file system for a directory's entries: an answer from its memory may
/// miss what other nodes wrote. A directory that is not there has none.
pub fn look_again(directory: &Path) {
    fs::read_dir(directory).into_iter().flatten().for_each(drop);
}

/// The way from a directory to a path, both of which are there; `None` where there is none.
#[must_use]
pub fn relative(directory: &Path, path: &Path) -> Option<PathBuf> {
    let [from, to] = [directory, path].map(|it| it.canonicalize().ok());
    let (from, to) = (from?, to?);
    let pairs = from.components().zip(to.components());
    let shared = pairs.take_while(|(one, other)| one == other).count();
    // Volumes have no way between them.
    (shared > 0).then(|| {
        let up = from.components().skip(shared).map(|_| Component::ParentDir);
        up.chain(to.components().skip(shared)).collect()
    })
}

/// Sixteen hexadecimal digits that no other process or call has: random, since processes of other
/// nodes may have the same number. They name files that vanish, and reach no result.
#[must_use]
pub fn unique() -> String {
    format!("{:016x}", RandomState::new().hash_one(std::process::id()))
}

/// Serialises as indented JSON with a final newline.
#[must_use]
pub fn json(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .expect("the project's records have text keys and serialise");
    bytes.push(b'\n');
    bytes
}

/// Every file below a directory as a relative path with `/`, in byte order; files that are
/// being written and locks are left out.
///
/// # Errors
/// If the system refuses.
pub fn listing(directory: &Path) -> Result<Vec<String>, FilesError> {
    let mut found = Vec::new();
    for_each_file(directory, &mut |path| {
        if path.extension().is_none_or(|ending| ending != PARTIAL && ending != "lock") {
            let relative = path.strip_prefix(directory).unwrap_or(&path);
            let parts: Vec<_> =
                relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
            found.push(parts.join("/"));
        }
        Ok(())
    })?;
    found.sort();
    Ok(found)
}

/// Removes files that a killed process left half-written. Nobody may be writing.
///
/// # Errors
/// If the system refuses.
pub fn remove_partial(directory: &Path) -> Result<(), FilesError> {
    for_each_file(directory, &mut |path| {
        if path.extension().is_some_and(|ending| ending == PARTIAL) {
            fs::remove_file(&path).map_err(io_error("remove", &path))?;
        }
        Ok(())
    })
}

/// Calls `visit` with every file below a directory, in no order.
fn for_each_file(
    directory: &Path,
    visit: &mut dyn FnMut(PathBuf) -> Result<(), FilesError>,
) -> Result<(), FilesError> {
    let mut pending = vec![directory.to_owned()];
    while let Some(place) = pending.pop() {
        for entry in fs::read_dir(&place).map_err(io_error("read", &place))? {
            let entry = entry.map_err(io_error("read", &place))?;
            let path = entry.path();
            let below = entry.file_type().map_err(io_error("read", &path))?.is_dir();
            if below { pending.push(path) } else { visit(path)? }
        }
    }
    Ok(())
}

/// SHA-256 as lower-case hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_of_abc() {
        // FIPS 180-4, appendix B.1.
        assert_eq!(
            sha256(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn ways_lead_from_a_directory() {
        let root = tempfile::tempdir().unwrap();
        let [run, data] = ["runs/one", "scans"].map(|it| root.path().join(it));
        for folder in [&run, &data] {
            fs::create_dir_all(folder).unwrap();
        }
        assert_eq!(relative(&run, &data), Some(PathBuf::from("../../scans")));
        assert_eq!(relative(root.path(), &run), Some(PathBuf::from("runs/one")));
        assert_eq!(relative(&run, &root.path().join("nothing")), None);
    }

    #[test]
    fn a_foreign_directory_is_refused_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("thesis.tex"), "x").unwrap();
        let error = claim(directory.path(), "calibrate").unwrap_err();
        assert!(matches!(error, FilesError::Foreign { .. }), "{error}");
        assert_eq!(listing(directory.path()).unwrap(), ["thesis.tex"]);
    }

    #[test]
    fn a_directory_is_claimed_twice_for_one_kind_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b");
        claim(&path, "calibrate").unwrap();
        claim(&path, "calibrate").unwrap();
        assert!(claim(&path, "generate").is_err());
    }

    #[test]
    fn a_failed_write_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x");
        let error = write_with(&path, |_| Err(io::ErrorKind::StorageFull.into())).unwrap_err();
        assert!(error.to_string().contains("disk is full"), "{error}");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_draft_appears_when_it_is_finished_and_vanishes_when_it_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b");
        let mut draft = Draft::create(&path).unwrap();
        draft.write_all(b"abc").unwrap();
        assert!(!path.exists());
        // FIPS 180-4, appendix B.1.
        assert!(draft.finish().unwrap().starts_with("ba7816bf8f01cfea"));
        assert_eq!(fs::read(&path).unwrap(), b"abc");
        drop(Draft::create(&directory.path().join("c")).unwrap());
        assert_eq!(listing(directory.path()).unwrap(), ["a/b"]);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        settle(directory.path()).unwrap();
    }
}
