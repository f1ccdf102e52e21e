//! One image through every codec, path, level and step.

use std::sync::atomic::{AtomicBool, Ordering};

use phantom_limit::codec::{
    Codec, CodecError, CodecName, Encoded, Generation, Step, Target, chain, generations,
};
use phantom_limit::files;
use phantom_limit::image::{Image, SampleFormat, Voi, Window, words};
use phantom_limit::measurement::{
    Doubt, Padding, Reference, doubts_of_display, doubts_of_file, doubts_of_image, header_doubt,
};
use phantom_limit::record::InputPath;
use phantom_limit::resampling::Resampling;

use super::super::failure::Failure;
use super::super::signals;
use super::arguments::KeepArgument;
use super::keep::{Directory, ImageFiles};
use super::line::Line;
use super::source::{Read, Source, Subject};

/// Codecs one after the other.
pub(super) struct Chain {
    pub(super) steps: Vec<ChainStep>,
    /// As typed.
    pub(super) name: String,
}

pub(super) struct ChainStep {
    pub(super) codec: Box<dyn Codec>,
    pub(super) target: Target,
}

/// What is done with every image.
pub(super) struct Job {
    pub(super) codecs: Vec<Box<dyn Codec>>,
    pub(super) targets: Vec<Target>,
    pub(super) generations: u32,
    pub(super) chain: Option<Chain>,
    /// Empty: each codec's usual one.
    pub(super) paths: Vec<InputPath>,
    pub(super) window: Option<Window>,
    /// Which of a file's windows, from 1.
    pub(super) window_index: Option<u32>,
    pub(super) rescale: Vec<Resampling>,
    pub(super) keep: Vec<KeepArgument>,
}

/// The result of one image.
pub(super) struct Measured {
    pub(super) lines: Vec<Line>,
    /// Every doubt once.
    pub(super) doubts: Vec<Doubt>,
    /// What codecs do not take; the lines are those of the others.
    pub(super) refusals: Vec<String>,
    /// An object without pixels, which was not measured.
    pub(super) passed_over: Option<String>,
}

/// A path and the codecs that run on it.
type Arm<'a> = (InputPath, Vec<&'a dyn Codec>);

/// One image on one path.
struct Given<'a> {
    source: &'a Source,
    input_sha256: &'a str,
    path: InputPath,
    image: &'a Image,
    original: SampleFormat,
    offset: u16,
    padding: Option<&'a Padding>,
    doubts: Vec<Doubt>,
}

/// One compression of a sequence.
struct Compression<'a> {
    codec: &'a dyn Codec,
    number: u32,
    of: u32,
    chain: Option<&'a str>,
    encoded: &'a Encoded,
}

impl Job {
    /// Encoders and decoders that take part.
    pub(super) fn versions(&self) -> Vec<String> {
        let chained = self.chain.iter().flat_map(|chain| &chain.steps).map(|step| &step.codec);
        self.codecs.iter().chain(chained).map(|codec| codec.version()).collect()
    }

