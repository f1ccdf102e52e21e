//! Owns locks between processes. They save work and decide nothing: a file system may have none that
//! work, or grant one lock twice.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{FilesError, io_error};

/// A lock that is held until dropped, or until the process ends in any way.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    file: File,
    held: bool,
    signed: bool,
}

impl Lock {
    /// Takes the lock if nobody holds it. Where the file system has no locks, it is as if nobody
    /// did.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn take(path: &Path) -> Result<Option<Self>, FilesError> {
        let file = Self::open(path)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Self::new(file, Err(error), path).map(Some),
            Ok(()) => Self::new(file, Ok(()), path).map(Some),
        }
    }

    /// Takes the lock, waiting while somebody holds it.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn wait(path: &Path) -> Result<Self, FilesError> {
        let file = Self::open(path)?;
        let locked = file.lock();
        Self::new(file, locked, path)
    }

    /// Takes a share of the lock, waiting while somebody holds it alone; many may have a share.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn share(path: &Path) -> Result<Self, FilesError> {
        let file = Self::open(path)?;
        let locked = file.lock_shared();
        Self::new(file, locked, path)
    }

    /// True if the system grants it; false where the file system has no locks.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.held
    }

    /// Writes into the file who holds the lock, until it is dropped.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn sign(&mut self, holder: &str) -> Result<(), FilesError> {
        self.signed = true;
        let signed = self.file.set_len(0).and_then(|()| self.file.write_all(holder.as_bytes()));
        signed.map_err(io_error("write", &self.path))
    }

    /// Who signed the lock at a path and neither dropped it nor ended in an orderly way; empty
    /// where nobody did.
    #[must_use]
    pub fn signature(path: &Path) -> String {
        fs::read_to_string(path).unwrap_or_default()
    }

    fn new(file: File, locked: io::Result<()>, path: &Path) -> Result<Self, FilesError> {
        let held = match locked {
            Ok(()) => true,
            Err(error) if has_no_locks(&error) => false,
            Err(error) => return Err(io_error("lock", path)(error)),
        };
        Ok(Self { path: path.to_owned(), file, held, signed: false })
    }

    fn open(path: &Path) -> Result<File, FilesError> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(io_error("create", parent))?;
        }
        // What the holder wrote into it must stay.
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        options.open(path).map_err(io_error("lock", path))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.signed {
            // Best effort: a signature without a lock says little.
            let _ = self.file.set_len(0);
        }
    }
}

/// What the file systems of clusters answer that have no locks: `ENOSYS` (Lustre mounted without
/// `flock`), `EOPNOTSUPP`, and `ENOLCK` (NFS without its lock service).
fn has_no_locks(error: &io::Error) -> bool {
    #[cfg(target_os = "linux")]
    if error.raw_os_error() == Some(rustix::io::Errno::NOLCK.raw_os_error())
        || error.raw_os_error() == Some(rustix::io::Errno::OPNOTSUPP.raw_os_error())
    {
        return true;
    }
    error.kind() == io::ErrorKind::Unsupported
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_exclusive_until_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("job.lock");
        let mut held = Lock::take(&path).unwrap();
        assert!(held.as_ref().unwrap().is_held());
        held.as_mut().unwrap().sign("node 1").unwrap();
        assert!(Lock::take(&path).unwrap().is_none());
        assert_eq!(Lock::signature(&path), "node 1");
        drop(held);
        assert!(Lock::take(&path).unwrap().is_some());
        assert_eq!(Lock::signature(&path), "");
    }

    #[test]
    fn a_shared_lock_is_taken_alone_only_when_all_shares_are_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("work.lock");
        let shares = [Lock::share(&path).unwrap(), Lock::share(&path).unwrap()];
        assert!(Lock::take(&path).unwrap().is_none());
        drop(shares);
        assert!(Lock::take(&path).unwrap().is_some());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn file_systems_without_locks_are_known_by_their_answer() {
        // ENOLCK 37, ENOSYS 38, EOPNOTSUPP 95 are of locks; EIO 5, ENOSPC 28 are not.
        let answers = [37, 38, 95, 5, 28].map(io::Error::from_raw_os_error);
        assert_eq!(answers.each_ref().map(has_no_locks), [true, true, true, false, false]);
    }
}
