//! `explore` serves the artefact page to this machine, exits cleanly on Ctrl-C, and exports a copy
//! that needs no server; `man` describes every command.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::runs::{run, text};
use assert_cmd::cargo::cargo_bin;
use phantom_limit::explore::{Limits, Server, Studio};
use phantom_limit::phantom::Phantom;

const PHANTOM: &str = include_str!("../phantom/small.toml");

/// Status line, headers and body of a GET with these headers.
fn get(address: &str, target: &str, host: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn the_page_is_served_on_loopback_until_control_c() {
    let place = tempfile::tempdir().unwrap();
    let phantom = place.path().join("small.toml");
    fs::write(&phantom, PHANTOM).unwrap();
    let mut server = Command::new(cargo_bin!("phantom-limit"))
        .args(["explore", text(&phantom), "--port", "0", "--no-open"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let address = url.trim().strip_prefix("http://").unwrap().trim_end_matches('/');
    assert!(address.starts_with("127.0.0.1:"), "{address}");

    let page = get(address, "/", address);
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("<h1>"), "{page}");
    let codestream = get(address, "/api/codestream?phantom=small-head&ratio=10", address);
    // The name of the file; SOC is no text.
    assert!(
        codestream.contains("filename=\"small-head-0-native-jpeg2000-10to1.j2k\""),
        "{codestream}"
    );
    let catalogue = get(address, "/api/catalogue", address);
    assert!(catalogue.contains("\"small-head\"") && catalogue.contains("\"ct-head\""));
    let stranger = get(address, "/", "evil.example");
    assert!(stranger.starts_with("HTTP/1.1 403") && stranger.contains("error"), "{stranger}");

    let port = address.rsplit(':').next().unwrap();
    let second = run(&["explore", "--port", port, "--no-open"]);
    assert_eq!(second.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&second.stderr).contains("--port"));

    #[cfg(unix)]
    {
        Command::new("kill").args(["-INT", &server.id().to_string()]).status().unwrap();
        assert_eq!(server.wait().unwrap().code(), Some(0));
    }
    #[cfg(not(unix))]
    server.kill().unwrap();
}

#[test]
fn a_class_is_served_on_a_socket_of_its_own() {
    let mut server = Command::new(cargo_bin!("phantom-limit"))
        .args(["explore", "--share=127.0.0.1", "--port", "0", "--no-open"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let page = url.trim().strip_prefix("http://").unwrap().trim_end_matches('/');
    let mut said = String::new();
    BufReader::new(server.stderr.take().unwrap()).read_line(&mut said).unwrap();
    let class = said.split("http://").nth(1).and_then(|it| it.split('/').next());
    let class = class.unwrap_or_else(|| panic!("no address of a class in {said}"));
    assert_ne!(class, page);

    let quiz = get(class, "/", class);
    assert!(quiz.starts_with("HTTP/1.1 200") && quiz.contains("Code of the class"), "{quiz}");
    assert!(get(class, "/api/catalogue", class).starts_with("HTTP/1.1 404"));
    assert!(get(page, "/api/catalogue", page).contains("\"shares\":true"));
    assert!(get(page, "/api/class", page).contains(&format!("http://{class}/")));
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn the_exported_page_is_complete_and_needs_no_server() {
    let place = tempfile::tempdir().unwrap();
    let phantom = place.path().join("small.toml");
    fs::write(&phantom, PHANTOM).unwrap();
    let out = place.path().join("page");
    let exported = run(&["explore", text(&phantom), "--export", text(&out)]);
    assert!(exported.status.success(), "{exported:?}");
    assert_eq!(String::from_utf8(exported.stdout).unwrap().trim(), text(&out.join("index.html")));
    let page = fs::read_to_string(out.join("index.html")).unwrap();
    assert!(page.contains("Content-Security-Policy"));
    // Every file that the page names is in its directory, and no address leads elsewhere.
    for piece in page.split(['"']).filter(|it| it.ends_with(".js") || it.ends_with(".css")) {
        assert!(out.join(piece).is_file(), "{piece}");
    }
    assert!(!page.contains("http:") && !page.contains("https:"));
    let contents = fs::read_to_string(out.join("exported.js")).unwrap();
    // Two originals; 15 levels of native JPEG 2000 and windowed JPEG and JPEG 2000.
    let data = fs::read_dir(out.join("data")).unwrap().count();
    assert!(data >= 2 + 3 * 15, "{data} files");
    assert!(contents.contains("windowed-jpeg-50"));
    // An export can be repeated; a directory that is not an export is refused.
    assert!(run(&["explore", text(&phantom), "--export", text(&out)]).status.success());
    let foreign = run(&["explore", text(&phantom), "--export", text(place.path())]);
    assert_eq!(foreign.status.code(), Some(2));
    assert!(!place.path().join("index.html").exists());
}

#[test]
fn bad_input_is_explained() {
    for (arguments, phrase) in [
        (&["explore", "ct-haed", "--no-open"][..], "did you mean `ct-head`"),
        (&["explore", "--run", "nowhere", "--no-open"], "nowhere"),
        (&["explore", "--export", "x", "--port", "5"], "--port"),
        (&["explore", "--export", "x", "--share"], "--share"),
        (&["explore", "--share=192.0.2.77", "--no-open"], "192.0.2.77"),
        (&["completions", "cmd"], "bash"),
        (&["man", "calibrat"], "calibrate"),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains(phrase), "{message}");
    }
}

#[test]
fn man_pages_and_help_cover_every_command() {
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    let commands: Vec<&str> = help
        .split("Commands:")
        .nth(1)
        .and_then(|rest| rest.split("\n\n").next())
        .unwrap()
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.len() >= 10, "{commands:?}");
    let whole = String::from_utf8(run(&["man"]).stdout).unwrap();
    assert!(whole.contains(".TH phantom-limit 1"), "{whole}");
    for command in &commands {
        assert!(whole.contains(command), "man lacks {command}");
        let page = run(&["man", command]);
        assert!(page.status.success());
        let page = String::from_utf8(page.stdout).unwrap();
        assert!(page.contains(".TH") && page.contains("Example"), "{command}: {page}");
        let help = String::from_utf8(run(&[command, "--help"]).stdout).unwrap();
        let example = help
            .split("Example")
            .nth(1)
            .is_some_and(|it| it.contains(&format!("phantom-limit {command}")));
        assert!(example, "{command}: {help}");
    }
}

#[test]
fn connections_that_say_nothing_are_closed_and_hold_nobody_up() {
    let phantom = Phantom::parse(PHANTOM, "small.toml").unwrap();
    let limits = Limits { connections: 4, head_seconds: 1, ..Limits::default() };
    let server = Server::listen(0).unwrap();
    let address = server.url().trim_start_matches("http://").trim_end_matches('/').to_owned();
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let serving = std::thread::spawn(move || {
        let studio = Studio::new(vec![phantom], None, limits);
        server.run(studio, limits, move || stopped.load(Ordering::Relaxed))
    });
    let began = Instant::now();
    let mut half: Vec<TcpStream> = (0..4)
        .map(|_| {
            let mut stream = TcpStream::connect(&address).unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nHost: ").unwrap();
            stream
        })
        .collect();
    for stream in &mut half {
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut answer = Vec::new();
        // Closed, with an answer or without.
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert!(get(&address, "/", &address).starts_with("HTTP/1.1 200"));
    stop.store(true, Ordering::Relaxed);
    serving.join().unwrap().unwrap();
}
