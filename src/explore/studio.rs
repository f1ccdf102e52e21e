//! Answers the queries of the page, from a cache where possible; knows no socket.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::cache::Cache;
use super::contours::{self, Contours};
use super::marks::{self, Marks};
use super::networks::Asked;
use super::query::{ImageQuery, Recipe, between};
use super::reading::{self, Curve, Reading, Trained};
use super::rendition::{self, CODECS, Figures, Level, MOST_GENERATIONS, RUNGS, Similarity};
use super::subject::{CASES, Changes, Model, PhantomSummary, Region, Subject};
use super::{ExploreError, Limits, upload};
use crate::codec::{self, CodecName, Encoded, Generation, Step, codec};
use crate::files;
use crate::image::{Image, Rescale, SampleFormat, Window};
use crate::phantom::Phantom;
use crate::record::{InputPath, Regime};

/// Seed of the drawn images without a run.
const SEED: u64 = 1;

/// The input of a codec.
#[derive(Debug)]
pub(super) struct Input {
    key: String,
    pub(super) subject: Arc<Subject>,
    path: InputPath,
    /// `None` on the native path, which takes the image of the subject.
    windowed: Option<Image>,
    /// From the samples of the input to physical values.
    rescale: Rescale,
    window: Window,
}

impl Input {
    pub(super) fn image(&self) -> &Image {
        self.windowed.as_ref().unwrap_or(&self.subject.image)
    }

    /// How a square of the input is shown.
    pub(super) fn display(&self, side: usize) -> Display {
        let Rescale { slope, intercept } = self.rescale;
        Display { side, slope, intercept, window: self.window }
    }

    fn original(&self) -> SampleFormat {
        self.subject.image.format()
    }
}

/// From the stored values of a square to greys.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Display {
    pub(super) side: usize,
    slope: f64,
    intercept: f64,
    window: Window,
}

/// A decoded image.
#[derive(Debug)]
pub(super) struct Rendition {
    pub(super) image: Image,
    pub(super) figures: Figures,
}

/// A codestream to be kept.
#[derive(Debug)]
pub(super) struct Codestream {
    /// Name of its file.
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// Header of an original.
#[derive(Debug, Serialize)]
pub(super) struct OriginalHeader<'a> {
    title: &'a str,
    rows: usize,
    columns: usize,
    bits_stored: u8,
    /// Bits stored before any window.
    original_bits_stored: u8,
    slope: f64,
    intercept: f64,
    unit: &'static str,
    window: Window,
    inverted: bool,
    note: Option<&'a str>,
    spacing_mm: Option<f64>,
    /// Share of pixels that the window saturates.
    clipped_share: f64,
    /// Codecs that accept such samples.
    codecs: Vec<CodecName>,
    truth: Option<Truth<'a>>,
}

#[derive(Debug, Serialize)]
struct Truth<'a> {
    side: usize,
    contrast_unit: &'static str,
    classes: &'a [&'static str],
    regions: &'a [Region],
    /// Whether the image is to be searched as a whole: its regions are those of its targets.
    is_searched: bool,
}

/// Header of a rendition.
#[derive(Debug, Serialize)]
pub(super) struct RenditionHeader<'a> {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) figures: &'a Figures,
}

/// Everything that the page offers.
#[derive(Debug, Serialize)]
pub(super) struct Catalogue<'a> {
    version: &'static str,
    phantoms: Vec<&'a PhantomSummary>,
    codecs: BTreeMap<CodecName, &'static str>,
    /// Codecs that can be set by quality.
    with_quality: Vec<CodecName>,
    ratios: &'a [f64],
    cases: u64,
    most_generations: u32,
    /// Accuracy of networks: of the run if there is one, otherwise of the published calibrations.
    curves: Vec<&'a Curve>,
    run: Option<RunSummary<'a>>,
    upload: Upload,
    /// Whether a class can answer the quiz.
    shares: bool,
}

#[derive(Debug, Serialize)]
struct RunSummary<'a> {
    phantom: &'a str,
    /// Of networks that identify.
    identifying: Vec<(InputPath, Regime)>,
    /// Of networks that locate.
    searching: Vec<(InputPath, Regime)>,
    /// Of networks that outline.
    outlining: Vec<(InputPath, Regime)>,
}

#[derive(Debug, Serialize)]
struct Upload {
    bytes: usize,
    pixels: usize,
}

/// Phantoms, networks and cached images of a page.
#[derive(Debug)]
pub struct Studio {
    models: Vec<Model>,
    seed: u64,
    trained: Option<Trained>,
    published: Vec<Curve>,
    limits: Limits,
    uploads: Cache<Subject>,
    subjects: Cache<Subject>,
    inputs: Cache<Input>,
    ladders: Cache<Vec<Encoded>>,
    renditions: Cache<Rendition>,
    detectabilities: Cache<Option<f64>>,
}

