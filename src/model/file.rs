//! From the text of a model file to a [`ModelFile`] whose values are possible; opens no file.

use std::ops::Range;

use toml::Spanned;

use super::error::ModelError;
use super::kernel::Kernel;
use super::raw::{
    Activation, Engine, FORMAT, Layout, ModelTask, PerChannel, RawInput, RawModel, RawOutput,
    RawPadding, Standard, Values,
};
use crate::image::Window;
use crate::phantom::nearest;

/// The longest side of a network's input.
const LONGEST_SIDE: usize = 8192;
/// Largest model file in bytes.
const MOST_BYTES: usize = 1 << 20;
/// Most classes of a network.
const MOST_CLASSES: usize = 10_000;

/// What a model is, takes and gives.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFile {
    /// Path of the ONNX file, from the folder of the model file.
    pub file: String,
    /// SHA-256 of the ONNX file, where it is stated.
    pub sha256: Option<String>,
    /// What it answers.
    pub task: ModelTask,
    /// What runs it.
    pub engine: Engine,
    /// What it takes.
    pub input: Input,
    /// What it gives.
    pub output: Output,
}

/// How an image becomes the input of a network: values, clip, standard, square, resize, crop,
/// scale, mean and deviation, padding, channels, in this order.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Name of the network's input; its only one where there is none.
    pub name: Option<String>,
    /// Order of the axes.
    pub layout: Layout,
    /// 1, or 3 of the same grey.
    pub channels: usize,
    /// Which values.
    pub values: Values,
    /// Window of [`Values::Windowed`]; that of each file where there is none.
    pub window: Option<Window>,
    /// Least and largest value.
    pub clip: Option<[f64; 2]>,
    /// How each image is brought to one range.
    pub standard: Option<Standard>,
    /// Cuts the largest square from the centre: from row `rows / 2 − side / 2` on, both halves
    /// rounded down.
    pub square: bool,
    /// How it is brought to a size.
    pub resize: Option<Resize>,
    /// Rows and columns that are cut from the centre: from row `(rows − asked) / 2` on, rounded
    /// down.
    pub crop: Option<[usize; 2]>,
    /// What values are multiplied by.
    pub scale: f64,
    /// What is subtracted then, of each channel.
    pub mean: Vec<f64>,
    /// What is divided by then, of each channel.
    pub deviation: Vec<f64>,
    /// Sides are filled up to a multiple of this.
    pub multiple: Option<(usize, Padding)>,
}

/// How an image is brought to a size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resize {
    /// To which size.
    pub to: ResizeTo,
    /// By which kernel.
    pub kernel: Kernel,
    /// Whether each of the two passes is rounded to 8 bits, with the weights of PIL's fixed point.
    pub eight_bit: bool,
}

/// The size of a resampled image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResizeTo {
    /// Rows and columns, whatever the shape of the image.
    Size([usize; 2]),
    /// The shorter side; the longer one is `shortest · long / short`, rounded down.
    Shortest(usize),
}

impl Resize {
    /// Rows and columns of an image of `size` afterwards.
    #[must_use]
    pub fn result(&self, [rows, columns]: [usize; 2]) -> [usize; 2] {
        match self.to {
            ResizeTo::Size(size) => size,
            ResizeTo::Shortest(side) if rows <= columns => [side, side * columns / rows.max(1)],
            ResizeTo::Shortest(side) => [side * rows / columns.max(1), side],
        }
    }
}

/// What fills an image up; the same number of pixels before and behind it, one more behind where
/// that is odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// 0, after mean and deviation.
    Zero,
    /// The nearest pixel of the image.
    Edge,
}

/// What becomes of a network's output.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Name of the network's output; its only one where there is none.
    pub name: Option<String>,
    /// Name of the output that holds the class of each box of a detection; all are of the only class
    /// where there is none.
    pub labels: Option<String>,
    /// What is done with its numbers.
    pub activation: Activation,
    /// Label of each number, or of each map; at least 2. Of boxes, in the order of their numbers.
    pub classes: Vec<String>,
    /// Labels that count as present: the area under the ROC curve is that of their sum, and pixels
    /// of these are the outline. Empty where each class counts by itself.
    pub present: Vec<String>,
}

