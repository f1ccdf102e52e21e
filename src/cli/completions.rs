//! `completions` and `man`: what shells and readers need of the command line. Shells ask the program
//! itself what may follow, so that they know phantoms and run directories too.

use std::ffi::OsStr;
use std::path::Path;

use clap::Args;
use clap_complete::Shell;
use clap_complete::engine::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};
use clap_complete::env::Shells;
use phantom_limit::files;
use phantom_limit::phantom::library;

use super::failure::Failure;

/// Name of the program in scripts and pages.
const NAME: &str = "phantom-limit";
/// Variable by which a shell asks for completions.
pub(super) const VARIABLE: &str = "PHANTOM_LIMIT_COMPLETE";

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    phantom-limit completions bash > ~/.local/share/bash-completion/completions/phantom-limit\n  \
    phantom-limit completions zsh > ~/.zfunc/_phantom-limit   (a directory of $fpath)\n  \
    phantom-limit completions fish > ~/.config/fish/completions/phantom-limit.fish\n\n\
    The script asks the phantom-limit of the PATH, so that it holds for other versions too.")]
pub(super) struct Completions {
    /// Shell.
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let name = self.shell.to_string();
        let shells = Shells::builtins();
        let shell = shells.completer(&name).expect("each shell has its completer");
        let mut script = Vec::new();
        shell
            .write_registration(VARIABLE, NAME, NAME, NAME, &mut script)
            .map_err(Failure::failed)?;
        print(script)
    }
}

/// Completes the ids of the library's phantoms, and paths of files with one of these endings; of all
/// files where there are no endings.
fn phantoms_and(endings: &'static [&'static str]) -> ArgValueCompleter {
    ArgValueCompleter::new(move |current: &OsStr| {
        let begins = |id: &str| current.to_str().is_some_and(|current| id.starts_with(current));
        let of_library = library::all().filter_map(|file| file.phantom().ok());
        let mut found: Vec<CompletionCandidate> = of_library
            .filter(|phantom| begins(&phantom.id))
            .map(|phantom| CompletionCandidate::new(phantom.id).help(Some(phantom.title.into())))
            .collect();
        let ends = |path: &Path| {
            let ending = path.extension().and_then(OsStr::to_str);
            endings.is_empty() || ending.is_some_and(|ending| endings.contains(&ending))
        };
        found.extend(PathCompleter::any().filter(move |path| ends(path)).complete(current));
        found
    })
}

/// Completes a phantom: an id, or the path of a .toml file.
pub(super) fn phantom() -> ArgValueCompleter {
    phantoms_and(&["toml"])
}

/// Completes a phantom or an image.
pub(super) fn phantom_or_file() -> ArgValueCompleter {
    phantoms_and(&[])
}

/// Completes directories that this program made, and the way to them.
pub(super) fn run_directory() -> ArgValueCompleter {
    let is_ours = |path: &Path| path.join(files::MARKER).is_file();
    ArgValueCompleter::new(PathCompleter::any().filter(is_ours))
}

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = "Example: phantom-limit man calibrate | man -l -")]
pub(super) struct Man {
    /// Command to describe [default: the whole program].
    command: Option<String>,
}

impl Man {
    pub(super) fn run(&self, mut whole: clap::Command) -> Result<(), Failure> {
        whole.build();
        let described = match &self.command {
            None => whole,
            Some(name) => match whole.find_subcommand(name) {
                Some(command) => command.clone(),
                None => {
                    let shown = whole.get_subcommands().filter(|command| !command.is_hide_set());
                    let names: Vec<&str> = shown.map(clap::Command::get_name).collect();
                    return Err(Failure::usage(anyhow::anyhow!(
                        "there is no command `{name}`; there are {}",
                        names.join(", ")
                    )));
                }
            },
        };
        let mut page = Vec::new();
        clap_mangen::Man::new(described).render(&mut page).map_err(Failure::failed)?;
        print(page)
    }
}

fn print(text: Vec<u8>) -> Result<(), Failure> {
    super::output::print(&String::from_utf8(text).map_err(Failure::failed)?)
}
