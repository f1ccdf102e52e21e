//! The checks before OpenJPEG's decoder, and the decoder: an error or an image.
#![no_main]

use libfuzzer_sys::fuzz_target;
use phantom_limit::codec::{CodecName, codec};
use phantom_limit::image::SampleFormat;

fuzz_target!(|bytes: &[u8]| {
    let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
    drop(codec(CodecName::Jpeg2000).decode(bytes, format));
});