impl Studio {
    /// For a page that shows these phantoms in this order, with the networks of a run if there is
    /// one. The phantom of the run replaces the phantom with the same identifier, since its
    /// networks are trained on it; if there is none, it is shown first.
    #[must_use]
    pub fn new(mut phantoms: Vec<Phantom>, trained: Option<Trained>, limits: Limits) -> Self {
        if let Some(trained) = &trained {
            let own = trained.phantom().clone();
            match phantoms.iter_mut().find(|phantom| phantom.id == own.id) {
                Some(phantom) => *phantom = own,
                None => phantoms.insert(0, own),
            }
        }
        // Beside the phantom of the run, or the first, its images to be searched.
        let asked = trained.as_ref().map(Trained::phantom).or(phantoms.first());
        let place = asked.and_then(|asked| phantoms.iter().position(|it| it.id == asked.id));
        let searched = asked.and_then(Model::searched);
        let mut models: Vec<Model> = phantoms.into_iter().map(Model::new).collect();
        if let Some((searched, place)) = searched.zip(place) {
            models.insert(place + 1, searched);
        }
        let share = |percent: usize| limits.memory_bytes / 100 * percent;
        Self {
            models,
            seed: trained.as_ref().map_or(SEED, |trained| trained.seed),
            trained,
            published: reading::published(),
            limits,
            uploads: Cache::new(share(20)),
            subjects: Cache::new(share(25)),
            inputs: Cache::new(share(10)),
            ladders: Cache::new(share(20)),
            renditions: Cache::new(share(24)),
            detectabilities: Cache::new(share(1)),
        }
    }

    fn curves(&self) -> &[Curve] {
        self.trained.as_ref().map_or(&self.published, |trained| &trained.curves)
    }

    /// Codec and phantom of a query without keys, which is what a class is asked about, and the curves
    /// of networks for them.
    pub(super) fn asked_of_a_class(&self) -> (&'static str, &str, Vec<&Curve>) {
        let ImageQuery { codec, path, .. } = ImageQuery::default();
        let codec = codec.unwrap_or(CodecName::Jpeg2000);
        let path = path.unwrap_or(InputPath::Native);
        let name = CODECS.iter().find(|(of, _)| *of == codec).map_or("", |&(_, name)| name);
        let Some(model) = self.models.first() else { return (name, "", Vec::new()) };
        let of = |curve: &&Curve| {
            curve.phantom == model.summary.id && curve.codec == codec && curve.path == path
        };
        (name, &model.summary.title, self.curves().iter().filter(of).collect())
    }

    /// Whether the noise of the first phantom is a single number.
    pub(super) fn noise_can_be_changed(&self) -> bool {
        self.models.first().is_some_and(|model| model.summary.noise.is_some())
    }

