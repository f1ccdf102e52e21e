//! Our side of `scripts/check-codecs` and `scripts/bench-codecs`: reads orders on stdin and
//! answers each with one line, so that the driver can alternate rounds with its peers. Images
//! are files of little-endian 16-bit samples.
//!
//! ```text
//! encode CODEC BITS ROWS COLUMNS IMAGE FILE TARGET     bytes; FILE and FILE.raw are written
//! decode CODEC BITS FILE IMAGE                         rows columns; IMAGE is written
//! ladder CODEC BITS ROWS COLUMNS IMAGE WHAT RATIOS     seconds; WHAT is encode or all
//! ```
//!
//! TARGET is `ratio=N`, `quality=Q`, `psnr=DB` or `lossless`; RATIOS are on stored bits.

use std::error::Error;
use std::fs;
use std::io::{BufRead, Write, stdin, stdout};
use std::time::Instant;

use phantom_limit::codec::{CodecName, Target, codec};
use phantom_limit::image::{Image, SampleFormat};
use phantom_limit::units::{CompressionRatio, Decibels};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Answer = Result<String, Box<dyn Error>>;

fn name(text: &str) -> Result<CodecName, Box<dyn Error>> {
    let found = CodecName::ALL.into_iter().find(|codec| codec.name() == text);
    found.ok_or_else(|| format!("no codec {text}").into())
}

fn format(bits: &str) -> Result<SampleFormat, Box<dyn Error>> {
    let bits_stored = bits.parse()?;
    Ok(SampleFormat { bits_stored, bits_allocated: if bits_stored > 8 { 16 } else { 8 } })
}

fn read(bits: &str, rows: &str, columns: &str, path: &str) -> Result<Image, Box<dyn Error>> {
    let bytes = fs::read(path)?;
    let samples = bytes.chunks_exact(2).map(|word| u16::from_le_bytes([word[0], word[1]]));
    Ok(Image::new(rows.parse()?, columns.parse()?, format(bits)?, samples.collect())?)
}

fn write(path: &str, image: &Image) -> Result<(), Box<dyn Error>> {
    let bytes: Vec<u8> = image.samples().iter().flat_map(|sample| sample.to_le_bytes()).collect();
    Ok(fs::write(path, bytes)?)
}

fn target(text: &str) -> Result<Target, Box<dyn Error>> {
    Ok(match text.split_once('=') {
        Some(("ratio", value)) => Target::Ratio(CompressionRatio::stored(value.parse()?)),
        Some(("quality", value)) => Target::Quality(value.parse()?),
        Some(("psnr", value)) => Target::Psnr(Decibels(value.parse()?)),
        _ if text == "lossless" => Target::Lossless,
        _ => return Err(format!("no target {text}").into()),
    })
}

fn answer(order: &str) -> Answer {
    let words: Vec<&str> = order.split_whitespace().collect();
    match words[..] {
        ["encode", codec_name, bits, rows, columns, from, to, aim] => {
            let (codec, image) = (codec(name(codec_name)?), read(bits, rows, columns, from)?);
            let level = codec.encode_ladder(&image, image.format(), &[target(aim)?])?.remove(0);
            fs::write(to, &level.bytes)?;
            write(&format!("{to}.raw"), &codec.decode(&level.bytes, image.format())?)?;
            Ok(level.bytes.len().to_string())
        }
        ["decode", codec_name, bits, from, to] => {
            let image = codec(name(codec_name)?).decode(&fs::read(from)?, format(bits)?)?;
            write(to, &image)?;
            Ok(format!("{} {}", image.rows(), image.columns()))
        }
        ["ladder", codec_name, bits, rows, columns, from, what, ratios] => {
            let (codec, image) = (codec(name(codec_name)?), read(bits, rows, columns, from)?);
            let ratios = ratios.split(',').map(|ratio| target(&format!("ratio={ratio}")));
            let targets = ratios.collect::<Result<Vec<_>, _>>()?;
            let start = Instant::now();
            let levels = codec.encode_ladder(&image, image.format(), &targets)?;
            if what == "all" {
                for level in &levels {
                    codec.decode(&level.bytes, image.format())?;
                }
            }
            Ok(start.elapsed().as_secs_f64().to_string())
        }
        _ => Err(format!("no order {order}").into()),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    for order in stdin().lock().lines() {
        match answer(&order?) {
            Ok(answer) => println!("{answer}"),
            Err(error) => println!("error {error}"),
        }
        stdout().flush()?;
    }
    Ok(())
}
