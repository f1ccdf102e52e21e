//! A model and its description are compared with PyTorch's own input and output; where they part is
//! said, and which change brings them together.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use phantom_limit::model::{Comparison, Example, Foreign, ModelFile, Network, check, import};

/// A network, its description and its example, from PyTorch by `scripts/model_example.py`.
const ONNX: &[u8] = include_bytes!("../model/finder.onnx");
const MODEL: &str = include_str!("../model/finder.toml");
const EXAMPLE: &[u8] = include_bytes!("../model/finder.npz");

fn compared(text: &str, change: impl FnOnce(&mut Example)) -> Comparison {
    let file = ModelFile::parse(text, "finder.toml").unwrap();
    let network = Network::read(ONNX, &file).unwrap();
    let mut example = Example::read(EXAMPLE).unwrap();
    change(&mut example);
    check(&file, &network, &example).unwrap()
}

/// The hints of a stage that must part.
fn hints(comparison: &Comparison, stage: &str) -> String {
    assert!(!comparison.agrees());
    let stage = comparison.stages.iter().find(|it| it.name == stage && !it.agrees());
    stage.unwrap_or_else(|| panic!("{comparison:?}")).hints.join("; ")
}

#[test]
fn the_right_description_agrees_at_every_stage() {
    let found = compared(MODEL, |_| {});
    let names: Vec<&str> = found.stages.iter().map(|stage| stage.name).collect();
    assert_eq!(names, ["input", "network", "output"]);
    assert!(found.agrees(), "{found:?}");
    for stage in &found.stages {
        assert!(stage.difference.unwrap() < 1e-4, "{stage:?}");
    }
}

#[test]
fn each_slip_is_named() {
    for (from, to, hint) in [
        ("\"bilinear-antialias\"", "\"bilinear\"", "kernel = \"bilinear-antialias\""),
        ("\"bilinear-antialias\"", "\"area\"", "kernel = \"bilinear-antialias\""),
        ("mean = 1060.0", "mean = 1000.0", "the normalisation differs"),
        ("deviation = 20.0", "deviation = 10.0", "the normalisation differs"),
        ("layout = \"NCHW\"", "layout = \"NHWC\"", "layout = \"NCHW\""),
        ("size = [160, 160]", "size = [160, 159]", "look at `size`"),
        (
            "clip = [1000.0, 1160.0]",
            "clip = [1010.0, 1120.0]",
            "look at `kernel`, `rounding`, `clip`",
        ),
        ("deviation = 20.0", "deviation = 20.0\nstandard = \"range\"", "no `standard`"),
    ] {
        assert!(MODEL.contains(from), "{from}");
        let text = MODEL.replacen(from, to, 1);
        let file = ModelFile::parse(&text, "m.toml").unwrap();
        let network = Network::read(ONNX, &file).unwrap();
        let example = Example::read(EXAMPLE).unwrap();
        match check(&file, &network, &example) {
            Ok(found) => {
                let said = hints(&found, "input");
                assert!(said.contains(hint), "{to}: {said}");
            }
            // The network does not take the shape: that is said before any comparison.
            Err(error) => assert!(to.contains("NHWC"), "{to}: {error}"),
        }
    }
}

#[test]
fn two_slips_are_named_together() {
    let text = MODEL
        .replace("\"bilinear-antialias\"", "\"bicubic\"")
        .replace("deviation = 20.0", "deviation = 20.0\nstandard = \"range\"");
    let said = hints(&compared(&text, |_| {}), "input");
    assert!(
        said.contains("kernel = \"bilinear-antialias\"") && said.contains("no `standard`"),
        "{said}"
    );
}

#[test]
fn without_an_input_the_way_is_found_from_the_output() {
    let text = MODEL.replace("\"bilinear-antialias\"", "\"nearest\"");
    let said = hints(&compared(&text, |example| example.input = None), "output");
    assert!(said.contains("kernel = \"bilinear-antialias\""), "{said}");
}

#[test]
fn activations_and_orders_of_outputs_are_recognised() {
    let softmax = |example: &mut Example| {
        let output = example.output.as_mut().unwrap();
        let total: f32 = output.values.iter().map(|it| it.exp()).sum();
        output.values.iter_mut().for_each(|it| *it = it.exp() / total);
    };
    let said = hints(&compared(MODEL, softmax), "network");
    assert!(said.contains("equal after a softmax") && said.contains("probabilities"), "{said}");
    let turned = |example: &mut Example| example.output.as_mut().unwrap().values.reverse();
    let said = hints(&compared(MODEL, turned), "network");
    assert!(said.contains("another order"), "{said}");
    let as_probabilities = |example: &mut Example| {
        softmax(example);
        example.probabilities = example.output.take();
    };
    assert!(compared(MODEL, as_probabilities).agrees());
}