    /// Measures one image, or takes what an unfinished call has measured of it.
    pub(super) fn measure(
        &self,
        number: usize,
        source: &Source,
        directory: Option<&Directory>,
        stopped: &AtomicBool,
    ) -> Result<Measured, Failure> {
        let subject = match source.read()? {
            Read::Subject(subject) => subject,
            Read::PassedOver(what) => {
                return Ok(Measured {
                    lines: Vec::new(),
                    doubts: Vec::new(),
                    refusals: Vec::new(),
                    passed_over: Some(what),
                });
            }
        };
        let input_sha256 = files::sha256(&words::to_bytes(subject.image.samples()));
        let kept = directory.map(|directory| directory.image(number, source, &self.keep));
        if let Some(kept) = &kept
            && let Some((lines, refusals)) = kept.measured(&input_sha256)?
        {
            let doubts = all_doubts(&lines);
            return Ok(Measured { doubts, lines, refusals, passed_over: None });
        }
        let (mut lines, mut refusals) = (Vec::new(), Vec::new());
        let padding =
            subject.padding.as_ref().and_then(|values| Padding::find(&subject.image, values));
        let about_image = [
            doubts_of_file(&subject.remarks),
            doubts_of_image(
                &subject.image,
                subject.offset,
                padding.as_ref(),
                subject.lossy.as_ref(),
            ),
        ]
        .concat();
        for (path, codecs) in self.arms(&subject, source)? {
            let (windowed, about_window);
            let (image, doubts) = match path {
                InputPath::Native => (&subject.image, about_image.clone()),
                InputPath::Windowed => {
                    let voi = self.needed_voi(&subject, source)?;
                    let display = subject.display(&voi);
                    windowed = display.apply(&subject.image);
                    let chosen = self.window.is_some() || self.window_index.is_some();
                    let offered = if chosen { 1 } else { subject.windows.len() };
                    about_window = doubts_of_display(&subject.image, &display, offered);
                    (&windowed, [about_image.clone(), about_window].concat())
                }
            };
            let given = Given {
                source,
                input_sha256: &input_sha256,
                path,
                image,
                original: subject.image.format(),
                offset: subject.offset,
                padding: padding.as_ref(),
                doubts,
            };
            let filled = given.padding.map(|padding| padding.filled(image));
            let reference = match (given.padding, &filled) {
                (Some(padding), Some(filled)) => {
                    Reference::without_padding(image, given.original, padding, filled)
                }
                _ => Reference::new(image, given.original),
            };
            let mut emit = |step: &Compression<'_>, decoded: &Image| {
                if stopped.load(Ordering::Relaxed) {
                    return Err(Failure::Signal(signals::received()));
                }
                let emitted = self.lines(&given, &reference, step, decoded, kept.as_ref())?;
                lines.extend(emitted);
                Ok(())
            };
            match &self.chain {
                Some(chain) => run_chain(&given, chain, &mut emit)?,
                None => {
                    for codec in codecs {
                        // What one codec does not take is no reason to lose the others' lines.
                        match self.run_ladder(&given, codec, &mut emit) {
                            Err(Failure::Usage(error)) => refusals.push(error.to_string()),
                            done => done?,
                        }
                    }
                }
            }
        }
        if lines.is_empty() && !refusals.is_empty() {
            return Err(Failure::usage(anyhow::anyhow!(refusals.join("\nerror: "))));
        }
        if let Some(kept) = &kept {
            kept.finish(&input_sha256, &lines, &refusals)?;
        }
        Ok(Measured { doubts: all_doubts(&lines), lines, refusals, passed_over: None })
    }

    /// The paths with the codecs that run on them.
    fn arms<'a>(&'a self, subject: &Subject, source: &Source) -> Result<Vec<Arm<'a>>, Failure> {
        let codecs: Vec<&dyn Codec> = self.codecs.iter().map(AsRef::as_ref).collect();
        if !self.paths.is_empty() {
            if self.paths.contains(&InputPath::Windowed) {
                self.needed_voi(subject, source)?;
            }
            let mut paths = self.paths.clone();
            paths.dedup();
            return Ok(paths.into_iter().map(|path| (path, codecs.clone())).collect());
        }
        // Eight-bit JPEG shows what viewers show where a window is known.
        let deep = subject.image.format().bits_stored > 8;
        let windowed = deep && self.voi(subject, source)?.is_some();
        let usual = |codec: &dyn Codec| {
            let through = windowed && codec.name() == CodecName::Jpeg;
            if through { InputPath::Windowed } else { InputPath::Native }
        };
        if let Some(chain) = &self.chain {
            let any = chain.steps.iter().any(|s| usual(s.codec.as_ref()) == InputPath::Windowed);
            let path = if any { InputPath::Windowed } else { InputPath::Native };
            return Ok(vec![(path, Vec::new())]);
        }
        let mut arms: Vec<Arm<'_>> = Vec::new();
        for codec in codecs {
            let path = usual(codec);
            match arms.iter_mut().find(|(other, _)| *other == path) {
                Some((_, same)) => same.push(codec),
                None => arms.push((path, vec![codec])),
            }
        }
        Ok(arms)
    }

    /// The way to grey that was chosen, else the first that the file offers.
    fn voi(&self, subject: &Subject, source: &Source) -> Result<Option<Voi>, Failure> {
        match (self.window, self.window_index) {
            (Some(window), _) => Ok(Some(Voi::linear(window))),
            (None, None) => Ok(subject.windows.first().cloned()),
            (None, Some(number)) => {
                let offered = subject.windows.len();
                let chosen = subject.windows.get(number as usize - 1).cloned();
                let remedy = match offered {
                    0 => "give --window CENTRE,WIDTH".to_owned(),
                    offered => format!("give --window-index 1 to {offered}"),
                };
                chosen.map(Some).ok_or_else(|| {
                    Failure::usage(anyhow::anyhow!(
                        "`{}` offers {offered} windows, not {number}; {remedy}",
                        source.name
                    ))
                })
            }
        }
    }

    fn needed_voi(&self, subject: &Subject, source: &Source) -> Result<Voi, Failure> {
        self.voi(subject, source)?.ok_or_else(|| {
            Failure::usage(anyhow::anyhow!(
                "`{}` has no display window; give --window CENTRE,WIDTH or --path native",
                source.name
            ))
        })
    }

    /// Every target at once, and each level again and again for further generations.
    fn run_ladder(
        &self,
        given: &Given<'_>,
        codec: &dyn Codec,
        emit: &mut dyn FnMut(&Compression<'_>, &Image) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let lossless = [Target::Lossless];
        let targets = match codec.name() {
            CodecName::Lossless => &lossless[..],
            _ => &self.targets,
        };
        let of = self.generations;
        let levels = codec
            .encode_ladder(given.image, given.original, targets)
            .map_err(|error| of_codec(&given.source.name, error))?;
        for (first, &target) in levels.into_iter().zip(targets) {
            let step = Step { codec, target };
            let made = generations(step, first, given.original, given.image.format());
            for (number, generation) in (1..=of).zip(made) {
                let Generation { encoded, decoded, .. } =
                    generation.map_err(|error| of_codec(&given.source.name, error))?;
                emit(&Compression { codec, number, of, chain: None, encoded: &encoded }, &decoded)?;
            }
        }
        Ok(())
    }

    /// The line of a decoded image, and one for each rescaling of it.
    fn lines(
        &self,
        given: &Given<'_>,
        reference: &Reference<'_>,
        step: &Compression<'_>,
        decoded: &Image,
        kept: Option<&ImageFiles<'_>>,
    ) -> Result<Vec<Line>, Failure> {
        let mut warnings = given.doubts.clone();
        warnings.extend(header_doubt(step.encoded));
        let line = |rescale: Option<&Resampling>, rendition: &Image| -> Result<Line, Failure> {
            let measurement =
                reference.measure(step.encoded, rendition).map_err(Failure::failed)?;
            Ok(Line {
                input: given.source.name.clone(),
                codec: step.codec.name(),
                codec_version: step.codec.version(),
                measurement,
                path: given.path,
                step: step.number,
                steps: step.of,
                chain: step.chain.map(str::to_owned),
                rescale: rescale.map(ToString::to_string),
                input_sha256: given.input_sha256.to_owned(),
                warnings: warnings.clone(),
                object: given.source.object.clone(),
                frame: given.source.frame,
                bits_stored: given.original.bits_stored,
                offset: given.offset,
                padding_pixels: given.padding.map_or(0, Padding::pixels),
            })
        };
        let mut lines = vec![line(None, decoded)?];
        if let Some(kept) = kept {
            kept.write(&lines[0], Some(&step.encoded.bytes), given.image, decoded)?;
        }
        for resampling in &self.rescale {
            let rescaled = resampling
                .there_and_back(decoded)
                .map_err(|error| of_image(&given.source.name, error))?;
            let line = line(Some(resampling), &rescaled)?;
            if let Some(kept) = kept {
                kept.write(&line, None, given.image, &rescaled)?;
            }
            lines.push(line);
        }
        Ok(lines)
    }
}

