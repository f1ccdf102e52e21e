//! Where two inputs or outputs part, and which change of the model file would bring them together;
//! decides nothing.

use super::answer::activate;
use super::file::{Input, ModelFile};
use super::kernel::Kernel;
use super::prepare::{Picture, Prepared, has_modality};
use super::raw::{Activation, Layout, Standard, Values};
use super::tensor::{Tensor, shape};

/// Share of the range of the user's numbers within which two inputs agree.
pub(super) const INPUT_TOLERANCE: f64 = 1e-3;
/// A change of the model file, and the input after it.
pub(super) type Variant = (Vec<String>, Input);
/// Means and deviations of ImageNet (torchvision), which networks that started there go on with.
const IMAGENET: [[f64; 3]; 2] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]];

/// The largest difference of two inputs up to which they agree: a share of the range of the user's.
pub(super) fn input_tolerance(theirs: &Tensor) -> f64 {
    let ends = theirs.values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |ends, &value| {
        (ends.0.min(value), ends.1.max(value))
    });
    INPUT_TOLERANCE * f64::from(ends.1 - ends.0).max(f64::MIN_POSITIVE)
}

/// Whether two arrays have one shape but for the axis of a batch of one, and agree.
pub(super) fn agree(ours: &Tensor, theirs: &Tensor, tolerance: f64) -> bool {
    same_shape(&ours.shape, &theirs.shape) && ours.difference(theirs).0 <= tolerance
}

/// Whether two shapes are equal, one of them perhaps without the batch of one.
pub(super) fn same_shape(ours: &[usize], theirs: &[usize]) -> bool {
    ours == theirs || ours.first() == Some(&1) && &ours[1..] == theirs
}

/// Which single changes, and which pairs of them with another kernel, give the user's input; else
/// what the difference looks like.
pub(super) fn of_input(
    input: &Input,
    picture: &Picture<'_>,
    ours: &Tensor,
    theirs: &Tensor,
) -> Vec<String> {
    let tolerance = input_tolerance(theirs);
    if let Some(said) = of_order(input.layout, ours, theirs, tolerance) {
        return vec![said];
    }
    let single = variants(input, picture);
    let equal = |(_, changed): &&Variant| {
        let prepared = changed.prepare(picture);
        prepared.is_ok_and(|it| agree(&it.tensor, theirs, tolerance))
    };
    let mut found: Vec<&Variant> = single.iter().filter(equal).collect();
    let pairs: Vec<Variant> = if found.is_empty() {
        let further = |(words, changed): &Variant| -> Vec<Variant> {
            let second = variants(changed, picture).into_iter();
            let second = second.filter(|(more, _)| key(&more[0]) > key(&words[0]));
            second.map(|(more, changed)| ([words.clone(), more].concat(), changed)).collect()
        };
        single.iter().flat_map(further).collect()
    } else {
        Vec::new()
    };
    found.extend(pairs.iter().filter(equal).take(2));
    if !found.is_empty() {
        let said = |(words, _): &&Variant| format!("equal with {}", words.join(" and "));
        return found.iter().map(said).collect();
    }
    if same_shape(&ours.shape, &theirs.shape) {
        vec![of_values(input, ours, theirs)]
    } else {
        vec![format!(
            "ours has the shape {}, yours {}: look at `size`, `crop`, `multiple`, `channels` and \
             `layout`",
            shape(&ours.shape),
            shape(&theirs.shape)
        )]
    }
}