    pub(super) fn catalogue(&self, shares: bool) -> Catalogue<'_> {
        Catalogue {
            version: env!("CARGO_PKG_VERSION"),
            phantoms: self.models.iter().map(|model| &model.summary).collect(),
            codecs: CODECS.into_iter().collect(),
            with_quality: CODECS
                .into_iter()
                .map(|(name, _)| name)
                .filter(|&name| rendition::has_quality(name))
                .collect(),
            ratios: &RUNGS,
            cases: CASES,
            most_generations: MOST_GENERATIONS,
            curves: self.curves().iter().collect(),
            run: self.trained.as_ref().map(|trained| RunSummary {
                phantom: &trained.phantom.id,
                identifying: trained.identifying.keys().copied().collect(),
                searching: trained.searching.keys().copied().collect(),
                outlining: trained.outlining.keys().copied().collect(),
            }),
            upload: Upload { bytes: self.limits.body_bytes, pixels: self.limits.image_pixels },
            shares,
        }
    }

    /// Reads an uploaded image and returns its name for queries, which is valid until other
    /// images have displaced it.
    pub(super) fn upload(&self, bytes: &[u8]) -> Result<String, ExploreError> {
        let name = files::sha256(bytes)[..16].to_owned();
        let weigh = |subject: &Subject| 2 * subject.image.pixels();
        self.uploads.get_or_make(&name, weigh, || upload::read(bytes, self.limits.image_pixels))?;
        Ok(name)
    }

    fn subject(&self, query: &ImageQuery) -> Result<(String, Arc<Subject>), ExploreError> {
        if let Some(name) = &query.upload {
            let drawing = [query.contrast, query.radius, query.noise].iter().any(Option::is_some);
            if query.phantom.is_some() || query.case.is_some() || drawing {
                return Err(ExploreError::Query("an uploaded image cannot be redrawn".into()));
            }
            let subject = self.uploads.get(name).ok_or_else(|| {
                ExploreError::Missing("image of that name any more: upload it again".into())
            })?;
            return Ok((format!("upload {name}"), subject));
        }
        let model = match &query.phantom {
            None => self.models.first(),
            Some(id) => self.models.iter().find(|model| model.summary.id == *id),
        };
        let model = model.ok_or_else(|| ExploreError::Missing("phantom of that name".into()))?;
        let case = query.case.unwrap_or(0);
        if case >= CASES {
            let expected = format!("0 to {} are possible", CASES - 1);
            return Err(ExploreError::Value { key: "case", found: case.to_string(), expected });
        }
        let (contrast, radius_mm) = (query.contrast, query.radius);
        let changes = model.check(Changes { contrast, radius_mm, noise: query.noise })?;
        let key = format!("{} {case} {changes:?}", model.summary.id);
        let subject = self.subjects.get_or_make(
            &key,
            |subject| 2 * subject.image.pixels() + 16_384,
            || model.draw(self.seed, case, changes),
        )?;
        Ok((key, subject))
    }

    pub(super) fn input(&self, query: &ImageQuery) -> Result<Arc<Input>, ExploreError> {
        let (key, subject) = self.subject(query)?;
        let path = query.path.unwrap_or(InputPath::Native);
        let window = Window {
            center: query.center.unwrap_or(subject.window.center),
            width: query.width.unwrap_or(subject.window.width),
        };
        between("center", window.center, -1e6, 1e6)?;
        between("width", window.width, 1.5, 1e6)?;
        let key = match path {
            InputPath::Native => format!("{key} native"),
            InputPath::Windowed => format!("{key} {window:?}"),
        };
        let make = || {
            Ok(match path {
                InputPath::Native => Input {
                    key: key.clone(),
                    path,
                    windowed: None,
                    rescale: subject.rescale,
                    window,
                    subject,
                },
                InputPath::Windowed => Input {
                    key: key.clone(),
                    path,
                    windowed: Some(window.apply(&subject.image, subject.rescale)),
                    // The inverse of the window between its ends (PS3.3 C.11.2.1.2.1).
                    rescale: Rescale {
                        slope: (window.width - 1.0) / 255.0,
                        intercept: window.center - 0.5 - (window.width - 1.0) / 2.0,
                    },
                    window,
                    subject,
                },
            })
        };
        // On the native path the input is the image of the subject.
        let weigh = |input: &Input| 2 * input.windowed.as_ref().map_or(0, Image::pixels) + 256;
        self.inputs.get_or_make(&key, weigh, make)
    }

    pub(super) fn original<'a>(&self, input: &'a Input) -> OriginalHeader<'a> {
        let subject = &*input.subject;
        let format = input.image().format();
        let accepted = CODECS.iter().map(|(name, _)| *name);
        OriginalHeader {
            title: &subject.title,
            rows: input.image().rows(),
            columns: input.image().columns(),
            bits_stored: format.bits_stored,
            original_bits_stored: subject.image.format().bits_stored,
            slope: input.rescale.slope,
            intercept: input.rescale.intercept,
            unit: subject.unit,
            window: input.window,
            inverted: subject.inverted,
            note: subject.note.as_deref(),
            spacing_mm: subject.spacing_mm,
            clipped_share: input.window.clipped_share(&subject.image, subject.rescale),
            codecs: accepted.filter(|&name| codec(name).accepts(format)).collect(),
            truth: subject.drawn.as_ref().map(|drawn| Truth {
                side: drawn.side,
                contrast_unit: subject.contrast_unit,
                classes: &drawn.classes,
                regions: &drawn.regions,
                is_searched: drawn.searched_of.is_some(),
            }),
        }
    }

    pub(super) fn rendition(
        &self,
        query: &ImageQuery,
    ) -> Result<(Arc<Input>, Arc<Rendition>), ExploreError> {
        let recipe = query.recipe()?;
        let input = self.input(query)?;
        let key = format!("{} {recipe:?}", input.key);
        let weigh = |rendition: &Rendition| 2 * rendition.image.pixels() + 256;
        let rendition =
            self.renditions.get_or_make(&key, weigh, || self.compress(&input, recipe))?;
        Ok((input, rendition))
    }

    /// The codestream of a rendition. It is made anew: codestreams are not kept.
    pub(super) fn codestream(&self, query: &ImageQuery) -> Result<Codestream, ExploreError> {
        let recipe = query.recipe()?;
        let input = self.input(query)?;
        let Generation { encoded, .. } = self.last_generation(&input, recipe)?;
        let of = match (&query.upload, &query.phantom) {
            (Some(_), _) => "image".to_owned(),
            (None, id) => {
                let first = self.models.first().map_or("image", |model| model.summary.id.as_str());
                let id = id.as_deref().unwrap_or(first);
                format!("{id}-{}", query.case.unwrap_or(0))
            }
        };
        let level = match recipe.level {
            Level::Ratio(ratio) => format!("-{ratio}to1"),
            Level::Quality(quality) => format!("-q{quality}"),
            Level::Lossless => String::new(),
        };
        let (path, codec) = (input.path.name(), recipe.codec);
        let name = format!("{of}-{path}-{codec}{level}.{}", codec.extension());
        Ok(Codestream { name, bytes: encoded.bytes })
    }

    fn last_generation(&self, input: &Input, recipe: Recipe) -> Result<Generation, ExploreError> {
        let Recipe { codec, level, generations } = recipe;
        let (given, original) = (input.image(), input.original());
        let first = self.first(input, codec, level)?;
        let codec = self::codec(codec);
        let step = Step { codec: codec.as_ref(), target: level.target() };
        let count = generations.max(1) as usize;
        let last = codec::generations(step, first, original, given.format()).take(count).last();
        Ok(last.ok_or_else(|| ExploreError::Internal("there is no generation".into()))??)
    }

    fn compress(&self, input: &Input, recipe: Recipe) -> Result<Rendition, ExploreError> {
        let (given, original) = (input.image(), input.original());
        let Generation { encoded, decoded, .. } = self.last_generation(input, recipe)?;
        let figures = rendition::figures(given, original, &encoded, &decoded)?;
        Ok(Rendition { image: decoded, figures })
    }

    /// The first generation: from the layered encode if there is one, so that moving to a neighbour
    /// on the ruler only cuts and decodes.
    fn first(&self, input: &Input, name: CodecName, level: Level) -> Result<Encoded, ExploreError> {
        let (given, original) = (input.image(), input.original());
        let Some(layers) = rendition::layers(name, level) else {
            return rendition::encode(name, given, original, level);
        };
        let weigh = |ladder: &Vec<Encoded>| ladder.iter().map(|it| it.bytes.len() + 128).sum();
        let key = format!("{} {name} {}", input.key, layers[0]);
        let make = || rendition::ladder(name, given, original, layers);
        let ladder = self.ladders.get_or_make(&key, weigh, make)?;
        let rung = rendition::rung(&ladder, level).cloned();
        rung.ok_or_else(|| ExploreError::Internal("the ladder lacks a level".into()))
    }

    pub(super) fn similarity(&self, query: &ImageQuery) -> Result<Similarity, ExploreError> {
        let (input, rendition) = self.rendition(query)?;
        rendition::similarity(input.image(), &rendition.image)
    }

    /// d′ of the ideal observer that knows the target of a region, on the original.
    pub(super) fn detectability(&self, query: &ImageQuery) -> Result<Option<f64>, ExploreError> {
        let (key, subject) = self.subject(query)?;
        let Some(drawn) = &subject.drawn else {
            return Err(ExploreError::Missing("known target in an uploaded image".into()));
        };
        let region = query.region.unwrap_or(0);
        let make = || drawn.detectability(region);
        let detectability =
            self.detectabilities.get_or_make(&format!("{key} {region}"), |_| 64, make)?;
        Ok(*detectability)
    }

    /// Answers of the run's networks for a rendition, or for the original if the query has no codec.
    pub(super) fn reading(&self, query: &ImageQuery) -> Result<Reading, ExploreError> {
        self.asked(query, Trained::read)
    }

    /// Marks of the run's networks in a rendition, or in the original if the query has no codec.
    pub(super) fn marks(&self, query: &ImageQuery) -> Result<Marks, ExploreError> {
        self.asked(query, |trained, asked| {
            marks::marks(&trained.searching, &trained.phantom, asked)
        })
    }

    /// What the run's networks outline in a rendition, or in the original if the query has no codec.
    pub(super) fn contours(&self, query: &ImageQuery) -> Result<Contours, ExploreError> {
        self.asked(query, |trained, asked| {
            contours::contours(&trained.outlining, &trained.phantom, asked)
        })
    }

    fn asked<T>(
        &self,
        query: &ImageQuery,
        answer: impl FnOnce(&Trained, &Asked<'_>) -> Result<T, ExploreError>,
    ) -> Result<T, ExploreError> {
        let Some(trained) = &self.trained else {
            return Err(ExploreError::Missing("run: start the page with --run DIR".into()));
        };
        let regime = query.regime.unwrap_or(Regime::Original);
        let (input, rendition) = match query.codec {
            None => (self.input(query)?, None),
            Some(_) => self.rendition(query).map(|(input, it)| (input, Some(it)))?,
        };
        let Some(drawn) = &input.subject.drawn else {
            return Err(ExploreError::Missing("truth in an uploaded image".into()));
        };
        let image = rendition.as_ref().map_or(input.image(), |rendition| &rendition.image);
        answer(trained, &Asked { path: input.path, regime, image, drawn })
    }
}
