//! From the bytes of a file to the object in them (DICOM PS3.10): with or without preamble and
//! file meta information, in every encoding of the data set.

use std::io::{Cursor, Read};

use dicom_core::{Tag, VR};
use dicom_encoding::transfer_syntax::TransferSyntax;
use dicom_object::InMemDicomObject;
use dicom_parser::StatefulDecode;
use dicom_parser::dataset::LazyDataToken;
use dicom_parser::dataset::lazy_read::LazyDataSetReader;
use dicom_transfer_syntax_registry::entries::{
    EXPLICIT_VR_BIG_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN,
};
use flate2::read::DeflateDecoder;

use super::elements::chain;
use super::syntax::{self, Syntax};
use crate::import::claim::MAX_BYTES;
use crate::import::error::{Fault, damaged};

/// Sequences within sequences, and items within them, that are followed: no object of the
/// standard comes near, and each takes room on the stack.
const DEEPEST: usize = 32;
/// Elements and items of a file, and what ends them: the library keeps each in some 60 bytes.
const MOST_TOKENS: u32 = 1 << 21;

/// SequenceDelimitationItem in the byte order of compressed pixels, with its length.
const SEQUENCE_END: [u8; 8] = [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0];

const PREAMBLE_BYTES: usize = 128;
const MAGIC: &[u8; 4] = b"DICM";

/// How the elements of a data set are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    ExplicitLittle,
    ExplicitBig,
    ImplicitLittle,
}

impl Layout {
    /// The layout that the first element has; `None` if it is none of a data set or of file meta
    /// information, which begin with group 2 or 8.
    fn of(head: &[u8]) -> Option<Self> {
        let &[a, b, c, d, v, r, l0, l1, ..] = head else { return None };
        let explicit = matches!(
            &[v, r],
            b"AE"
                | b"AS"
                | b"AT"
                | b"CS"
                | b"DA"
                | b"DS"
                | b"DT"
                | b"FD"
                | b"FL"
                | b"IS"
                | b"LO"
                | b"LT"
                | b"OB"
                | b"OD"
                | b"OF"
                | b"OL"
                | b"OV"
                | b"OW"
                | b"PN"
                | b"SH"
                | b"SL"
                | b"SQ"
                | b"SS"
                | b"ST"
                | b"SV"
                | b"TM"
                | b"UC"
                | b"UI"
                | b"UL"
                | b"UN"
                | b"UR"
                | b"US"
                | b"UT"
                | b"UV"
        );
        match ([a, b], explicit) {
            ([2 | 8, 0], true) => Some(Self::ExplicitLittle),
            ([0, 2 | 8], true) => Some(Self::ExplicitBig),
            ([2 | 8, 0], false) => {
                // The next element follows in order.
                let length = u32::from_le_bytes([v, r, l0, l1]) as usize;
                let next = head.get(8..)?.get(length..)?;
                let &[e, f, g, h, ..] = next else { return None };
                let tag = |group, element| {
                    u32::from(u16::from_le_bytes(group)) << 16
                        | u32::from(u16::from_le_bytes(element))
                };
                let ordered = tag([a, b], [c, d]) < tag([e, f], [g, h]);
                let near = u16::from_le_bytes([e, f]) <= 0x0040;
                (ordered && near).then_some(Self::ImplicitLittle)
            }
            _ => None,
        }
    }

    fn transfer_syntax(self) -> TransferSyntax {
        match self {
            Self::ExplicitLittle => EXPLICIT_VR_LITTLE_ENDIAN.erased(),
            Self::ExplicitBig => EXPLICIT_VR_BIG_ENDIAN.erased(),
            Self::ImplicitLittle => IMPLICIT_VR_LITTLE_ENDIAN.erased(),
        }
    }
}

/// Whether a file that begins with these bytes is a DICOM file. The preamble may hold the header
/// of another format (PS3.10, 7.1), and old files have none.
pub(in crate::import) fn begins(head: &[u8]) -> bool {
    after_preamble(head).is_some() || Layout::of(head).is_some()
}

/// What follows the preamble and its magic word.
fn after_preamble(bytes: &[u8]) -> Option<&[u8]> {
    let marked = |at: usize| bytes.get(at..).and_then(|rest| rest.strip_prefix(MAGIC));
    marked(PREAMBLE_BYTES).or_else(|| marked(0))
}

/// What a file holds.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) object: InMemDicomObject,
    /// How its pixels are coded.
    pub(super) syntax: Syntax,
    /// Zeros behind the object, with which some media fill files up.
    pub(super) surplus: u64,
}

