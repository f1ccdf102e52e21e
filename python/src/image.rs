//! Arrays in and out: images of one channel, `[rows, columns]`.

use numpy::{
    Element, IntoPyArray, PyArrayMethods, PyReadonlyArray2, PyUntypedArray, PyUntypedArrayMethods,
};
use phantom_limit::image::{Image, SampleFormat};
use pyo3::prelude::*;

use crate::refused;

/// The image in an array of uint8 or uint16 with axes `[rows, columns]`, of which `bits_stored` bits
/// of a sample carry the value: all of them, where that is not said.
pub(crate) fn taken(array: &Bound<'_, PyAny>, bits_stored: Option<u8>) -> PyResult<Image> {
    let (shape, samples, bits_allocated): ((usize, usize), Vec<u16>, u8) =
        if let Ok(eight) = array.extract::<PyReadonlyArray2<'_, u8>>() {
            let view = eight.as_array();
            (view.dim(), view.iter().map(|&value| u16::from(value)).collect(), 8)
        } else if let Ok(sixteen) = array.extract::<PyReadonlyArray2<'_, u16>>() {
            let view = sixteen.as_array();
            let samples = match view.as_slice() {
                Some(in_order) => in_order.to_vec(),
                None => view.iter().copied().collect(),
            };
            (view.dim(), samples, 16)
        } else {
            return Err(refused(wrong_array(array)));
        };
    let format =
        SampleFormat { bits_stored: bits_stored.unwrap_or(bits_allocated), bits_allocated };
    Image::new(shape.0, shape.1, format, samples).map_err(refused)
}

fn wrong_array(array: &Bound<'_, PyAny>) -> String {
    let found = match array.cast::<PyUntypedArray>() {
        Ok(array) => format!("an array of {} with shape {:?}", array.dtype(), array.shape()),
        Err(_) => array
            .get_type()
            .name()
            .map_or_else(|_| "something else".to_owned(), |it| it.to_string()),
    };
    format!(
        "an image is an array of uint8 or uint16 with axes [rows, columns], not {found}: round and \
         shift other values first, such as numpy.rint(values + 1024).astype(numpy.uint16) for CT \
         numbers, and take one slice or channel"
    )
}

/// The samples as an array: uint8 where they are held in 8 bits, uint16 otherwise.
pub(crate) fn given(py: Python<'_>, image: Image) -> PyResult<Py<PyAny>> {
    let (shape, eight) = ([image.rows(), image.columns()], image.format().bits_allocated == 8);
    let samples = image.into_samples();
    if eight {
        let samples: Vec<u8> = samples.into_iter().map(|value| value as u8).collect();
        shaped(py, samples, shape)
    } else {
        shaped(py, samples, shape)
    }
}

/// Values in row-major order as an array.
pub(crate) fn shaped<T: Element>(
    py: Python<'_>,
    values: Vec<T>,
    shape: [usize; 2],
) -> PyResult<Py<PyAny>> {
    Ok(values.into_pyarray(py).reshape(shape)?.into_any().unbind())
}
