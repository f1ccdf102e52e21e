//! Where trainings are that are not done.

use super::RunDirectory;
use crate::files::{self, FilesError};

impl RunDirectory {
    /// Keeps where a training is that is not done; `key` names all that it depends on.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn keep_state(&self, name: &str, key: &str, state: &[u8]) -> Result<(), FilesError> {
        let digest = state_digest(key, state);
        self.write(&state_file(name), &[digest.as_bytes(), state].concat())
    }

    /// Where a training of this key was when it ended early. What is damaged, of another key or
    /// cannot be read is as nothing: the training begins anew.
    #[must_use]
    pub fn state(&self, name: &str, key: &str) -> Option<Vec<u8>> {
        let bytes = self.bytes(&state_file(name)).ok()??;
        let (digest, state) = bytes.split_first_chunk::<64>()?;
        (state_digest(key, state).as_bytes() == digest).then(|| state.to_vec())
    }

    /// Removes what was kept of a training.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn forget_state(&self, name: &str) -> Result<(), FilesError> {
        files::remove_file(&self.path(&state_file(name)))
    }
}

fn state_file(name: &str) -> String {
    format!("states/{name}.state")
}

/// Of a key and the state that it is of.
fn state_digest(key: &str, state: &[u8]) -> String {
    files::sha256(&[files::sha256(key.as_bytes()).as_bytes(), state].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_that_of_its_key_or_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let store = RunDirectory::claim(directory.path()).unwrap();
        assert_eq!(store.state("job", "plan"), None);
        store.keep_state("job", "plan", b"epoch 3").unwrap();
        assert_eq!(store.state("job", "plan"), Some(b"epoch 3".to_vec()));
        assert_eq!(store.state("job", "another plan"), None);
        let path = directory.path().join("states/job.state");
        let bytes = std::fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            std::fs::write(&path, damaged).unwrap();
            assert_eq!(store.state("job", "plan"), None, "byte {at}");
        }
        for _ in 0..2 {
            store.forget_state("job").unwrap();
        }
        assert_eq!(store.state("job", "plan"), None);
    }
}
