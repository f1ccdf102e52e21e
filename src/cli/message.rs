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

/// The same, but for these codes, which stay.
pub(super) fn plain_but(codes: &[&str], text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    let mut left = text;
    loop {
        let next = codes.iter().filter_map(|code| Some((left.find(code)?, *code))).min();
        let Some((at, code)) = next else { return found + &plain(left) };
        found += &plain(&left[..at]);
        found += code;
        left = &left[at + code.len()..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped() {
        assert_eq!(plain("a\tµ\n"), "a\tµ\n");
        assert_eq!(plain("\x1B[31mred\r\u{9B}2J\x07"), "\\u{1b}[31mred\\r\\u{9b}2J\\u{7}");
        let codes = ["\x1B[31m", "\x1B[0m"];
        let text = "\x1B[31mred\x1B[0m\x1B[2J\x1B[31m";
        assert_eq!(plain_but(&codes, text), "\x1B[31mred\x1B[0m\\u{1b}[2J\x1B[31m");
        assert_eq!(plain_but(&[], "\x1B[31m"), "\\u{1b}[31m");
    }
}