impl ModelFile {
    /// Reads the text of a model file; `name` stands for it in messages.
    ///
    /// ```
    /// use phantom_limit::model::ModelFile;
    /// let text = "format = 1\nfile = \"net.onnx\"\ntask = \"classification\"\n\
    ///             [input]\nlayout = \"NCHW\"\nchannels = 1\nvalues = \"stored\"\n\
    ///             [output]\nactivation = \"softmax\"\nclasses = [\"benign\", \"malignant\"]\n";
    /// let model = ModelFile::parse(text, "model.toml")?;
    /// assert_eq!(model.output.classes.len(), 2);
    /// let error = ModelFile::parse(&text.replace("layout", "layuot"), "model.toml").unwrap_err();
    /// assert!(error.to_string().starts_with("model.toml:5:1: unknown field `layuot`"));
    /// assert!(error.to_string().contains("did you mean `layout`"));
    /// # Ok::<(), phantom_limit::model::ModelError>(())
    /// ```
    ///
    /// # Errors
    /// The first fault with its place.
    pub fn parse(text: &str, name: &str) -> Result<Self, ModelError> {
        let source = Source { text, name };
        if text.len() > MOST_BYTES {
            return Err(source.fault(0..0, format!("a model file has at most {MOST_BYTES} bytes")));
        }
        let raw: RawModel = toml::from_str(text)
            .map_err(|error| source.fault(error.span().unwrap_or(0..0), meant(error.message())))?;
        if *raw.format.get_ref() != FORMAT {
            let found = raw.format.get_ref();
            let message =
                format!("format {found} is not known; this program reads format {FORMAT}");
            return Err(source.fault(raw.format.span(), message));
        }
        if raw.file.get_ref().is_empty() {
            return Err(source.fault(raw.file.span(), "the name of an ONNX file is missing"));
        }
        if let Some(sha256) = &raw.sha256
            && (sha256.get_ref().len() != 64
                || !sha256.get_ref().bytes().all(|it| it.is_ascii_hexdigit()))
        {
            return Err(source.fault(sha256.span(), "a SHA-256 has 64 hexadecimal digits"));
        }
        let task = *raw.task.get_ref();
        let input = source.input(raw.input.get_ref(), task)?;
        let output = source.output(raw.output.get_ref(), task)?;
        Ok(Self {
            file: raw.file.into_inner(),
            sha256: raw.sha256.map(|it| it.into_inner().to_lowercase()),
            task,
            engine: raw.engine,
            input,
            output,
        })
    }
}

/// A message of the TOML reader, with the name that was probably meant.
fn meant(message: &str) -> String {
    let message = message.replace('\n', ", ");
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = message.starts_with("unknown ");
    let near = names.next().filter(|_| unknown).and_then(|found| nearest(found, names));
    near.map_or_else(|| message.clone(), |near| format!("{message}; did you mean `{near}`?"))
}

/// The text of a model file and its name.
struct Source<'a> {
    text: &'a str,
    name: &'a str,
}