/// The object in a file.
pub(super) fn read(bytes: &[u8]) -> Result<Content, Fault> {
    let (uid, dataset) = file_meta(after_preamble(bytes).unwrap_or(bytes))?;
    let seen = Layout::of(dataset);
    let usual = match uid.as_deref() {
        Some(syntax::IMPLICIT) => Layout::ImplicitLittle,
        Some(syntax::BIG_ENDIAN) => Layout::ExplicitBig,
        // Every syntax with compressed pixels has such elements (PS3.5 A.4).
        _ => Layout::ExplicitLittle,
    };
    let stated = uid.as_deref().map(Syntax::of).transpose()?;
    let inflated;
    let (layout, dataset) = if uid.as_deref() == Some(syntax::DEFLATED) {
        inflated = inflate(dataset)?;
        (Layout::ExplicitLittle, &inflated[..])
    } else {
        // Where the first element shows another layout than the one stated, it is right.
        (seen.unwrap_or(usual), dataset)
    };
    let transfer_syntax = layout.transfer_syntax();
    let length = check_lengths(dataset, &transfer_syntax)?;
    let surplus = (dataset.len() - length) as u64;
    let object = InMemDicomObject::read_dataset_with_ts(&dataset[..length], &transfer_syntax)
        .map_err(|error| damaged(chain(&error)))?;
    let syntax = stated.unwrap_or(Syntax::NATIVE);
    let syntax = Syntax { big_endian: layout == Layout::ExplicitBig, ..syntax };
    Ok(Content { object, syntax, surplus })
}

/// The transfer syntax, if it is stated, and the bytes after the file meta information (PS3.10,
/// 7.1), which some writers leave out.
fn file_meta(mut rest: &[u8]) -> Result<(Option<String>, &[u8]), Fault> {
    let broken = || damaged("the file meta information");
    let mut uid = None;
    let explicit = Layout::of(rest) != Some(Layout::ImplicitLittle);
    while let [2, 0, low, high, kind @ ..] = rest {
        let (length, value) = match kind {
            [a, b, c, d, value @ ..] if !explicit => {
                (u32::from_le_bytes([*a, *b, *c, *d]) as usize, value)
            }
            [b'O' | b'U', b'B' | b'N' | b'T', _, _, a, b, c, d, value @ ..] => {
                (u32::from_le_bytes([*a, *b, *c, *d]) as usize, value)
            }
            [_, _, a, b, value @ ..] => (u16::from_le_bytes([*a, *b]).into(), value),
            _ => return Err(broken()),
        };
        let (value, after) = value.split_at_checked(length).ok_or_else(broken)?;
        if [*low, *high] == [0x10, 0] {
            let text = std::str::from_utf8(value).map_err(|_| broken())?;
            uid = Some(text.trim_end_matches(['\0', ' ']).to_owned());
        }
        rest = after;
    }
    Ok((uid.filter(|uid| !uid.is_empty()), rest))
}

/// Most bytes of a data set for each deflated byte; an image of one value, up to
/// [`ANY_INFLATED`] bytes, may have more.
const MOST_INFLATED: u64 = 100;
const ANY_INFLATED: u64 = 64 << 20;

/// The data set of a deflated file (PS3.5 A.5), bounded like a file.
fn inflate(deflated: &[u8]) -> Result<Vec<u8>, Fault> {
    let most = (MOST_INFLATED * deflated.len() as u64).max(ANY_INFLATED);
    let mut dataset = Vec::new();
    DeflateDecoder::new(deflated)
        .take(most.min(MAX_BYTES) + 1)
        .read_to_end(&mut dataset)
        .map_err(|error| damaged(format!("the deflated data set: {error}")))?;
    let bytes = dataset.len() as u64;
    match bytes {
        _ if bytes > MAX_BYTES => Err(Fault::TooLarge { bytes }),
        _ if bytes > most => Err(damaged(format!(
            "the deflated data set: its {} bytes become more than {MOST_INFLATED} times as many, which \
             no image does",
            deflated.len()
        ))),
        _ => Ok(dataset),
    }
}

/// Bytes of each of an element's values; 1 where it holds text or bytes.
fn bytes_of_a_value(vr: VR) -> u64 {
    match vr {
        VR::US | VR::SS | VR::OW => 2,
        VR::UL | VR::SL | VR::FL | VR::AT | VR::OL | VR::OF => 4,
        VR::UV | VR::SV | VR::FD | VR::OV | VR::OD => 8,
        _ => 1,
    }
}

