//! Writes CSV files line by line; knows no column.

/// A CSV file of `N` columns.
pub(super) struct Sheet<const N: usize>(csv::Writer<Vec<u8>>);

impl<const N: usize> Sheet<N> {
    /// A file with the names of its columns.
    pub(super) fn new(header: [&str; N]) -> Self {
        let mut sheet = Self(csv::Writer::from_writer(Vec::new()));
        sheet.line(header.map(str::to_owned));
        sheet
    }

    /// Adds a line.
    pub(super) fn line(&mut self, line: [String; N]) {
        self.0.write_record(&line).expect("memory takes every line, and all have one length");
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        self.0.into_inner().expect("memory takes the last bytes")
    }
}

/// A number, or nothing.
pub(super) fn optional(value: Option<f64>) -> String {
    value.map_or_else(String::new, |it| it.to_string())
}