/// Which changes of the model file may be meant, each with the input after it.
pub(super) fn variants(input: &Input, picture: &Picture<'_>) -> Vec<Variant> {
    let mut found: Vec<Variant> = Vec::new();
    let mut add = |words: String, changed: Input| {
        if changed != *input {
            found.push((vec![words], changed));
        }
    };
    if let Some(resize) = input.resize {
        for kernel in Kernel::ALL {
            for eight_bit in [false, true] {
                if eight_bit && (!kernel.has_antialias() || input.values == Values::Physical) {
                    continue;
                }
                let rounded = if eight_bit { ", rounding = \"8bit\"" } else { "" };
                let changed = super::file::Resize { kernel, eight_bit, ..resize };
                add(
                    format!("kernel = \"{}\"{rounded}", kernel.name()),
                    Input { resize: Some(changed), ..input.clone() },
                );
            }
        }
    }
    for (values, name) in
        [(Values::Physical, "physical"), (Values::Stored, "stored"), (Values::Windowed, "windowed")]
    {
        let differs = values == Values::Windowed
            || input.values == Values::Windowed
            || has_modality(picture.file);
        let eight_bit = input.resize.is_some_and(|resize| resize.eight_bit);
        if differs && !(eight_bit && values == Values::Physical) {
            add(format!("values = \"{name}\""), Input { values, ..input.clone() });
        }
    }
    let peak = f64::from(picture.image.format().peak());
    for (scale, name) in [(1.0, "1"), (1.0 / 255.0, "1/255"), (1.0 / peak, "1/peak")] {
        add(format!("scale = {scale} ({name})"), Input { scale, ..input.clone() });
    }
    let channels = input.channels;
    add(
        "neither mean nor deviation".to_owned(),
        Input { mean: vec![0.0; channels], deviation: vec![1.0; channels], ..input.clone() },
    );
    if channels == 3 {
        let [mean, deviation] = IMAGENET.map(|values| values.to_vec());
        add(
            "mean and deviation of ImageNet".to_owned(),
            Input { mean, deviation, ..input.clone() },
        );
        let turned = |values: &[f64]| values.iter().rev().copied().collect::<Vec<f64>>();
        let (mean, deviation) = (turned(&input.mean), turned(&input.deviation));
        add(
            "mean and deviation in the other order of channels".to_owned(),
            Input { mean, deviation, ..input.clone() },
        );
    }
    for (standard, name) in [
        (None, "no `standard`"),
        (Some(Standard::Moments), "standard = \"moments\""),
        (Some(Standard::Range), "standard = \"range\""),
    ] {
        add(name.to_owned(), Input { standard, ..input.clone() });
    }
    if input.clip.is_some() {
        add("no `clip`".to_owned(), Input { clip: None, ..input.clone() });
    }
    add(format!("square = {}", !input.square), Input { square: !input.square, ..input.clone() });
    found
}

/// The key that a variant changes.
fn key(words: &str) -> &str {
    words.split(' ').next().unwrap_or(words)
}

/// Whether the same numbers stand in another order.
fn of_order(layout: Layout, ours: &Tensor, theirs: &Tensor, tolerance: f64) -> Option<String> {
    let [_, a, b, c] = ours.shape[..] else { return None };
    let theirs_shape = theirs.shape.strip_prefix(&[1]).filter(|it| it.len() == 3);
    let theirs_shape = theirs_shape.unwrap_or(&theirs.shape);
    let moved = |order: [usize; 3]| -> Tensor {
        let lengths = [a, b, c];
        let to = order.map(|axis| lengths[axis]);
        let strides = [b * c, c, 1];
        let mut values = Vec::with_capacity(ours.values.len());
        for i in 0..to[0] {
            for j in 0..to[1] {
                for k in 0..to[2] {
                    let at = [i, j, k];
                    let place: usize = (0..3).map(|axis| at[axis] * strides[order[axis]]).sum();
                    values.push(ours.values[place]);
                }
            }
        }
        Tensor { shape: to.to_vec(), values }
    };
    let theirs = Tensor { shape: theirs_shape.to_vec(), values: theirs.values.clone() };
    let (other, order, turned) = match layout {
        Layout::Nchw => ("NHWC", [1, 2, 0], [0, 2, 1]),
        Layout::Nhwc => ("NCHW", [2, 0, 1], [1, 0, 2]),
    };
    if moved(order).shape == theirs.shape && moved(order).difference(&theirs).0 <= tolerance {
        return Some(format!("equal with layout = \"{other}\""));
    }
    if moved(turned).shape == theirs.shape && moved(turned).difference(&theirs).0 <= tolerance {
        return Some(
            "equal with rows and columns exchanged: `image` is not as the file holds it".to_owned(),
        );
    }
    None
}

