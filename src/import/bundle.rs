//! A few arrays of an NPZ file by their names: an image, and numbers of any kind and shape; says
//! nothing of what they mean.

use std::collections::BTreeMap;
use std::io::Cursor;

use zip::ZipArchive;

use super::error::{Fault, damaged, not_taken};
use super::imported::Imported;
use super::kind::FileKind;
use super::npy::{self, Header};
use super::npz;
use super::reading::Reading;

/// Most arrays of a file.
const MOST_ARRAYS: usize = 64;
/// Most bytes of all arrays together.
const MOST_BYTES: u64 = 128 << 20;

/// The arrays of an NPZ file, all in memory.
#[derive(Debug)]
pub struct Bundle {
    arrays: BTreeMap<String, Vec<u8>>,
}

/// Real numbers of an array.
#[derive(Debug, Clone, PartialEq)]
pub struct RealNumbers {
    /// Lengths of the axes.
    pub shape: Vec<usize>,
    /// The numbers, in row-major order.
    pub values: Vec<f32>,
}

impl Bundle {
    /// Reads the arrays of a file.
    ///
    /// # Errors
    /// If the bytes are no ZIP file of arrays, are damaged, or hold more than 64 arrays or more
    /// than 128 MiB.
    pub fn of(bytes: &[u8]) -> Result<Self, Fault> {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
        let names: Vec<String> = archive
            .file_names()
            .filter_map(|name| Some(name.strip_suffix(".npy")?.to_owned()))
            .collect();
        if names.len() > MOST_ARRAYS {
            let what = format!("the file holds {} arrays", names.len());
            return Err(not_taken(what, "save only those that are asked for"));
        }
        let mut arrays = BTreeMap::new();
        let mut total = 0;
        for name in names {
            let array = npz::member(&mut archive, &name)?;
            total += array.len() as u64;
            if total > MOST_BYTES {
                return Err(Fault::TooLarge { bytes: total });
            }
            arrays.insert(name, array);
        }
        Ok(Self { arrays })
    }

    /// Names of the arrays, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arrays.keys().map(String::as_str)
    }

    /// The image of an array of whole numbers; `None` if there is no such array.
    ///
    /// # Errors
    /// If it is not what [`decode`](super::decode) takes of an NPY file.
    pub fn image(&self, name: &str) -> Result<Option<Imported>, Fault> {
        let Some(bytes) = self.arrays.get(name) else { return Ok(None) };
        let load = format!("numpy.load(\"in.npz\")[\"{name}\"]");
        let image = npy::decode_of(bytes, Reading::default(), &load)?;
        Ok(Some(Imported { kind: FileKind::Npz, ..image }))
    }

    /// The real numbers of an array in single precision; `None` if there is no such array.
    ///
    /// # Errors
    /// If it is damaged, holds no real numbers, or is in Fortran's order.
    pub fn numbers(&self, name: &str) -> Result<Option<RealNumbers>, Fault> {
        let Some(bytes) = self.arrays.get(name) else { return Ok(None) };
        let header = Header::read(bytes)?;
        let width = header.width()?;
        if header.by_columns && header.shape.iter().filter(|&&length| length > 1).count() > 1 {
            let what = format!("`{name}` is in Fortran's order");
            return Err(not_taken(what, "save numpy.ascontiguousarray(a)"));
        }
        let count = header.shape.iter().try_fold(1_u64, |all, &length| all.checked_mul(length));
        let claimed = count.and_then(|count| count.checked_mul(width as u64));
        if claimed != Some(header.values.len() as u64) {
            return Err(damaged(format!("the shape of `{name}` is not that of its values")));
        }
        let shape = header.shape.iter().map(|&length| length as usize).collect();
        let values = header.values.chunks_exact(width).map(|value| header.number(value) as f32);
        Ok(Some(RealNumbers { shape, values: values.collect() }))
    }
}
