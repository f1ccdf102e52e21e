//! WebDataset shards: tar files whose members `KEY.npy`, `KEY.mask.npy` and `KEY.json` make
//! a sample.
//!
//! Arrays and not PNG: loaders of shards decode 16-bit PNG through PIL's `convert("RGB")`, which
//! clips every value to 255 without a word.

use std::io::{self, Write};

use crate::files::Draft;

/// A shard that is being written. Members hold no clock, user or path of this machine.
pub(super) struct Shard {
    archive: tar::Builder<Draft>,
}

impl Shard {
    pub(super) fn new(draft: Draft) -> Self {
        Self { archive: tar::Builder::new(draft) }
    }

    /// Appends a member.
    pub(super) fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut header = tar::Header::new_ustar();
        header.set_path(name)?;
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_cksum();
        self.archive.append(&header, bytes)
    }

    /// Ends the archive; the file has its name only after [`Draft::finish`].
    pub(super) fn finish(self) -> io::Result<Draft> {
        let mut draft = self.archive.into_inner()?;
        draft.flush()?;
        Ok(draft)
    }
}
