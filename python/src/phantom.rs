//! `Phantom` and its cases: images that are drawn, with their truth.

use std::sync::{Arc, Mutex, PoisonError};

use phantom_limit::calibrate::{resolve, resolve_changed};
use phantom_limit::dataset::{self, Dataset, Split};
use phantom_limit::export::{Describer, image_hash, mask};
use phantom_limit::phantom::{self, library};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use crate::image::{given, shaped};
use crate::{named, refused};

/// A checked phantom.
#[pyclass(frozen, subclass, module = "phantom_limit")]
pub(crate) struct Phantom {
    name: String,
    overrides: Option<Py<PyDict>>,
    source: String,
    subject: Arc<Subject>,
    /// The cases of the seed that was asked for last.
    dataset: Mutex<Option<Arc<Dataset>>>,
}

/// What cases of a phantom share.
struct Subject {
    phantom: phantom::Phantom,
    describer: Describer,
}

/// Identifiers of the phantoms that come with the program.
#[pyfunction]
pub(crate) fn phantoms() -> PyResult<Vec<String>> {
    let all = library::all().map(|file| file.phantom().map(|phantom| phantom.id));
    all.collect::<Result<_, _>>().map_err(refused)
}

#[pymethods]
impl Phantom {
    #[new]
    #[pyo3(signature = (id_or_path, overrides=None))]
    fn new(
        py: Python<'_>,
        id_or_path: std::path::PathBuf,
        overrides: Option<Py<PyDict>>,
    ) -> PyResult<Self> {
        let name = id_or_path.to_string_lossy().into_owned();
        let changes = overrides.as_ref().map(|it| table(it.bind(py))).transpose()?;
        let (phantom, source) = match changes.filter(|changes| !changes.is_empty()) {
            None => resolve(&name),
            Some(changes) => resolve_changed(&name, &changes),
        }
        .map_err(refused)?;
        let describer = py.detach(|| Describer::new(&phantom.formation));
        let subject = Arc::new(Subject { phantom, describer });
        Ok(Self { name, overrides, source, subject, dataset: Mutex::new(None) })
    }

    /// What makes it again, in another process too.
    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<(Py<PyAny>, (String, Option<Py<PyDict>>))> {
        let (py, phantom) = (slf.py(), slf.get());
        let overrides = phantom.overrides.as_ref().map(|it| it.clone_ref(py));
        Ok((slf.get_type().into_any().unbind(), (phantom.name.clone(), overrides)))
    }

    fn __repr__(&self) -> String {
        let phantom = &self.subject.phantom;
        format!("<Phantom {}: {}>", phantom.id, phantom.title)
    }

    #[getter]
    fn id(&self) -> &str {
        &self.subject.phantom.id
    }

    #[getter]
    fn title(&self) -> &str {
        &self.subject.phantom.title
    }

    #[getter]
    fn modality(&self) -> String {
        format!("{:?}", self.subject.phantom.modality)
    }

    /// Its file, whole.
    #[getter]
    fn source(&self) -> &str {
        &self.source
    }

    #[getter]
    fn shape(&self) -> (usize, usize) {
        let matrix = &self.subject.phantom.formation.matrix;
        (matrix.rows, matrix.columns)
    }

    #[getter]
    fn bits_stored(&self) -> u8 {
        self.subject.phantom.formation.matrix.format.bits_stored
    }

    #[getter]
    fn pixel_spacing_mm(&self) -> f64 {
        self.subject.phantom.formation.matrix.pixel_spacing.0
    }

    /// Slope and intercept from stored to physical values.
    #[getter]
    fn rescale(&self) -> (f64, f64) {
        let rescale = self.subject.phantom.formation.matrix.rescale;
        (rescale.slope, rescale.intercept)
    }

