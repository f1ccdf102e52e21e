//! The own JPEG decoder: an error or an image, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use phantom_limit::codec::{CodecName, Coefficients, codec};
use phantom_limit::image::SampleFormat;

fuzz_target!(|bytes: &[u8]| {
    let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
    drop(codec(CodecName::Jpeg12).decode(bytes, format));
    drop(Coefficients::read(CodecName::Jpeg, bytes));
});