/// Each codec on what the one before restored.
fn run_chain(
    given: &Given<'_>,
    chained: &Chain,
    emit: &mut dyn FnMut(&Compression<'_>, &Image) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let steps: Vec<Step<'_>> = chained
        .steps
        .iter()
        .map(|step| Step { codec: step.codec.as_ref(), target: step.target })
        .collect();
    let generations = chain(given.image, given.original, &steps)
        .map_err(|error| of_codec(&given.source.name, error))?;
    for (number, (step, generation)) in (1..).zip(steps.iter().zip(&generations)) {
        let compression = Compression {
            codec: step.codec,
            number,
            of: steps.len() as u32,
            chain: Some(&chained.name),
            encoded: &generation.encoded,
        };
        emit(&compression, &generation.decoded)?;
    }
    Ok(())
}

/// What a codec does not take is the user's to change.
fn of_codec(name: &str, error: CodecError) -> Failure {
    // What does not decode here was made here.
    match error {
        CodecError::Format { .. } => Failure::usage(anyhow::anyhow!(
            "`{name}`: {error}; choose another codec, or --path windowed with a --window"
        )),
        CodecError::Encode { .. } | CodecError::Decode { .. } => {
            Failure::failed(anyhow::anyhow!("`{name}`: {error}"))
        }
        error => of_image(name, error),
    }
}

fn of_image(name: &str, error: impl std::fmt::Display) -> Failure {
    Failure::usage(anyhow::anyhow!("`{name}`: {error}"))
}

fn all_doubts(lines: &[Line]) -> Vec<Doubt> {
    let mut doubts: Vec<Doubt> = Vec::new();
    for doubt in lines.iter().flat_map(|line| &line.warnings) {
        // Header shares differ from level to level: the first is enough.
        let same = |other: &Doubt| match (other, doubt) {
            (Doubt::HeaderShare { .. }, Doubt::HeaderShare { .. }) => true,
            (other, doubt) => other == doubt,
        };
        if !doubts.iter().any(same) {
            doubts.push(doubt.clone());
        }
    }
    doubts
}