    /// Unit of physical values.
    #[getter]
    fn unit(&self) -> &'static str {
        self.subject.phantom.formation.unit.symbol()
    }

    /// Class names by their index.
    #[getter]
    fn classes(&self) -> Vec<&'static str> {
        self.subject.phantom.formation.classes()
    }

    /// Draws one case, the same on every machine.
    #[pyo3(signature = (index, split="train", seed=1))]
    fn case(&self, py: Python<'_>, index: u64, split: &str, seed: u64) -> PyResult<Case> {
        let split = named("split", &Split::ALL, Split::name, split)?;
        if index >> 40 > 0 {
            return Err(refused(format!("there is no case {index}: a split has 2^40 cases")));
        }
        let drawn = py.detach(|| self.dataset(seed).case(split, index)).map_err(refused)?;
        Ok(Case {
            subject: Arc::clone(&self.subject),
            index,
            split,
            seed,
            drawn,
            image: PyOnceLock::new(),
            mask: PyOnceLock::new(),
            targets: PyOnceLock::new(),
        })
    }
}

impl Phantom {
    fn dataset(&self, seed: u64) -> Arc<Dataset> {
        let mut last = self.dataset.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some(dataset) if dataset.seed() == seed => Arc::clone(dataset),
            _ => {
                let dataset = Arc::new(Dataset::new(self.subject.phantom.clone(), seed));
                Arc::clone(last.insert(dataset))
            }
        }
    }
}

/// A table of a phantom file from a dictionary.
fn table(overrides: &Bound<'_, PyDict>) -> PyResult<toml::Table> {
    if overrides.contains("extends")? {
        return Err(refused(
            "overrides extend the phantom that is named first: leave out `extends`",
        ));
    }
    let json = overrides.py().import("json")?.call_method1("dumps", (overrides,))?;
    let json: String = json.extract()?;
    serde_json::from_str(&json).map_err(|error| {
        refused(format!("overrides are tables and keys of a phantom file, without None: {error}"))
    })
}

/// One drawn image and its truth.
#[pyclass(frozen, module = "phantom_limit")]
pub(crate) struct Case {
    subject: Arc<Subject>,
    #[pyo3(get)]
    index: u64,
    split: Split,
    #[pyo3(get)]
    seed: u64,
    drawn: dataset::Case,
    image: PyOnceLock<Py<PyAny>>,
    mask: PyOnceLock<Py<PyAny>>,
    targets: PyOnceLock<Py<PyAny>>,
}

#[pymethods]
impl Case {
    #[getter]
    fn split(&self) -> &'static str {
        self.split.name()
    }

    #[getter]
    fn bits_stored(&self) -> u8 {
        self.drawn.image.format().bits_stored
    }

    #[getter]
    fn pixel_spacing_mm(&self) -> f64 {
        self.subject.phantom.formation.matrix.pixel_spacing.0
    }

    /// Stored values, uint16.
    #[getter]
    fn image(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let image = &self.drawn.image;
        let made = || shaped(py, image.samples().to_vec(), [image.rows(), image.columns()]);
        Ok(self.image.get_or_try_init(py, made)?.clone_ref(py))
    }

    /// Class index + 1 where a target covers at least half of the pixel, else 0; uint8.
    #[getter]
    fn mask(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let made = || {
            let formation = &self.subject.phantom.formation;
            let classes = py.detach(|| mask(&self.drawn.scene, formation));
            shaped(py, classes, [formation.matrix.rows, formation.matrix.columns])
        };
        Ok(self.mask.get_or_try_init(py, made)?.clone_ref(py))
    }

    /// What the regions hold, as metadata.jsonl has it.
    #[getter]
    fn targets(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let made = || {
            let json = py.detach(|| {
                serde_json::to_string(&self.subject.describer.targets(&self.drawn.scene))
            });
            let read = py.import("json")?.call_method1("loads", (json.map_err(refused)?,))?;
            PyResult::Ok(read.unbind())
        };
        Ok(self.targets.get_or_try_init(py, made)?.clone_ref(py))
    }

    /// The image through the phantom's display window, uint8.
    fn windowed(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let matrix = &self.subject.phantom.formation.matrix;
        given(py, py.detach(|| matrix.window.apply(&self.drawn.image, matrix.rescale)))
    }

    /// SHA-256 of the stored values as 16-bit little-endian words.
    #[getter]
    fn sha256(&self) -> String {
        image_hash(&self.drawn.image)
    }

    fn __repr__(&self) -> String {
        let (id, split, index) = (&self.subject.phantom.id, self.split.name(), self.index);
        format!("<Case {index} of {split}, {id}, seed {}>", self.seed)
    }
}
