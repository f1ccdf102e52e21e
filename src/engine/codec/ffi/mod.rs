//! Every call into OpenJPEG's encoder, wrapped in one safe function; knows no target and no
//! ladder.
//!
//! One codec, image and stream per call, none of them shared: OpenJPEG has no global state, so
//! calls may run on several threads at once.
#![expect(unsafe_code, reason = "the encoder is a C library")]

use std::ffi::{CStr, c_char, c_void};
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::slice;

use openjpeg_sys as sys;

use super::codestream::FRAME_BYTES;
use crate::image::{Image, SampleFormat};

/// The encoder raises smaller first layers to this (`opj_j2k_update_rates`).
pub(super) const MIN_LAYER_BYTES: usize = 30;

/// The encoder moves layers that are closer to one another (`opj_j2k_update_rates`).
pub(super) const MIN_LAYER_STEP_BYTES: usize = 10;

/// OpenJPEG's own default.
const USUAL_RESOLUTIONS: u32 = 6;

/// Bytes of the COM segment that OpenJPEG writes for an empty comment; cuts drop it.
const COMMENT_BYTES: usize = 6;

/// Wavelet, and with it what the layers hold.
#[derive(Debug, Clone, Copy)]
pub(super) enum Transform<'a> {
    /// 9/7 with one layer for each number of bytes that the packets up to it may have:
    /// ascending, [`MIN_LAYER_BYTES`] or more, at least [`MIN_LAYER_STEP_BYTES`] apart, at most
    /// 100 of them (the length of `tcp_rates`).
    Irreversible {
        /// The budgets.
        budgets: &'a [usize],
    },
    /// 5/3 with one layer that holds everything.
    Reversible,
}

/// Bits that codestreams declare: those stored, but 2 for samples of 1 bit, since OpenJPEG's
/// output buffer is too small for noise of a precision of 1.
pub(super) fn precision(format: SampleFormat) -> u8 {
    format.bits_stored.max(2)
}

/// Version of OpenJPEG.
pub(super) fn version() -> String {
    // SAFETY: `opj_version` takes nothing and returns a static, terminated string.
    let text = unsafe { CStr::from_ptr(sys::opj_version()) };
    text.to_string_lossy().into_owned()
}

/// Into what the coefficients are parted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Partition {
    /// Side of a code-block.
    code_block: u32,
    resolutions: u32,
}

impl Partition {
    /// Code-blocks of side `code_block`, 4 to 64 and a power of two; resolutions 1 to 33, or
    /// the usual, but no more than the image has pixels for: every decomposition halves the
    /// sides, and the encoder wants at least one pixel left.
    pub(super) fn new(image: &Image, code_block: u32, resolutions: Option<u32>) -> Self {
        let side = image.rows().min(image.columns());
        let resolutions = resolutions.unwrap_or(USUAL_RESOLUTIONS).min(side.ilog2() + 1);
        Self { code_block, resolutions }
    }

    /// Bytes that a cut of an irreversible encode has in addition to its packets: SOC, SIZ, COD, QCD
    /// with two bytes a subband (T.800 A.5, A.6), SOT, SOD, EOC.
    pub(super) fn cut_header_bytes(self) -> usize {
        let subbands = 3 * (self.resolutions as usize - 1) + 1;
        2 + 43 + 14 + (5 + 2 * subbands) + FRAME_BYTES
    }
}

/// Encodes to a codestream of one tile in layer-resolution-component-position order, with
/// packet lengths. Code-blocks are coded in as many threads, to the same bytes.
///
/// # Errors
/// What OpenJPEG said.
pub(super) fn encode(
    image: &Image,
    transform: Transform<'_>,
    partition: Partition,
    threads: u8,
) -> Result<Vec<u8>, String> {
    let mut complaints = String::new();
    let mut sink = Sink::default();
    let done = run(image, transform, partition, threads, &raw mut complaints, &raw mut sink);
    match done {
        Some(()) if !sink.bytes.is_empty() => Ok(sink.bytes),
        _ if complaints.is_empty() => Err("OpenJPEG gave no reason".to_owned()),
        _ => Err(complaints.trim_end().to_owned()),
    }
}

