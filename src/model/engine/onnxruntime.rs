//! ONNX Runtime, from a library that is found when it is needed: networks with operations that the other
//! engine lacks, such as the branches and loops of torchvision's detectors.

use std::error::Error as _;
use std::ffi::{CStr, OsStr};
use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

use libloading::Library;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::sys::OrtApiBase;
use ort::value::{DynValue, TensorElementType, TensorRef, ValueType};

use super::runner::{Runner, Wanted, cannot_be_run, shown};
use crate::files;
use crate::model::error::ModelError;
use crate::model::tensor::Tensor;

/// The variable that names the library; the same as that of other programs in Rust.
const VARIABLE: &str = "ORT_DYLIB_PATH";
/// The library where the variable is not set: it is looked for where the system has its libraries.
const LIBRARY: &str = if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else if cfg!(windows) {
    "onnxruntime.dll"
} else {
    "libonnxruntime.so"
};

/// The function by which all others are found.
const ENTRY: &[u8] = b"OrtGetApiBase";
/// Least second number of the version.
const LEAST_MINOR: u32 = ort::MINOR_VERSION;

pub(super) struct OnnxRuntime {
    bytes: Vec<u8>,
    name: String,
    input: String,
    outputs: Vec<String>,
    /// Those that no thread uses at the moment: a session runs one input at a time.
    sessions: Mutex<Vec<Session>>,
}

impl OnnxRuntime {
    pub(super) fn new(wanted: Wanted<'_>) -> Result<Self, ModelError> {
        let name = loaded()?.clone();
        let outputs = wanted.outputs.into_iter().map(|(_, name)| name).collect();
        let Wanted { bytes, input, .. } = wanted;
        Ok(Self { bytes: bytes.to_vec(), name, input, outputs, sessions: Mutex::default() })
    }

    fn session(&self) -> Result<Session, ModelError> {
        // A thread that panicked here has changed nothing.
        let kept = self.sessions.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match kept {
            Some(session) => Ok(session),
            None => Session::builder()
                .and_then(|it| Ok(it.with_no_environment_execution_providers()?))
                .and_then(|it| Ok(it.with_optimization_level(GraphOptimizationLevel::All)?))
                .and_then(|it| Ok(it.with_intra_threads(1)?))
                .and_then(|it| Ok(it.with_inter_threads(1)?))
                .and_then(|it| Ok(it.with_deterministic_compute(true)?))
                .and_then(|mut it| it.commit_from_memory(&self.bytes))
                .map_err(wrong),
        }
    }

    fn give_back(&self, session: Session) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).push(session);
    }
}

impl Runner for OnnxRuntime {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn make_ready(&self, _shape: &[usize]) -> Result<(), ModelError> {
        self.session().map(|it| self.give_back(it))
    }

    fn run(&self, input: &Tensor) -> Result<Vec<Tensor>, ModelError> {
        let mut session = self.session()?;
        let given = TensorRef::from_array_view((input.shape.as_slice(), input.values.as_slice()));
        let given = given.map_err(wrong)?;
        let outputs = session.run(ort::inputs![self.input.as_str() => given]).map_err(wrong)?;
        let of = |name: &String| match outputs.get(name) {
            Some(value) => numbers(value),
            None => Err(ModelError::Onnx("the network gives nothing".to_owned())),
        };
        let found = self.outputs.iter().map(of).collect();
        drop(outputs);
        self.give_back(session);
        found
    }
}

/// An output as numbers: those of boxes' classes are whole.
fn numbers(value: &DynValue) -> Result<Tensor, ModelError> {
    let ValueType::Tensor { ty, .. } = value.dtype() else {
        return Err(ModelError::Onnx("an output is no array of numbers".to_owned()));
    };
    let (shape, values) = match ty {
        TensorElementType::Float32 => of_kind::<f32>(value, |it| it)?,
        TensorElementType::Float64 => of_kind::<f64>(value, |it| it as f32)?,
        TensorElementType::Int64 => of_kind::<i64>(value, |it| it as f32)?,
        TensorElementType::Int32 => of_kind::<i32>(value, |it| it as f32)?,
        TensorElementType::Uint8 => of_kind::<u8>(value, f32::from)?,
        TensorElementType::Bool => of_kind::<bool>(value, |it| f32::from(u8::from(it)))?,
        other => {
            return Err(ModelError::Onnx(format!(
                "an output holds numbers of type {}: export the network with float32",
                shown(&other.to_string())
            )));
        }
    };
    let shape = shape.iter().map(|&length| usize::try_from(length).unwrap_or(0)).collect();
    Ok(Tensor { shape, values })
}

fn of_kind<T: ort::value::PrimitiveTensorElementType + Copy>(
    value: &DynValue,
    number: impl Fn(T) -> f32,
) -> Result<(Vec<i64>, Vec<f32>), ModelError> {
    let (shape, values) = value.try_extract_tensor::<T>().map_err(wrong)?;
    Ok((shape.to_vec(), values.iter().map(|&it| number(it)).collect()))
}

/// Loads the library once; its name and version.
fn loaded() -> Result<&'static String, ModelError> {
    static LOADED: OnceLock<Result<String, String>> = OnceLock::new();
    let load = || {
        let path = files::library(VARIABLE, LIBRARY);
        // The crate waits for itself where it cannot load a library: it is given one that can be.
        let version = version(&path)?;
        let environment = ort::init_from(&path).map_err(|error| error.to_string())?;
        environment.with_name("phantom-limit").with_telemetry(false).commit();
        Ok(format!("onnxruntime {version}"))
    };
    LOADED.get_or_init(load).as_ref().map_err(|reason| {
        ModelError::Engine(format!(
            "engine = \"onnxruntime\" needs ONNX Runtime 1.{LEAST_MINOR} or newer ({}): `pip install \
             onnxruntime` brings it, in `onnxruntime/capi` of the folder that `pip show onnxruntime` \
             names; then set {VARIABLE} to the path of its libonnxruntime.so.*",
            shown(reason)
        ))
    })
}

/// The version that a library says it has.
#[expect(unsafe_code, reason = "the functions of a library have no types")]
fn version(path: &OsStr) -> Result<String, String> {
    // SAFETY: loading runs what the library has to run first. Its owner has named it, as any program's
    // libraries are named to the system.
    let library = unsafe { Library::new(path) }.map_err(|error| {
        // The reason of the system, which names the file, is behind it.
        error.source().map_or_else(|| error.to_string(), ToString::to_string)
    })?;
    let no = |what: &str| format!("{} {what}", path.display());
    // SAFETY: the C header of every version declares this function with this type.
    let base = unsafe { library.get::<unsafe extern "C" fn() -> *const OrtApiBase>(ENTRY) };
    let base = base.map_err(|_| no("is another library"))?;
    // SAFETY: it takes nothing, and gives a pointer to a table that lives as long as the library, or none.
    let table = unsafe { base().as_ref() }.ok_or_else(|| no("gives nothing"))?;
    // SAFETY: the same holds for this function, which gives a text that ends with 0.
    let version = unsafe { CStr::from_ptr((table.GetVersionString)()) };
    let version = version.to_string_lossy().into_owned();
    let mut numbers = version.split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(1)), Some(Ok(minor))) if minor >= LEAST_MINOR => Ok(version),
        _ => Err(no(&format!("has version {version}"))),
    }
}

fn wrong(error: impl fmt::Display) -> ModelError {
    cannot_be_run(&error.to_string())
}
