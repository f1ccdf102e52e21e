//! Arrays of an NPZ file that hold many images or numbers: they are listed at once and images are
//! read one at a time; says nothing of what they mean.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::Crc;
use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::claim::{checked_size, format_of};
use super::error::{Fault, ImportError, damaged, not_taken};
use super::imported::Imported;
use super::kind::FileKind;
use super::npy::Header;
use super::reading::Reading;
use super::signed;
use crate::files::FilesError;

/// Bytes of deflated arrays that are kept in memory, all together; arrays that are stored as they
/// are, are read from the file.
const MOST_INFLATED: u64 = 512 << 20;
/// Bytes at the beginning of an array that hold its header.
const HEAD: u64 = 1 << 16;
/// Most numbers of an array of labels.
const MOST_NUMBERS: u64 = 1 << 22;

/// The arrays of an NPZ file.
#[derive(Debug)]
pub struct Arrays {
    path: PathBuf,
    arrays: BTreeMap<String, Array>,
}

/// One array.
#[derive(Debug)]
struct Array {
    /// Kind and bytes of a value: `u1`, `<i8` without its order.
    kind: String,
    width: usize,
    big_endian: bool,
    by_columns: bool,
    shape: Vec<u64>,
    values: Values,
}

/// Where values are.
#[derive(Debug)]
enum Values {
    /// In the file, from this byte on.
    Stored(u64),
    Inflated(Vec<u8>),
}

/// What a stack of images is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StackOf {
    /// Number of images.
    pub images: u64,
    /// Rows of each.
    pub rows: usize,
    /// Columns of each.
    pub columns: usize,
}

/// Whole numbers of an array of one or two axes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    /// Numbers of a row: 1 of an array with one axis.
    pub columns: usize,
    /// Row by row.
    pub values: Vec<i64>,
}

impl Arrays {
    /// Lists the arrays of a file. Deflated ones are kept in memory, up to 512 MiB together.
    ///
    /// # Errors
    /// If the file cannot be read, is no ZIP file of arrays, or is damaged.
    pub fn open(path: &Path) -> Result<Self, ImportError> {
        let refused = |fault| ImportError::File { path: path.to_owned(), fault };
        let file = File::open(path).map_err(|source| failed(path, source))?;
        let mut archive =
            ZipArchive::new(BufReader::new(file)).map_err(damaged).map_err(refused)?;
        let mut arrays = BTreeMap::new();
        let mut room = MOST_INFLATED;
        for place in 0..archive.len() {
            if let Some((name, array)) =
                Array::read(&mut archive, place, &mut room).map_err(refused)?
            {
                arrays.insert(name, array);
            }
        }
        Ok(Self { path: path.to_owned(), arrays })
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arrays.keys().map(String::as_str)
    }

    /// What the images of an array are: its axes are images, rows and columns, and a fourth of
    /// length 1 may follow.
    ///
    /// # Errors
    /// If there is no such array, or it holds no grey images of 8 or 16 bits.
    pub fn stack(&self, name: &str) -> Result<StackOf, ImportError> {
        self.array(name)?.stack(name).map_err(|fault| self.refused(fault))
    }

    /// One image of an array, `index` from 0.
    ///
    /// # Errors
    /// As [`Self::stack`], or if there is no such image, the file ends early, or a value does not fit
    /// into the bits that are asked for.
    pub fn image(&self, name: &str, index: u64, reading: Reading) -> Result<Imported, ImportError> {
        let array = self.array(name)?;
        let stack = array.stack(name).map_err(|fault| self.refused(fault))?;
        if index >= stack.images {
            let fault = Fault::NoFrame { asked: index as u32, of: stack.images as u32 };
            return Err(self.refused(fault));
        }
        let length = stack.rows * stack.columns * array.width;
        let bytes = self.bytes(array, index * length as u64, length)?;
        let is_signed = array.kind.starts_with('i');
        let bits = 8 * array.width as u8;
        let word = |value: &[u8]| match *value {
            [byte] => u16::from(byte),
            _ if array.big_endian => u16::from_be_bytes([value[0], value[1]]),
            _ => u16::from_le_bytes([value[0], value[1]]),
        };
        let values = bytes.chunks_exact(array.width);
        let values = values.map(|value| signed::value(word(value), bits, is_signed));
        let size = [stack.rows, stack.columns];
        let read = format_of(bits, reading.bits_stored)
            .and_then(|format| signed::image(size, format, is_signed, values));
        let (image, offset) = read.map_err(|fault| self.refused(fault))?;
        Ok(Imported::shifted(image, FileKind::Npz, offset))
    }

