//! In what manner the program speaks: colours, quiet, messages about failures.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::sync::OnceLock;

use clap::{ColorChoice, ValueEnum as _};
use phantom_limit::report::Ink;

use super::message::plain;

/// How the program speaks, as the command line and the environment ask.
#[derive(Debug, Clone, Copy)]
struct Manner {
    quiet: bool,
    color: ColorChoice,
}

static MANNER: OnceLock<Manner> = OnceLock::new();

/// Sets, once, how the program speaks.
pub(super) fn speak(quiet: bool, color: ColorChoice) {
    MANNER.get_or_init(|| Manner { quiet, color });
}

/// Whether progress and notes are left out.
pub(super) fn quiet() -> bool {
    MANNER.get().is_some_and(|manner| manner.quiet)
}

/// The colours of what goes to a terminal, or to no terminal: as `--color` says, else none where
/// NO_COLOR is set (no-color.org) or the terminal is dumb.
fn ink(is_terminal: bool) -> Ink {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let coloured = match MANNER.get().map_or(ColorChoice::Auto, |manner| manner.color) {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
            is_terminal && !is_set("NO_COLOR") && !is_dumb
        }
    };
    if coloured { Ink::Coloured } else { Ink::Plain }
}

/// The colours of results.
pub(super) fn result_ink() -> Ink {
    ink(std::io::stdout().is_terminal())
}

/// The choice among the words of a command line, before they are understood: the messages about
/// words that are not have colours too.
pub(super) fn color_asked(words: impl IntoIterator<Item = OsString>) -> ColorChoice {
    let words: Vec<String> =
        words.into_iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let joined = words.iter().find_map(|word| word.strip_prefix("--color="));
    let apart = || words.iter().position(|word| word == "--color").and_then(|at| words.get(at + 1));
    let asked = joined.or_else(|| apart().map(String::as_str));
    asked.and_then(|word| ColorChoice::from_str(word, false).ok()).unwrap_or_default()
}

/// Prints what went wrong on stderr.
pub(super) fn complain(text: impl std::fmt::Display) {
    let word = ink(std::io::stderr().is_terminal()).error("error:");
    // Where stderr is closed or full, there is nobody to tell.
    let _ = writeln!(std::io::stderr().lock(), "{word} {}", plain(&text.to_string()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_of_colours_is_found_before_the_rest_is_understood() {
        let asked = |line: &str| color_asked(line.split(' ').map(OsString::from));
        assert_eq!(asked("phantom-limit limmit --color=never"), ColorChoice::Never);
        assert_eq!(asked("phantom-limit --color always demo"), ColorChoice::Always);
        assert_eq!(asked("phantom-limit demo --color"), ColorChoice::Auto);
        assert_eq!(asked("phantom-limit demo --color=green"), ColorChoice::Auto);
    }
}