/// Bytes of the data set, without zeros behind it. Finds values that claim more bytes than there are,
/// which the library reserves before it reads, and nesting that it follows by calling itself.
fn check_lengths(dataset: &[u8], transfer_syntax: &TransferSyntax) -> Result<usize, Fault> {
    let broken = |error: &dyn std::error::Error| damaged(chain(error));
    let mut reader = LazyDataSetReader::new_with_ts(Cursor::new(dataset), transfer_syntax)
        .map_err(|error| broken(&error))?;
    let (mut depth, mut tokens, mut end) = (0_usize, 0_u32, 0_usize);
    let zeros = dataset.iter().rev().take_while(|&&byte| byte == 0).count();
    while let Some(token) = reader.advance() {
        // Behind the last value, or the mark that ends a sequence of them.
        let rest = dataset.get(end..).unwrap_or_default();
        let behind = rest.strip_prefix(&SEQUENCE_END).unwrap_or(rest).len();
        let is_empty = match &token {
            Ok(LazyDataToken::ElementHeader(header)) => header.tag == Tag(0, 0),
            Ok(_) => false,
            Err(_) => true,
        };
        if is_empty && end > 0 && behind <= zeros {
            return Ok(dataset.len() - behind);
        }
        let token = token.map_err(|error| broken(&error))?;
        match &token {
            LazyDataToken::SequenceStart { .. } | LazyDataToken::ItemStart { .. } => depth += 1,
            LazyDataToken::SequenceEnd | LazyDataToken::ItemEnd => depth = depth.saturating_sub(1),
            _ => {}
        }
        tokens += 1;
        if tokens > MOST_TOKENS {
            return Err(damaged(format!("more than {MOST_TOKENS} elements and items")));
        }
        if depth > 2 * DEEPEST {
            return Err(damaged(format!("more than {DEEPEST} sequences within one another")));
        }
        let claim = match &token {
            LazyDataToken::LazyValue { header, decoder } => {
                Some((u64::from(header.len.0), decoder.position()))
            }
            LazyDataToken::LazyItemValue { len, decoder } => {
                Some((u64::from(*len), decoder.position()))
            }
            _ => None,
        };
        if let Some((claimed, position)) = claim {
            let left = (dataset.len() as u64).saturating_sub(position);
            if claimed > left {
                return Err(damaged(format!("an element claims {claimed} bytes of {left}")));
            }
            end = (position + claimed) as usize;
            // The library would take what is left over of a number for the next element.
            if let LazyDataToken::LazyValue { header, .. } = &token
                && claimed % bytes_of_a_value(header.vr) != 0
                && claimed < left
            {
                let vr = header.vr;
                return Err(damaged(format!("{claimed} bytes are no numbers of the form {vr}")));
            }
        }
        token.skip().map_err(|error| broken(&error))?;
    }
    Ok(dataset.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_element_shows_the_layout() {
        assert_eq!(Layout::of(b"\x08\0\x05\0CS\x02\0"), Some(Layout::ExplicitLittle));
        assert_eq!(Layout::of(b"\0\x08\0\x05CS\0\x02"), Some(Layout::ExplicitBig));
        let implicit = b"\x08\0\x05\0\x02\0\0\0ab\x08\0\x08\0";
        assert_eq!(Layout::of(implicit), Some(Layout::ImplicitLittle));
        let backwards = b"\x08\0\x08\0\x02\0\0\0ab\x08\0\x05\0";
        assert_eq!(Layout::of(backwards), None);
        assert_eq!(Layout::of(b"\x02 lines of text, no object"), None);
        assert_eq!(Layout::of(b""), None);
    }

    #[test]
    fn a_preamble_may_hold_anything() {
        let mut file = vec![0; 128];
        file[..4].copy_from_slice(b"II*\0");
        file.extend(b"DICM");
        assert!(begins(&file) && begins(b"DICM") && !begins(&file[..128]));
    }

    #[test]
    fn what_is_left_over_of_a_number_begins_no_element() {
        let syntax = EXPLICIT_VR_LITTLE_ENDIAN.erased();
        let file = |length: u8| {
            let value = vec![0; length.into()];
            let head = [0x66, 0, 0x16, 0, b'O', b'F', 0, 0, length, 0, 0, 0];
            [&head[..], &value, b"\x70\0\x80\0CS\x02\0ab"].concat()
        };
        assert!(check_lengths(&file(4), &syntax).is_ok());
        let found = check_lengths(&file(6), &syntax).unwrap_err();
        assert!(found.to_string().contains("6 bytes are no numbers of the form OF"), "{found}");
    }
}
