//! Where messages go: stderr, as lines that steer no terminal.

use std::borrow::Cow;
use std::io::Write;

/// Writes a line to stderr, which may be closed or full.
pub(super) fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", plain(text));
}

/// Text whose control characters, which a file's name may have to steer a terminal, are escaped; lines
/// and columns stay.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let steers = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
    if !text.contains(steers) {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if steers(letter) {
            plain.extend(letter.escape_default());
        } else {
            plain.push(letter);
        }
    }
    plain.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped() {
        assert_eq!(plain("a\tµ\n"), "a\tµ\n");
        assert_eq!(plain("\x1B[31mred\r\u{9B}2J\x07"), "\\u{1b}[31mred\\r\\u{9b}2J\\u{7}");
    }
}