impl Source<'_> {
    fn fault(&self, span: Range<usize>, message: impl Into<String>) -> ModelError {
        let before = self.text.get(..span.start.min(self.text.len())).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        ModelError::Description {
            file: self.name.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.into(),
        }
    }

    /// Refuses a value that is not as `right` says.
    fn check<T>(
        &self,
        value: &Spanned<T>,
        right: impl FnOnce(&T) -> bool,
        message: &str,
    ) -> Result<(), ModelError> {
        if right(value.get_ref()) { Ok(()) } else { Err(self.fault(value.span(), message)) }
    }

    fn input(&self, raw: &RawInput, task: ModelTask) -> Result<Input, ModelError> {
        self.check(
            &raw.channels,
            |it| matches!(it, 1 | 3),
            "channels are 1, or 3 of the same grey",
        )?;
        let channels = *raw.channels.get_ref();
        let values = *raw.values.get_ref();
        let window = match &raw.window {
            None => None,
            Some(window) => {
                let finite = |it: &super::raw::RawWindow| it.center.is_finite() && it.width > 1.0;
                self.check(window, finite, "a window has a finite center and a width above 1")?;
                if values != Values::Windowed {
                    let message = "a window is for values = \"windowed\": leave one of them out";
                    return Err(self.fault(window.span(), message));
                }
                let &super::raw::RawWindow { center, width } = window.get_ref();
                Some(Window { center, width })
            }
        };
        if let Some(clip) = &raw.clip {
            let order = |it: &[f64; 2]| it[0] < it[1] && it.iter().all(|end| end.is_finite());
            self.check(clip, order, "clip is the least value and then a larger one")?;
        }
        let resize = self.resize(raw, values)?;
        let multiple = self.multiple(raw)?;
        let side = |it: &[usize; 2]| it.iter().all(|side| (1..=LONGEST_SIDE).contains(side));
        if let Some(crop) = &raw.crop {
            self.check(crop, side, "sides are 1 to 8192 pixels")?;
        }
        let cuts = [raw.square.as_ref().map(Spanned::span), raw.crop.as_ref().map(Spanned::span)];
        if task == ModelTask::Segmentation
            && let Some(span) = cuts.into_iter().flatten().next()
        {
            let message = "segmentation is of whole images: leave `square` and `crop` out";
            return Err(self.fault(span, message));
        }
        let scale = raw.scale.as_ref().map_or(1.0, |it| *it.get_ref());
        if let Some(scale) = &raw.scale {
            self.check(scale, |it| it.is_finite() && *it != 0.0, "scale is finite and not 0")?;
        }
        let mean = self.per_channel(raw.mean.as_ref(), channels, 0.0)?;
        let deviation = self.per_channel(raw.deviation.as_ref(), channels, 1.0)?;
        if let Some(given) = raw.deviation.as_ref()
            && deviation.contains(&0.0)
        {
            return Err(self.fault(given.span(), "deviations are not 0"));
        }
        Ok(Input {
            name: raw.name.clone(),
            layout: raw.layout,
            channels,
            values,
            window,
            clip: raw.clip.as_ref().map(|it| *it.get_ref()),
            standard: raw.standard,
            square: raw.square.as_ref().is_some_and(|it| *it.get_ref()),
            resize,
            crop: raw.crop.as_ref().map(|it| *it.get_ref()),
            scale,
            mean,
            deviation,
            multiple,
        })
    }

    fn resize(&self, raw: &RawInput, values: Values) -> Result<Option<Resize>, ModelError> {
        let side = |it: &usize| (1..=LONGEST_SIDE).contains(it);
        let (to, span) = match (&raw.size, &raw.shortest) {
            (Some(size), None) => {
                let possible = |it: &[usize; 2]| it.iter().all(side);
                self.check(size, possible, "size is rows and columns, 1 to 8192 pixels each")?;
                (ResizeTo::Size(*size.get_ref()), size.span())
            }
            (None, Some(shortest)) => {
                self.check(shortest, side, "the shortest side is 1 to 8192 pixels")?;
                (ResizeTo::Shortest(*shortest.get_ref()), shortest.span())
            }
            (Some(_), Some(shortest)) => {
                let message = "`size` and `shortest` are both there: leave one of them out";
                return Err(self.fault(shortest.span(), message));
            }
            (None, None) => {
                let stray = [
                    raw.kernel.as_ref().map(Spanned::span),
                    raw.rounding.as_ref().map(Spanned::span),
                ];
                return match stray.into_iter().flatten().next() {
                    Some(span) => {
                        let message = "nothing is resampled without `size` or `shortest`";
                        Err(self.fault(span, message))
                    }
                    None => Ok(None),
                };
            }
        };
        let Some(kernel) = &raw.kernel else {
            let all: Vec<String> = Kernel::ALL
                .iter()
                .map(|it| format!("\"{}\" ({})", it.name(), it.same_as()))
                .collect();
            let message = format!(
                "the `kernel` by which images are brought to this size is missing: {}",
                all.join(", ")
            );
            return Err(self.fault(span, message));
        };
        if let Some(rounding) = &raw.rounding {
            let right = |_: &_| values != Values::Physical && kernel.get_ref().has_antialias();
            self.check(
                rounding,
                right,
                "rounding to 8 bits is that of PIL on 8-bit images: it goes with a kernel with \
                 antialias, and with values = \"windowed\" or \"stored\"",
            )?;
        }
        let (kernel, eight_bit) = (*kernel.get_ref(), raw.rounding.is_some());
        Ok(Some(Resize { to, kernel, eight_bit }))
    }

    fn multiple(&self, raw: &RawInput) -> Result<Option<(usize, Padding)>, ModelError> {
        match (&raw.multiple, &raw.padding) {
            (None, None) => Ok(None),
            (None, Some(padding)) => {
                Err(self
                    .fault(padding.span(), "padding fills up to a `multiple`, which is missing"))
            }
            (Some(multiple), padding) => {
                let possible = |it: &usize| (1..=1024).contains(it);
                self.check(multiple, possible, "multiple is 1 to 1024 pixels")?;
                let padding = match padding.as_ref().map(|it| *it.get_ref()) {
                    Some(RawPadding::Edge) => Padding::Edge,
                    Some(RawPadding::Zero) | None => Padding::Zero,
                };
                Ok(Some((*multiple.get_ref(), padding)))
            }
        }
    }

    fn per_channel(
        &self,
        given: Option<&Spanned<PerChannel>>,
        channels: usize,
        usual: f64,
    ) -> Result<Vec<f64>, ModelError> {
        let Some(given) = given else { return Ok(vec![usual; channels]) };
        let values = match given.get_ref() {
            PerChannel::One(value) => vec![*value; channels],
            PerChannel::Each(values) => values.clone(),
        };
        if values.len() != channels || values.iter().any(|value| !value.is_finite()) {
            let message = format!("one finite number, or one for each of {channels} channels");
            return Err(self.fault(given.span(), message));
        }
        Ok(values)
    }

    /// What is said of boxes, where there are boxes.
    fn boxes(&self, raw: &RawOutput, task: ModelTask) -> Result<(), ModelError> {
        if task != ModelTask::Detection {
            return match &raw.labels {
                Some(labels) => {
                    let message = "`labels` are the classes of boxes: for task = \"detection\"";
                    Err(self.fault(labels.span(), message))
                }
                None => Ok(()),
            };
        }
        let each = |it: &Activation| *it != Activation::Softmax;
        let message = "the scores of boxes stand for themselves: \"none\" or \"sigmoid\"";
        self.check(&raw.activation, each, message)?;
        if raw.labels.is_none() && raw.classes.get_ref().len() > 1 {
            let message = "name the output that holds the class of each box: labels = \"…\" (a \
                           detector without one has one class)";
            return Err(self.fault(raw.classes.span(), message));
        }
        Ok(())
    }

    fn output(&self, raw: &RawOutput, task: ModelTask) -> Result<Output, ModelError> {
        let classes = raw.classes.get_ref();
        let activation = *raw.activation.get_ref();
        let one = match task {
            ModelTask::Classification => false,
            ModelTask::Segmentation => activation == Activation::Sigmoid,
            ModelTask::Detection => raw.labels.is_none(),
        };
        self.boxes(raw, task)?;
        let least = if one { 1 } else { 2 };
        if classes.len() < least || classes.len() > MOST_CLASSES {
            let message = "at least two classes, each named as in the labels of the images; a network \
                           with one number and a sigmoid has two, the absent one first";
            return Err(self.fault(raw.classes.span(), message));
        }
        if let Some(at) = (1..classes.len()).find(|&at| classes[..at].contains(&classes[at])) {
            let message = format!("the class `{}` is there twice", classes[at]);
            return Err(self.fault(raw.classes.span(), message));
        }
        let mut present = Vec::new();
        if let Some(given) = &raw.present {
            present.clone_from(given.get_ref());
            if let Some(other) = present.iter().find(|it| !classes.contains(it)) {
                let near = nearest(other, classes.iter().map(String::as_str));
                let near = near.map_or(String::new(), |it| format!("; did you mean `{it}`?"));
                let message = format!("`{other}` is none of the classes{near}");
                return Err(self.fault(given.span(), message));
            }
            if !one && (present.is_empty() || present.len() == classes.len()) {
                let message = "some of the classes are present and others are not";
                return Err(self.fault(given.span(), message));
            }
        } else if task != ModelTask::Classification {
            let message = if task == ModelTask::Segmentation {
                "segmentation needs `present`: the classes whose pixels are the outline"
            } else {
                "detection needs `present`: the classes whose boxes are targets"
            };
            return Err(self.fault(raw.classes.span(), message));
        }
        Ok(Output {
            name: raw.name.clone(),
            labels: raw.labels.as_ref().map(|it| it.get_ref().clone()),
            activation,
            classes: classes.clone(),
            present,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"format = 1
file = "net.onnx"
task = "classification"
[input]
layout = "NCHW"
channels = 3
values = "windowed"
window = { center = 40.0, width = 400.0 }
size = [224, 224]
kernel = "bilinear-antialias"
rounding = "8bit"
scale = 0.00392156862745098
mean = [0.485, 0.456, 0.406]
deviation = [0.229, 0.224, 0.225]
[output]
activation = "softmax"
classes = ["absent", "nodule"]
present = ["nodule"]
"#;

    #[test]
    fn a_whole_file_is_read() {
        let model = ModelFile::parse(WHOLE, "m.toml").unwrap();
        assert_eq!(model.input.mean, [0.485, 0.456, 0.406]);
        assert_eq!(model.output.present, ["nodule"]);
        let resize = model.input.resize.unwrap();
        assert_eq!(resize.to, ResizeTo::Size([224, 224]));
        assert!(resize.eight_bit && resize.kernel == Kernel::BilinearAntialias);
    }

    #[test]
    fn detections_are_read_and_their_faults_named() {
        let detection = WHOLE
            .replace("\"classification\"", "\"detection\"\nengine = \"onnxruntime\"")
            .replace("\"softmax\"", "\"none\"\nname = \"scores\"\nlabels = \"labels\"");
        let model = ModelFile::parse(&detection, "m.toml").unwrap();
        assert_eq!((model.task, model.engine), (ModelTask::Detection, Engine::OnnxRuntime));
        assert_eq!(model.output.labels.as_deref(), Some("labels"));
        let one = detection.replace("labels = \"labels\"\n", "").replace("\"absent\", ", "");
        assert_eq!(ModelFile::parse(&one, "m.toml").unwrap().output.classes, ["nodule"]);
        for (from, to, expected) in [
            ("labels = \"labels\"\n", "", "m.toml:19:11: name the output that holds the class"),
            ("\"none\"", "\"softmax\"", "the scores of boxes stand for themselves"),
            ("present = [\"nodule\"]\n", "", "detection needs `present`"),
            ("\"detection\"", "\"classification\"", "`labels` are the classes of boxes"),
            ("onnxruntime", "onxruntime", "did you mean `onnxruntime`"),
        ] {
            assert!(detection.contains(from), "{from}");
            let text = detection.replacen(from, to, 1);
            let fault = ModelFile::parse(&text, "m.toml").unwrap_err().to_string();
            assert!(fault.contains(expected), "{to}: {fault}");
        }
    }

    #[test]
    fn faults_have_a_place_and_a_way_out() {
        for (from, to, expected) in [
            ("format = 1", "format = 2", "m.toml:1:10: format 2 is not known"),
            ("layout", "layuot", "m.toml:5:1: unknown field `layuot`"),
            ("\"windowed\"", "\"windwed\"", "did you mean `windowed`"),
            ("channels = 3", "channels = 2", "m.toml:6:12: channels are 1, or 3"),
            ("channels = 3", "channels = 1", "one finite number, or one for each of 1 channels"),
            ("width = 400.0", "width = 1.0", "a width above 1"),
            ("values = \"windowed\"", "values = \"stored\"", "a window is for values"),
            ("size = [224, 224]", "size = [0, 224]", "1 to 8192"),
            ("size = [224, 224]", "shortest = 256\nsize = [224, 224]", "leave one of them out"),
            ("size = [224, 224]\n", "", "nothing is resampled without"),
            ("kernel = \"bilinear-antialias\"\n", "", "`kernel` by which"),
            ("bilinear-antialias", "bilinear", "goes with a kernel with antialias"),
            ("present = [\"nodule\"]", "present = [\"nodle\"]", "did you mean `nodule`"),
            ("present = [\"nodule\"]", "present = []", "some of the classes are present"),
            ("\"absent\", ", "", "at least two classes"),
            ("\"absent\", \"nodule\"", "\"nodule\", \"nodule\"", "is there twice"),
            ("scale = 0.00392156862745098", "scale = 0.0", "not 0"),
            ("0.229, ", "0.0, ", "deviations are not 0"),
            ("file = \"net.onnx\"", "file = \"\"", "the name of an ONNX file is missing"),
            ("task =", "sha256 = \"12\"\ntask =", "64 hexadecimal digits"),
            ("[output]", "clip = [3.0, 1.0]\n[output]", "least value and then a larger one"),
            ("[output]", "padding = \"edge\"\n[output]", "which is missing"),
            ("[output]", "crop = [9000, 9]\n[output]", "1 to 8192"),
            ("[output]", "[output", "m.toml:15:"),
        ] {
            assert!(WHOLE.contains(from), "{from}");
            let text = WHOLE.replacen(from, to, 1);
            let fault = ModelFile::parse(&text, "m.toml").unwrap_err().to_string();
            assert!(fault.contains(expected), "{to}: {fault}");
        }
    }
}