/// Whether the numbers differ by a factor and an offset, and so by the normalisation alone.
fn of_values(input: &Input, ours: &Tensor, theirs: &Tensor) -> String {
    let [slope, offset, correlation, left] = line(&ours.values, &theirs.values);
    if left <= input_tolerance(theirs) {
        return format!(
            "the normalisation differs: yours = {slope:.6} · ours + {offset:.6} everywhere; look at \
             `values`, `scale`, `mean` and `deviation`"
        );
    }
    if correlation > 0.9 {
        let what = if input.resize.is_some() {
            "`kernel`, `rounding`, `clip`"
        } else {
            "`clip`, `values`; perhaps yours is resampled and ours is not"
        };
        return format!(
            "the pixels differ and not only their scale (correlation {correlation:.4}): look at {what}"
        );
    }
    format!(
        "the two are different images (correlation {correlation:.4}): is `image` the right one?"
    )
}

/// Slope and offset of the line of least squares from ours to theirs, the correlation, and the
/// largest residual.
fn line(ours: &[f32], theirs: &[f32]) -> [f64; 4] {
    let count = ours.len().max(1) as f64;
    let mean = |values: &[f32]| values.iter().map(|&it| f64::from(it)).sum::<f64>() / count;
    let (x_mean, y_mean) = (mean(ours), mean(theirs));
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (&x, &y) in ours.iter().zip(theirs) {
        let (x, y) = (f64::from(x) - x_mean, f64::from(y) - y_mean);
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    let slope = if xx > 0.0 { xy / xx } else { 0.0 };
    let offset = y_mean - slope * x_mean;
    let correlation = if xx * yy > 0.0 { xy / (xx * yy).sqrt() } else { 0.0 };
    let residual = |(&x, &y): (&f32, &f32)| (f64::from(y) - slope * f64::from(x) - offset).abs();
    let left = ours.iter().zip(theirs).map(residual).fold(0.0, f64::max);
    [slope, offset, correlation, left]
}

/// What could make two outputs of one shape equal: an activation, or another order of classes.
pub(super) fn of_output(ours: &Tensor, theirs: &Tensor, tolerance: f64) -> Vec<String> {
    let mut found = Vec::new();
    if ours.values.len() == theirs.values.len() && ours.values.len() <= 4096 {
        let numbers: Vec<f64> = ours.values.iter().map(|&it| f64::from(it)).collect();
        for (activation, name) in
            [(Activation::Softmax, "a softmax"), (Activation::Sigmoid, "a sigmoid")]
        {
            let values: Vec<f32> =
                activate(activation, &numbers).into_iter().map(|it| it as f32).collect();
            let activated = Tensor { shape: theirs.shape.clone(), values };
            if activated.difference(theirs).0 <= tolerance {
                found.push(format!(
                    "equal after {name}: the network ends before it; call the array \
                     `probabilities`, or save what stands before"
                ));
            }
        }
        let sorted = |tensor: &Tensor| {
            let mut values = tensor.values.clone();
            values.sort_by(f32::total_cmp);
            Tensor { shape: vec![values.len()], values }
        };
        if sorted(ours).difference(&sorted(theirs)).0 <= tolerance {
            found.push("the same numbers in another order: look at `classes`".to_owned());
        }
    }
    found
}

/// Which single changes give the user's output where there is no input of theirs.
pub(super) fn of_whole(
    file: &ModelFile,
    picture: &Picture<'_>,
    equal: &dyn Fn(&Prepared) -> bool,
) -> Vec<String> {
    let found = variants(&file.input, picture)
        .into_iter()
        .filter(|(_, changed)| changed.prepare(picture).is_ok_and(|prepared| equal(&prepared)));
    found.map(|(words, _)| format!("equal with {}", words.join(" and "))).collect()
}
