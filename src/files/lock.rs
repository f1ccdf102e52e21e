//! Owns locks between processes.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use super::{FilesError, io_error};

/// A lock that is held until dropped, or until the process ends in any way.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock if nobody holds it.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn take(path: &Path) -> Result<Option<Self>, FilesError> {
        let file = Self::open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(io_error("lock", path)(source)),
        }
    }

    /// Takes the lock, waiting while somebody holds it.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn wait(path: &Path) -> Result<Self, FilesError> {
        let file = Self::open(path)?;
        file.lock().map_err(io_error("lock", path))?;
        Ok(Self { _file: file })
    }

    /// Takes a share of the lock, waiting while somebody holds it alone; many may have a share.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn share(path: &Path) -> Result<Self, FilesError> {
        let file = Self::open(path)?;
        file.lock_shared().map_err(io_error("lock", path))?;
        Ok(Self { _file: file })
    }

    fn open(path: &Path) -> Result<File, FilesError> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(io_error("create", parent))?;
        }
        File::create(path).map_err(io_error("lock", path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_exclusive_until_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("job.lock");
        let held = Lock::take(&path).unwrap();
        assert!(held.is_some());
        assert!(Lock::take(&path).unwrap().is_none());
        drop(held);
        assert!(Lock::take(&path).unwrap().is_some());
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
}