/// Runs one encode. `complaints` and `sink` are written only while this runs, since every C
/// object that knows them is dropped before it returns.
fn run(
    image: &Image,
    transform: Transform<'_>,
    partition: Partition,
    threads: u8,
    complaints: *mut String,
    sink: *mut Sink,
) -> Option<()> {
    let source = Source::new(image)?;
    let codec = Encoder::new(complaints)?;
    let stream = Stream::new(sink)?;
    let mut parameters = parameters(image, transform, partition);
    let options = [c"PLT=YES".as_ptr(), ptr::null()];
    // SAFETY: `codec`, `source` and `stream` are live objects of OpenJPEG that nothing else
    // uses; `parameters` was filled by OpenJPEG's default and its only pointer is a static
    // string, which is copied; `options` ends with null and is read during the call only. The
    // calls come in the order that the library asks for, each only if the one before succeeded.
    let done = unsafe {
        let (codec, source, stream) = (codec.0.as_ptr(), source.0.as_ptr(), stream.0.as_ptr());
        (threads < 2 || sys::opj_codec_set_threads(codec, threads.into()) != 0)
            && sys::opj_setup_encoder(codec, &raw mut parameters, source) != 0
            && sys::opj_encoder_set_extra_options(codec, options.as_ptr()) != 0
            && sys::opj_start_compress(codec, source, stream) != 0
            && sys::opj_encode(codec, stream) != 0
            && sys::opj_end_compress(codec, stream) != 0
    };
    done.then_some(())
}

fn parameters(
    image: &Image,
    transform: Transform<'_>,
    partition: Partition,
) -> sys::opj_cparameters {
    let mut parameters = MaybeUninit::<sys::opj_cparameters>::zeroed();
    // SAFETY: the C structure holds numbers, enums for which 0 is a value, and pointers, so
    // zeros are a valid one; the call writes inside it.
    let mut parameters = unsafe {
        sys::opj_set_default_encoder_parameters(parameters.as_mut_ptr());
        parameters.assume_init()
    };
    parameters.cp_comment = c"".as_ptr().cast_mut();
    parameters.numresolution = partition.resolutions as i32;
    parameters.cblockw_init = partition.code_block as i32;
    parameters.cblockh_init = partition.code_block as i32;
    parameters.cp_disto_alloc = 1;
    match transform {
        Transform::Irreversible { budgets } => {
            parameters.irreversible = 1;
            parameters.tcp_numlayers = budgets.len() as i32;
            let last = budgets.len() - 1;
            for (layer, (rate, &budget)) in parameters.tcp_rates.iter_mut().zip(budgets).enumerate()
            {
                *rate = layer_rate(image, partition, budget, layer == last && layer > 0);
            }
        }
        Transform::Reversible => {
            parameters.irreversible = 0;
            parameters.tcp_numlayers = 1;
            parameters.tcp_rates[0] = 0.0;
        }
    }
    parameters
}

/// The rate that makes OpenJPEG allow `budget` bytes for the packets up to a layer.
///
/// `opj_j2k_update_rates` turns a rate into samples · precision/(8 · rate) bytes, takes off
/// the main header, and 2 from the last of several layers; half a byte is left for its
/// rounding up.
fn layer_rate(image: &Image, partition: Partition, budget: usize, last_of_several: bool) -> f32 {
    let main_header = partition.cut_header_bytes() - FRAME_BYTES + COMMENT_BYTES;
    let end = if last_of_several { 2 } else { 0 };
    let asked = (budget + main_header + end) as f64 - 0.5;
    let raw = image.pixels() as f64 * f64::from(precision(image.format())) / 8.0;
    // Rates up to 1 mean "everything": a budget above the raw size asks for just less.
    ((raw / asked) as f32).max(1.0 + f32::EPSILON)
}

/// The image as OpenJPEG holds it.
struct Source(NonNull<sys::opj_image_t>);

impl Source {
    fn new(image: &Image) -> Option<Self> {
        let (rows, columns) = (image.rows() as u32, image.columns() as u32);
        let mut component = sys::opj_image_cmptparm_t {
            dx: 1,
            dy: 1,
            w: columns,
            h: rows,
            x0: 0,
            y0: 0,
            prec: precision(image.format()).into(),
            bpp: 0,
            sgnd: 0,
        };
        // SAFETY: one component description is given and read during the call.
        let created = unsafe {
            sys::opj_image_create(1, &raw mut component, sys::OPJ_COLOR_SPACE::OPJ_CLRSPC_GRAY)
        };
        let source = Self(NonNull::new(created)?);
        // SAFETY: the image is live and has one component, whose samples the library allocated
        // as rows · columns integers and zeroed; nothing else refers to them.
        let samples = unsafe {
            let header = source.0.as_ptr();
            (*header).x1 = columns;
            (*header).y1 = rows;
            let samples = (*(*header).comps).data;
            if samples.is_null() {
                return None;
            }
            slice::from_raw_parts_mut(samples, image.pixels())
        };
        for (to, &from) in samples.iter_mut().zip(image.samples()) {
            *to = from.into();
        }
        Some(source)
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // SAFETY: created by `opj_image_create` and destroyed once.
        unsafe { sys::opj_image_destroy(self.0.as_ptr()) }
    }
}