    /// The whole numbers of an array of one or two axes.
    ///
    /// # Errors
    /// If there is no such array, it has other axes, holds other values, or more than 4 million.
    pub fn numbers(&self, name: &str) -> Result<Numbers, ImportError> {
        let array = self.array(name)?;
        let (rows, columns) = match array.shape[..] {
            [rows] => (rows, 1),
            [rows, columns] => (rows, columns),
            _ => {
                let what = format!("`{name}` has {} axes, not one or two", array.shape.len());
                return Err(self.refused(not_taken(what, "save it as rows and columns of numbers")));
            }
        };
        let count = rows.saturating_mul(columns);
        if !array.kind.starts_with(['i', 'u', 'b']) {
            let what = format!("`{name}` holds values of kind {}, not whole numbers", array.kind);
            return Err(self.refused(not_taken(what, "save it as a.astype(numpy.uint8)")));
        }
        if count > MOST_NUMBERS {
            let fault = format!("`{name}` has {count} numbers; {MOST_NUMBERS} are the most");
            return Err(self.refused(damaged(fault)));
        }
        let bytes = self.bytes(array, 0, count as usize * array.width)?;
        let header = Header {
            big_endian: array.big_endian,
            kind: &array.kind,
            by_columns: false,
            shape: Vec::new(),
            values: &[],
        };
        let values = bytes.chunks_exact(array.width).map(|value| header.number(value) as i64);
        Ok(Numbers { columns: columns as usize, values: values.collect() })
    }

    fn array(&self, name: &str) -> Result<&Array, ImportError> {
        self.arrays.get(name).ok_or_else(|| {
            let names: Vec<&str> = self.names().take(12).collect();
            let what = format!("there is no array `{name}` among {}", names.join(", "));
            self.refused(not_taken(what, "save it with numpy.savez"))
        })
    }

    fn refused(&self, fault: Fault) -> ImportError {
        ImportError::File { path: self.path.clone(), fault }
    }

    /// Bytes of an array's values.
    fn bytes(&self, array: &Array, from: u64, length: usize) -> Result<Vec<u8>, ImportError> {
        let early = || self.refused(damaged("the file ends within an array"));
        match &array.values {
            Values::Inflated(all) => {
                let from = usize::try_from(from).map_err(|_| early())?;
                Ok(all.get(from..from + length).ok_or_else(early)?.to_vec())
            }
            Values::Stored(start) => {
                let mut bytes = vec![0; length];
                let mut file = File::open(&self.path).map_err(|it| failed(&self.path, it))?;
                file.seek(SeekFrom::Start(start + from)).map_err(|it| failed(&self.path, it))?;
                match file.read_exact(&mut bytes) {
                    Ok(()) => Ok(bytes),
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(early()),
                    Err(error) => Err(failed(&self.path, error)),
                }
            }
        }
    }
}

fn failed(path: &Path, source: io::Error) -> ImportError {
    FilesError::Io { action: "read", path: path.to_owned(), source }.into()
}

