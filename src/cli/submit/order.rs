//! What all engines are told, and how a shell is given it.

use std::path::PathBuf;

/// What all engines are told.
pub(super) struct Order {
    /// The program, as words of a shell.
    pub(super) program: String,
    /// The run directory.
    pub(super) run: PathBuf,
    pub(super) workers: u32,
    pub(super) cpus: u32,
    pub(super) memory: u32,
    pub(super) minutes: u64,
    pub(super) image: String,
    pub(super) claim: String,
}

impl Order {
    /// Path of a file beside the scripts.
    pub(super) fn file(&self, name: &str) -> String {
        self.run.join(FOLDER).join(name).display().to_string()
    }

    /// The run directory as a word of a shell.
    pub(super) fn run_word(&self) -> String {
        word(&self.run.display().to_string())
    }
}

/// A file of an engine.
pub(super) struct Script {
    pub(super) name: &'static str,
    pub(super) text: String,
}

pub(super) const FOLDER: &str = "submit";

/// A word of a POSIX shell, whatever is in it.
pub(super) fn word(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+:@%".contains(letter);
    match text.is_empty() || !text.chars().all(plain) {
        true => format!("'{}'", text.replace('\'', r"'\''")),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn words_survive_a_shell() {
        for text in ["plain/a-b_1", "a b", "it's", "$HOME `x` \"y\"", ""] {
            let command = format!("printf %s {}", word(text));
            let output = Command::new("sh").args(["-c", &command]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
        }
    }
}