/// An encoder that collects the library's complaints instead of printing them.
struct Encoder(NonNull<sys::opj_codec_t>);

impl Encoder {
    /// `complaints` must be live until this is dropped.
    fn new(complaints: *mut String) -> Option<Self> {
        // SAFETY: the call takes a value and returns null or a new object.
        let created = unsafe { sys::opj_create_compress(sys::CODEC_FORMAT::OPJ_CODEC_J2K) };
        let codec = Self(NonNull::new(created)?);
        // SAFETY: the codec is live; `collect` has the type of a message callback, and
        // `complaints` is what it takes.
        let set = unsafe {
            sys::opj_set_error_handler(codec.0.as_ptr(), Some(collect), complaints.cast())
        };
        (set != 0).then_some(codec)
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: created by `opj_create_compress` and destroyed once.
        unsafe { sys::opj_destroy_codec(self.0.as_ptr()) }
    }
}

/// Message callback.
unsafe extern "C" fn collect(message: *const c_char, complaints: *mut c_void) {
    // SAFETY: OpenJPEG passes a terminated string and the pointer given with this callback,
    // which is a live `String` that nothing else uses during the encode.
    let (message, complaints) =
        unsafe { (CStr::from_ptr(message), &mut *complaints.cast::<String>()) };
    complaints.push_str(&message.to_string_lossy());
}

/// Where the codestream is written: memory that can be sought like a file.
#[derive(Default)]
struct Sink {
    bytes: Vec<u8>,
    position: usize,
}

impl Sink {
    fn write(&mut self, from: &[u8]) {
        let end = self.position + from.len();
        if end > self.bytes.len() {
            self.bytes.resize(end, 0);
        }
        self.bytes[self.position..end].copy_from_slice(from);
        self.position = end;
    }
}

/// An output stream of OpenJPEG into a [`Sink`].
struct Stream(NonNull<sys::opj_stream_t>);

impl Stream {
    /// `sink` must be live until this is dropped.
    fn new(sink: *mut Sink) -> Option<Self> {
        const BUFFER_BYTES: usize = 64 << 10;
        // SAFETY: the call takes values and returns null or a new object.
        let created = unsafe { sys::opj_stream_create(BUFFER_BYTES, 0) };
        let stream = Self(NonNull::new(created)?);
        // SAFETY: the stream is live; the callbacks have the types asked for and take `sink`,
        // which the stream does not own (no function to free it).
        unsafe {
            let stream = stream.0.as_ptr();
            sys::opj_stream_set_user_data(stream, sink.cast(), None);
            sys::opj_stream_set_write_function(stream, Some(write));
            sys::opj_stream_set_skip_function(stream, Some(skip));
            sys::opj_stream_set_seek_function(stream, Some(seek));
        }
        Some(stream)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: created by `opj_stream_create` and destroyed once.
        unsafe { sys::opj_stream_destroy(self.0.as_ptr()) }
    }
}

unsafe extern "C" fn write(from: *mut c_void, count: usize, sink: *mut c_void) -> usize {
    // SAFETY: OpenJPEG passes `count` readable bytes and the pointer given to the stream, which
    // is a live `Sink` that nothing else uses during the encode.
    let (from, sink) =
        unsafe { (slice::from_raw_parts(from.cast::<u8>(), count), &mut *sink.cast::<Sink>()) };
    sink.write(from);
    count
}

unsafe extern "C" fn skip(count: i64, sink: *mut c_void) -> i64 {
    // SAFETY: as in `write`.
    let sink = unsafe { &mut *sink.cast::<Sink>() };
    match usize::try_from(count) {
        Ok(forward) => sink.position += forward,
        Err(_) => return -1,
    }
    count
}

unsafe extern "C" fn seek(position: i64, sink: *mut c_void) -> i32 {
    // SAFETY: as in `write`.
    let sink = unsafe { &mut *sink.cast::<Sink>() };
    let Ok(position) = usize::try_from(position) else {
        return 0;
    };
    sink.position = position;
    1
}