impl Array {
    /// An entry of a ZIP file; `None` if it is no array.
    fn read(
        archive: &mut ZipArchive<BufReader<File>>,
        place: usize,
        room: &mut u64,
    ) -> Result<Option<(String, Self)>, Fault> {
        let mut file = archive.by_index_raw(place).map_err(damaged)?;
        let entry = file.name().to_owned();
        let Some(name) = entry.strip_suffix(".npy").map(str::to_owned) else { return Ok(None) };
        let (size, crc) = (file.size(), file.crc32());
        match file.compression() {
            CompressionMethod::Stored => {
                let start = file.data_start().ok_or_else(|| damaged("an entry has no place"))?;
                let mut head = Vec::new();
                file.by_ref().take(HEAD).read_to_end(&mut head).map_err(damaged)?;
                let header = Header::read(&head)?;
                let before = (head.len() - header.values.len()) as u64;
                let array = Self::of(&header, Values::Stored(start + before))?;
                array.check(&name, size.saturating_sub(before))?;
                Ok(Some((name, array)))
            }
            CompressionMethod::DEFLATE => {
                let mut bytes = Vec::new();
                let read = DeflateDecoder::new(file).take(*room + 1).read_to_end(&mut bytes);
                read.map_err(|error| damaged(format!("`{name}`: {error}")))?;
                if bytes.len() as u64 > *room {
                    let what = format!("deflated arrays of more than {} MiB", MOST_INFLATED >> 20);
                    let remedy = "save them with numpy.savez in place of numpy.savez_compressed: \
                                  their images are then read one at a time";
                    return Err(not_taken(what, remedy));
                }
                *room -= bytes.len() as u64;
                let mut found = Crc::new();
                found.update(&bytes);
                if found.sum() != crc {
                    return Err(damaged(format!("the checksum of `{name}`")));
                }
                let header = Header::read(&bytes)?;
                let length = header.values.len();
                let array = Self::of(&header, Values::Inflated(Vec::new()))?;
                array.check(&name, length as u64)?;
                let before = bytes.len() - length;
                bytes.drain(..before);
                Ok(Some((name, Self { values: Values::Inflated(bytes), ..array })))
            }
            method => {
                let what = format!("`{name}` is compressed with {method}");
                Err(not_taken(what, "save it with numpy.savez"))
            }
        }
    }

    fn of(header: &Header<'_>, values: Values) -> Result<Self, Fault> {
        Ok(Self {
            kind: header.kind.to_owned(),
            width: header.width()?,
            big_endian: header.big_endian,
            by_columns: header.by_columns,
            shape: header.shape.clone(),
            values,
        })
    }

    /// There are as many bytes as the shape claims.
    fn check(&self, name: &str, found: u64) -> Result<(), Fault> {
        let claimed = self.shape.iter().try_fold(self.width as u64, |all, &it| all.checked_mul(it));
        match claimed {
            Some(claimed) if claimed == found => Ok(()),
            _ => {
                let shape: Vec<String> = self.shape.iter().map(u64::to_string).collect();
                let shape = shape.join(" x ");
                Err(damaged(format!(
                    "`{name}` of {shape} values of {} has {found} bytes",
                    self.kind
                )))
            }
        }
    }

    fn stack(&self, name: &str) -> Result<StackOf, Fault> {
        let (images, rows, columns) = match self.shape[..] {
            [images, rows, columns] | [images, rows, columns, 1] => (images, rows, columns),
            [_, _, _, 3 | 4] => {
                let what = format!("the images of `{name}` have colours");
                let remedy = "save grey ones, for instance with Python: \
                              numpy.rint(a[..., :3] @ [0.299, 0.587, 0.114]).astype(numpy.uint8)";
                return Err(not_taken(what, remedy));
            }
            _ => {
                let what = format!("`{name}` has {} axes", self.shape.len());
                return Err(not_taken(what, "save images, rows and columns"));
            }
        };
        if !matches!(&*self.kind, "u1" | "i1" | "u2" | "i2") {
            let what = format!("`{name}` holds values of kind {}", self.kind);
            return Err(not_taken(what, "save whole numbers of 8 or 16 bits"));
        }
        if self.by_columns {
            let what = format!("`{name}` is in Fortran's order");
            return Err(not_taken(what, "save numpy.ascontiguousarray(a)"));
        }
        let [rows, columns] = checked_size(rows, columns)?;
        Ok(StackOf { images, rows, columns })
    }
}