#[test]
fn outputs_that_are_not_as_described_are_refused() {
    let text = MODEL.replace("[\"absent\", \"present\"]", "[\"absent\", \"present\", \"ring\"]");
    let file = ModelFile::parse(&text, "m.toml").unwrap();
    let network = Network::read(ONNX, &file).unwrap();
    let error = check(&file, &network, &Example::read(EXAMPLE).unwrap()).unwrap_err().to_string();
    assert!(error.contains("2 numbers") && error.contains("3 classes"), "{error}");
    let other = ModelFile::parse(&MODEL.replace("\"logits\"", "\"logit\""), "m.toml").unwrap();
    let error = Network::read(ONNX, &other).unwrap_err().to_string();
    assert!(error.contains("no output `logit`") && error.contains("`logits`"), "{error}");
}

#[test]
fn examples_say_what_is_missing() {
    let error = Example::read(b"PK").unwrap_err().to_string();
    assert!(error.starts_with("the example: "), "{error}");
    // The last bytes of a ZIP file say where its parts are.
    assert!(Example::read(&EXAMPLE[..EXAMPLE.len() - 30]).is_err());
}

#[test]
fn descriptions_of_other_programs_become_model_files() {
    let import = |files: &[(&str, &str)]| {
        let files: Vec<Foreign<'_>> =
            files.iter().map(|&(name, text)| Foreign { name, text }).collect();
        import(&files, "net.onnx")
    };
    // Of MONAI's Model Zoo, shortened.
    let monai = r#"{"name": "Spleen", "network_data_format": {
        "inputs": {"image": {"format": "hounsfield", "num_channels": 1, "spatial_shape": ["16*n", "16*n"],
            "value_range": [0, 1], "channel_def": {"0": "image"}}},
        "outputs": {"pred": {"format": "segmentation", "num_channels": 2,
            "channel_def": {"0": "background", "1": "spleen"}}}}}"#;
    let text = import(&[("metadata.json", monai)]).unwrap();
    for line in [
        "task = \"segmentation\"",
        "values = \"physical\"",
        "multiple = 16",
        "classes = [\"background\", \"spleen\"]",
        "present = [\"spleen\"]",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    // What it does not say is asked for, and nothing runs before it is there.
    let error = ModelFile::parse(&text, "m.toml").unwrap_err().to_string();
    assert!(error.contains("missing field `activation`"), "{error}");
    let whole = text.replace("[output]", "[output]\nactivation = \"softmax\"");
    assert!(ModelFile::parse(&whole, "m.toml").is_ok(), "{whole}");

    // google/vit-base-patch16-224, shortened.
    let face = r#"{"do_normalize": true, "do_rescale": true, "do_resize": true,
        "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 2,
        "rescale_factor": 0.00392156862745098, "size": {"height": 224, "width": 224}}"#;
    let labels = r#"{"id2label": {"0": "benign", "1": "malignant"}}"#;
    let text = import(&[("preprocessor_config.json", face), ("config.json", labels)]).unwrap();
    let model = ModelFile::parse(&text, "m.toml").unwrap();
    assert_eq!(model.output.classes, ["benign", "malignant"]);
    assert!(model.input.resize.unwrap().eight_bit);
    assert_eq!(model.input.scale, 1.0 / 255.0);

    // Of nnU-Net 2, shortened.
    let plans = r#"{"plans_name": "nnUNetPlans", "foreground_intensity_properties_per_channel": {"0":
        {"mean": 99.5, "std": 37.1, "percentile_00_5": -41.0, "percentile_99_5": 176.0}},
        "configurations": {"2d": {"patch_size": [512, 512], "spacing": [0.78, 0.78],
        "normalization_schemes": ["CTNormalization"], "use_mask_for_norm": [false],
        "pool_op_kernel_sizes": [[1, 1], [2, 2], [2, 2], [2, 2], [2, 2], [2, 2]]}}}"#;
    let dataset = r#"{"channel_names": {"0": "CT"}, "numTraining": 41,
        "labels": {"background": 0, "spleen": 1}, "file_ending": ".nii.gz"}"#;
    let text = import(&[("plans.json", plans), ("dataset.json", dataset)]).unwrap();
    let model = ModelFile::parse(&text, "m.toml").unwrap();
    assert_eq!(model.input.clip, Some([-41.0, 176.0]));
    assert_eq!(model.input.multiple.unwrap().0, 32);
    assert_eq!(model.output.present, ["spleen"]);

    let volumes = monai.replace("[\"16*n\", \"16*n\"]", "[96, 96, 96]");
    let four = monai.replace("\"num_channels\": 1", "\"num_channels\": 4");
    let no_slices = plans.replace("\"2d\"", "\"3d_fullres\"");
    let empty = face.replace("224, \"width\"", "0, \"width\"");
    for (name, text, phrase) in [
        ("a.json", "{", "this is not JSON"),
        ("a.json", "[]", "none of MONAI's"),
        ("dataset.json", dataset, "goes with another file"),
        ("metadata.json", &volumes, "volumes"),
        ("metadata.json", &four, "4 channels"),
        ("plans.json", &no_slices, "no configuration `2d`"),
        ("p.json", &empty, "1 to 8192"),
    ] {
        let error = import(&[(name, text)]).unwrap_err().to_string();
        assert!(error.contains(phrase) && error.starts_with(name), "{error}");
    }
}
