//! JPEG 2000 pixels of users' files are decoded in processes of their own, under ceilings: what a file
//! does to its decoder costs neither the program nor the files after it.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use phantom_limit::codec::{CodecName, Target, codec};
use phantom_limit::image::{Image, SampleFormat};

use crate::image_files::Dicom;
use crate::runs::{run, text};

const SIDE: usize = 48;

/// Another image for each number.
fn image(number: usize) -> Image {
    let samples = (0..SIDE * SIDE).map(|at| ((at + number) * 1213 % 4096) as u16).collect();
    let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
    Image::new(SIDE, SIDE, format, samples).unwrap()
}

fn codestream(number: usize) -> Vec<u8> {
    let image = image(number);
    let mut levels = codec(CodecName::Lossless)
        .encode_ladder(&image, image.format(), &[Target::Lossless])
        .unwrap();
    levels.remove(0).bytes
}

fn dicom(codestream: &[u8]) -> Vec<u8> {
    let side = SIDE as u16;
    Dicom::new(side, side).transfer_syntax("1.2.840.10008.1.2.4.90").fragment(codestream).file()
}

/// A codestream with a list of tile-parts that lacks most of them, behind a marker without a length:
/// OpenJPEG 2.5.3 passes over the marker and writes beyond the list, on which its memory ends
/// ("realloc(): invalid next size").
fn harmful() -> Vec<u8> {
    let good = codestream(0);
    let tile_part = good.windows(2).position(|pair| pair == [0xFF, 0x90]).unwrap();
    let (main_header, packets) = good.split_at(tile_part);
    let header_end = packets.windows(2).position(|pair| pair == [0xFF, 0x93]).unwrap() + 2;
    let packets = &packets[header_end..packets.len() - 2];
    let mut file = [main_header, &[0xFF, 0x30, 0xFF, 0x55, 0, 9, 0, 0x50, 0, 0, 0, 0, 14]].concat();
    for part in 0..255 {
        let held = if part == 0 { packets } else { &[] };
        let length = (14 + held.len() as u32).to_be_bytes();
        file.extend(
            [&[0xFF, 0x90, 0, 10, 0, 0][..], &length, &[part, 0, 0xFF, 0x93], held].concat(),
        );
    }
    file.extend([0xFF, 0xD9]);
    file
}

#[test]
fn what_a_file_does_to_its_decoder_costs_no_other() {
    let place = tempfile::tempdir().unwrap();
    let files = [("a", codestream(0)), ("b", harmful()), ("c", codestream(1))];
    for (name, codestream) in &files {
        fs::write(place.path().join(format!("{name}.dcm")), dicom(codestream)).unwrap();
    }
    let output = run(&["compress", text(place.path()), "--ratio", "10", "--jobs", "1"]);
    let (rows, message) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(4), "{message}");
    assert!(rows.contains("a.dcm") && rows.contains("c.dcm"), "{rows}");
    assert!(message.contains("b.dcm`: ") && message.contains("again"), "{message}");
}

#[test]
fn a_decoder_has_ceilings_of_memory_time_and_files() {
    let mut decoder = Command::new(cargo_bin!("phantom-limit"))
        .arg("decoder")
        // As the program starts it: the allocator would take 1 GiB at once.
        .env("MIMALLOC_ARENA_RESERVE", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut questions, mut answers) =
        (decoder.stdin.take().unwrap(), decoder.stdout.take().unwrap());
    let codestream = codestream(0);
    let length = codestream.len() as u64;
    for number in [SIDE as u64, SIDE as u64, length] {
        questions.write_all(&number.to_le_bytes()).unwrap();
    }
    questions.write_all(&codestream).unwrap();
    let mut answer = vec![0; 3 + 2 * SIDE * SIDE];
    answers.read_exact(&mut answer).unwrap();
    assert_eq!(answer[..3], [0, 12, 0]);
    let samples = answer[3..].chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    assert!(samples.eq(image(0).samples().iter().copied()));
    let limits = fs::read_to_string(format!("/proc/{}/limits", decoder.id())).unwrap();
    let soft = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..].split_whitespace().next().unwrap().parse::<u64>().unwrap()
    };
    for name in ["Max open files", "Max file size", "Max processes", "Max core file size"] {
        assert_eq!(soft(name), 0, "{name}");
    }
    // 128 MiB, 12 bytes a pixel and 4 a byte; a second, after the one that has begun.
    assert_eq!(soft("Max data size"), (128 << 20) + 12 * (SIDE * SIDE) as u64 + 4 * length);
    assert_eq!(soft("Max cpu time"), 2);
    drop(questions);
    assert!(decoder.wait().unwrap().success());
}

/// A page that is served, ended when dropped.
struct Page {
    server: Child,
    address: String,
}

impl Page {
    fn serve() -> Self {
        let mut server = Command::new(cargo_bin!("phantom-limit"))
            .args(["explore", "--port", "0", "--no-open"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let address = url.trim().strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
        Self { server, address }
    }

    /// Status of the answer to an uploaded file.
    fn upload(&self, file: &[u8]) -> u16 {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "POST /api/image HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            self.address,
            file.len()
        )
        .unwrap();
        stream.write_all(file).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Processes that the server has started and not yet lost.
    fn decoders(&self) -> Vec<String> {
        let of_server = |process: &Path| {
            let stat = fs::read_to_string(process.join("stat")).ok()?;
            // After the name in brackets: state and parent.
            let mut fields = stat.rsplit(')').next()?.split_whitespace();
            let (state, parent) = (fields.next()?, fields.next()?);
            let lives = state != "Z" && parent == self.server.id().to_string();
            lives.then(|| process.file_name().unwrap().to_string_lossy().into_owned())
        };
        let processes = fs::read_dir("/proc").unwrap();
        processes.filter_map(|entry| of_server(&entry.unwrap().path())).collect()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

#[test]
fn the_page_outlives_its_decoders() {
    let page = Page::serve();
    // An image that is uploaded again is not read again.
    let [one, two, three, four] = [0, 1, 2, 3].map(|number| dicom(&codestream(number)));
    assert_eq!(page.upload(&one), 200);
    let first = page.decoders();
    assert_eq!(first.len(), 1, "{first:?}");
    assert_eq!(page.upload(&two), 200);
    assert_eq!(page.decoders(), first, "one decoder serves all");
    assert_eq!(page.upload(&dicom(&harmful())), 422);
    assert_eq!(page.upload(&three), 200);
    let second = page.decoders();
    assert!(second.len() == 1 && second != first, "{second:?}");
    // One that dies is replaced.
    assert!(Command::new("kill").args(["-SEGV", &second[0]]).status().unwrap().success());
    let began = Instant::now();
    while page.decoders().contains(&second[0]) && began.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(page.upload(&four), 200);
    let third = page.decoders();
    assert!(third.len() == 1 && third != second, "{third:?}");
}
