//! The text of a model file while it is written; knows no other program.

/// Lines of the three parts of a model file.
pub(super) struct Draft {
    head: Vec<String>,
    input: Vec<String>,
    output: Vec<String>,
}

/// A text as TOML.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Texts as TOML.
pub(super) fn list(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", quoted.join(", "))
}

/// Numbers as TOML.
pub(super) fn numbers(values: &[f64]) -> String {
    let shown: Vec<String> = values.iter().map(|&value| number(value)).collect();
    format!("[{}]", shown.join(", "))
}

/// A number as TOML: with a point.
pub(super) fn number(value: f64) -> String {
    format!("{value:?}")
}

impl Draft {
    pub(super) fn new(onnx: &str) -> Self {
        let head = vec!["format = 1".to_owned(), format!("file = {}", quoted(onnx))];
        Self { head, input: Vec::new(), output: Vec::new() }
    }

    /// Where the file comes from.
    pub(super) fn from(&mut self, source: &str) {
        self.head.insert(0, format!("# From {}.", source.escape_debug()));
    }

    pub(super) fn task(&mut self, task: &str) {
        self.head.push(format!("task = {}", quoted(task)));
    }

    /// A key of the whole file that is not known.
    pub(super) fn ask_head(&mut self, question: &str) {
        self.head.push(format!("# TO DO: {question}"));
    }

    pub(super) fn input(&mut self, key: &str, value: &str) {
        self.input.push(format!("{key} = {value}"));
    }

    /// A question about the input: the value that it is about is not known.
    pub(super) fn ask_input(&mut self, question: &str) {
        self.input.push(format!("# TO DO: {question}"));
    }

    pub(super) fn output(&mut self, key: &str, value: &str) {
        self.output.push(format!("{key} = {value}"));
    }

    /// The same of the output.
    pub(super) fn ask_output(&mut self, question: &str) {
        self.output.push(format!("# TO DO: {question}"));
    }

    pub(super) fn text(&self) -> String {
        format!(
            "{}\n\n[input]\n{}\n\n[output]\n{}\n",
            self.head.join("\n"),
            self.input.join("\n"),
            self.output.join("\n")
        )
    }
}
