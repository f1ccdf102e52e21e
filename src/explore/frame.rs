//! The formats in which the page gets its answers: JSON, and for an image a JSON header, then the
//! pixels; knows no request.

use serde::Serialize;

use crate::image::{Image, words};

/// A value as JSON text.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("answers have text keys and serialise")
}

/// Length of the header as a 32-bit little-endian word, the header (JSON, padded with a space
/// to an even length), then the stored values as 16-bit little-endian words in row-major order.
pub(super) fn bytes(header: &impl Serialize, image: &Image) -> Vec<u8> {
    let mut header = serde_json::to_vec(header).expect("headers have text keys and serialise");
    if header.len() % 2 == 1 {
        header.push(b' ');
    }
    let length = u32::try_from(header.len()).expect("a header is some kilobytes");
    let mut bytes = Vec::with_capacity(4 + header.len() + 2 * image.pixels());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&header);
    bytes.extend(words::to_bytes(image.samples()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::SampleFormat;

    #[test]
    fn pixels_start_on_an_even_byte() {
        let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
        let image = Image::new(1, 2, format, vec![1, 0x0ABC]).expect("valid image");
        // {"a":10} has 8 bytes, {"a":1} has 7 and gets one space.
        let even = bytes(&serde_json::json!({"a": 10}), &image);
        assert_eq!(even, *b"\x08\0\0\0{\"a\":10}\x01\0\xBC\x0A");
        let odd = bytes(&serde_json::json!({"a": 1}), &image);
        assert_eq!(odd, *b"\x08\0\0\0{\"a\":1} \x01\0\xBC\x0A");
    }
}
