//! `completions` and `man`: what shells and readers need of the command line.

use clap::Args;
use clap_complete::Shell;

use super::failure::Failure;

/// Name of the program in scripts and pages.
const NAME: &str = "phantom-limit";

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: phantom-limit completions bash > ~/.local/share/bash-completion/completions/phantom-limit"
)]
pub(super) struct Completions {
    /// Shell.
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, whole: clap::Command) -> Result<(), Failure> {
        // The script would offer what help does not show.
        let shown = whole.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
        let mut whole = clap::Command::new(NAME).version(super::VERSION).subcommands(shown);
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut whole, NAME, &mut script);
        print(script)
    }
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
