//! `explore`: the artefact page, served or exported.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use phantom_limit::calibrate::resolve;
use phantom_limit::explore::{self, ExploreError, Limits, Server, Studio, Trained};
use phantom_limit::phantom::{Phantom, library};
use phantom_limit::study::Progress as _;

use super::completions;
use super::failure::Failure;
use super::manner::quiet;
use super::message::say;
use super::output::print;
use super::progress::Progress;
use super::signals;

/// Port where none is asked for; another one if it is taken.
const PORT: u16 = 7340;

/// Arguments of `explore`.
#[derive(Debug, Args)]
#[command(after_help = "Example: phantom-limit explore ct-head --run runs/ct-head\n\n\
    The page is served to this machine only, until Ctrl-C, its ordinary end (exit code 0). With --export a copy for lectures and \
    web servers is written instead: it opens from a file.")]
pub(super) struct Explore {
    /// Phantom to show first: an id from `list`, or the path of a .toml file [default: the
    /// run's, or the first of the list].
    #[arg(add = completions::phantom())]
    phantom: Option<String>,
    /// Port of the page; 0 takes a free one [default: 7340, or a free one if that is taken].
    #[arg(long)]
    port: Option<u16>,
    /// Print the address only, open no browser.
    #[arg(long)]
    no_open: bool,
    /// Run directory of a calibration, whose networks say what they see.
    #[arg(long, value_name = "DIR")]
    #[arg(add = completions::run_directory())]
    run: Option<PathBuf>,
    /// Let a class on the local network answer the quiz, and nothing else, behind a code that the
    /// page shows; ADDRESS is that of this machine which the class reaches [default: the one that
    /// leads out of it].
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, require_equals = true)]
    share: Option<Option<IpAddr>>,
    /// Write the page with precomputed levels to this directory.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["port", "no_open", "share"])]
    export: Option<PathBuf>,
}

/// Port of a class where none is asked for; another one if it is taken.
const CLASS_PORT: u16 = 7341;

/// An address for documentation (RFC 5737): nobody has it, and nothing is sent there.
const OUTSIDE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);

/// The server with a second socket for a class.
fn share(server: Server, address: Option<IpAddr>) -> Result<Server, Failure> {
    let address = match address {
        Some(address) => address,
        None => leading_out().ok_or_else(|| {
            Failure::usage(anyhow::anyhow!(
                "this machine is in no network: say by which of its addresses the class reaches it, \
                 --share=ADDRESS"
            ))
        })?,
    };
    let port_is_taken = std::net::TcpListener::bind((address, CLASS_PORT)).is_err();
    Ok(server.share(address, if port_is_taken { 0 } else { CLASS_PORT })?)
}

/// The address by which this machine would reach others: a datagram socket that is connected has it,
/// and sends nothing.
fn leading_out() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(OUTSIDE).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_unspecified() && !address.is_loopback()).then_some(address)
}

/// The phantom whose results come with the program.
const FIRST: &str = "ct-head";

impl From<ExploreError> for Failure {
    fn from(error: ExploreError) -> Self {
        match error {
            ExploreError::Files(error) => error.into(),
            ExploreError::Run(error) => error.into(),
            ExploreError::Listen { .. } => Self::usage(error),
            error => Self::failed(error),
        }
    }
}

impl Explore {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let trained = self.run.as_deref().map(Trained::open).transpose()?;
        let limits = Limits::default();
        let studio = Studio::new(self.phantoms(trained.as_ref())?, trained, limits);
        if let Some(directory) = &self.export {
            let progress = Progress::new();
            let exported = progress
                .during("compressing all levels", || explore::export(&studio, directory))?;
            progress.note(&format!(
                "{} files, {:.1} MB; open the page or copy the directory to a web server",
                exported.files,
                exported.bytes as f64 / 1e6
            ));
            return print(&format!("{}\n", exported.page.display()));
        }
        let server = match self.port {
            Some(port) => Server::listen(port)?,
            None => Server::listen(PORT).or_else(|_| Server::listen(0))?,
        };
        let server = match self.share {
            None => server,
            Some(address) => share(server, address)?,
        };
        let stopped = signals::watch().map_err(Failure::failed)?;
        let url = server.url();
        print(&format!("{url}\n"))?;
        if !quiet() {
            match server.class_url() {
                None => say("the page is open to this machine only; Ctrl-C ends it"),
                Some(class) => say(&format!(
                    "the page is open to this machine only, its quiz to a class at {class} with the code \
                     that the page shows; Ctrl-C ends both"
                )),
            }
        }
        if !self.no_open {
            open(&url);
        }
        server.run(studio, limits, move || is_set(&stopped))?;
        Ok(())
    }

    /// The library, starting with the phantom to show first.
    fn phantoms(&self, trained: Option<&Trained>) -> Result<Vec<Phantom>, Failure> {
        let mut phantoms: Vec<Phantom> = library::all()
            .map(|file| file.phantom())
            .collect::<Result<_, _>>()
            .map_err(Failure::failed)?;
        let first = match (&self.phantom, trained) {
            (Some(name), _) => Some(resolve(name)?.0),
            (None, Some(trained)) => Some(trained.phantom().clone()),
            (None, None) => Some(resolve(FIRST)?.0),
        };
        if let Some(first) = first {
            phantoms.retain(|phantom| phantom.id != first.id);
            phantoms.insert(0, first);
        }
        Ok(phantoms)
    }
}

fn is_set(flag: &AtomicBool) -> bool {
    flag.load(Ordering::Relaxed)
}

/// Opens the address in the browser; without one the address was printed.
fn open(url: &str) {
    let (program, before): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("cmd", &["/C", "start", ""])
    } else {
        ("xdg-open", &[])
    };
    let mut command = Command::new(program);
    command.args(before).arg(url);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if command.spawn().is_err() {
        say("no browser could be opened; open the address yourself");
    }
}
