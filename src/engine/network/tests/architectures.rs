//! Architectures as data: presets, cost, files, and errors that say what is wrong.

use crate::image::Domain;
use crate::network::{Architecture, Layer, Operation, PRESETS, Shape, Width};

/// The presets as PyTorch modules: parameters counted over `parameters()`, and multiply-adds of
/// Conv2d and Linear by forward hooks (torch 2.15, one channel, six classes).
#[test]
fn presets_have_the_size_and_cost_of_their_pytorch_modules() {
    let expected = [
        ("reference", 32, 138_006, 9_650_560),
        ("alexnet", 32, 483_254, 14_206_464),
        ("vgg", 32, 578_294, 9_585_408),
        ("resnet-8", 32, 74_742, 11_944_320),
        ("resnet-20", 32, 269_174, 40_255_872),
        ("unet", 32, 113_014, 9_068_544),
        ("unet-16", 32, 450_278, 36_028_416),
        ("blocks", 32, 181_062, 2_048_384),
        ("reference", 64, 334_614, 38_601_088),
        ("alexnet", 64, 483_254, 55_838_208),
        ("vgg", 64, 578_294, 38_339_328),
        ("resnet-8", 64, 74_742, 47_776_128),
        ("resnet-20", 64, 269_174, 161_022_336),
        ("unet", 64, 113_014, 36_274_176),
        ("unet-16", 64, 450_278, 144_113_664),
        ("blocks", 64, 410_438, 6_635_904),
    ];
    for (name, side, parameters, multiply_adds) in expected {
        let architecture = Architecture::preset(name, side, 6).unwrap();
        let found = architecture.parameters().unwrap();
        let count: usize = found.iter().map(crate::network::Parameter::count).sum();
        assert_eq!(count, parameters, "{name} {side}");
        assert_eq!(architecture.multiply_adds().unwrap(), multiply_adds, "{name} {side}");
    }
    let sizes = expected.iter().map(|(name, ..)| name);
    assert!(PRESETS.iter().all(|preset| sizes.clone().any(|name| *name == preset.name)));
}

#[test]
fn presets_give_classes() {
    assert_eq!(Architecture::preset("reference", 32, 6), Ok(Architecture::reference(32, 6)));
    let map = Shape::Map { rows: 32, columns: 32, channels: 6 };
    let unet = Architecture::preset("unet", 32, 6).unwrap();
    assert_eq!(unet.shapes().unwrap().last(), Some(&map));
}

#[test]
fn the_parameters_of_the_reference_keep_their_order() {
    let parameters = Architecture::reference(32, 6).parameters().unwrap();
    let found: Vec<(&str, &[usize])> =
        parameters.iter().map(|it| (it.name.as_str(), &it.shape[..])).collect();
    let expected: [(&str, &[usize]); 16] = [
        ("conv1.weight", &[3, 3, 1, 16]),
        ("norm1.affine", &[2, 16]),
        ("conv2.weight", &[3, 3, 16, 16]),
        ("norm2.affine", &[2, 16]),
        ("conv3.weight", &[3, 3, 16, 32]),
        ("norm3.affine", &[2, 32]),
        ("conv4.weight", &[3, 3, 32, 32]),
        ("norm4.affine", &[2, 32]),
        ("conv5.weight", &[3, 3, 32, 64]),
        ("norm5.affine", &[2, 64]),
        ("conv6.weight", &[3, 3, 64, 64]),
        ("norm6.affine", &[2, 64]),
        ("hidden.weight", &[1024, 64]),
        ("hidden.bias", &[64]),
        ("output.weight", &[64, 6]),
        ("output.bias", &[6]),
    ];
    assert_eq!(found, expected);
}

#[test]
fn architectures_are_read_back_from_files() {
    for preset in &PRESETS {
        let architecture = Architecture::preset(preset.name, 64, 3).unwrap();
        let json = serde_json::to_string(&architecture).unwrap();
        assert_eq!(serde_json::from_str::<Architecture>(&json).unwrap(), architecture);
        let toml = toml::to_string(&architecture).unwrap();
        assert_eq!(toml::from_str::<Architecture>(&toml).unwrap(), architecture, "{toml}");
    }
    let by_hand = r#"
        side = 8
        classes = 2

        [[layers]]
        name = "conv"
        inputs = ["input"]
        operation = { convolution = { channels = 4, size = 5, bias = true } }

        [[layers]]
        name = "average"
        inputs = ["conv"]
        operation = "global_average_pool"

        [[layers]]
        name = "output"
        inputs = ["average"]
        operation = { dense = { outputs = "classes" } }
    "#;
    let architecture: Architecture = toml::from_str(by_hand).unwrap();
    // 5·5·1·4 + 4, and 4·2 + 2.
    let count: usize = architecture.parameters().unwrap().iter().map(|it| it.count()).sum();
    assert_eq!(count, 114);
    assert_eq!(architecture.multiply_adds(), Ok(100 * 64 + 8));
    let misspelt = by_hand.replace("bias", "biased");
    let error = toml::from_str::<Architecture>(&misspelt).unwrap_err().to_string();
    assert!(error.contains("unexpected keys in table: biased"), "{error}");
}

#[test]
fn errors_name_the_layer_and_what_to_do() {
    let layers = Architecture::reference(32, 6).layers;
    let with = |change: &dyn Fn(&mut Vec<Layer>)| {
        let mut layers = layers.clone();
        change(&mut layers);
        Architecture { side: 32, domain: Domain::Pixels, classes: 6, layers }
            .check()
            .unwrap_err()
            .to_string()
    };
    let convolution = |size, stride| Operation::Convolution {
        channels: Width::Number(16),
        size,
        stride,
        bias: false,
    };
    assert_eq!(
        with(&|layers| layers[3].inputs = vec!["relu11".to_owned()]),
        "layer \"conv2\": no earlier layer is called \"relu11\"; is it \"relu1\"?"
    );
    assert_eq!(
        with(&|layers| layers[0].operation = convolution(4, 1)),
        "layer \"conv1\": size is 4, expected an odd number from 1 to 31"
    );
    assert_eq!(
        with(&|layers| layers[0].operation = convolution(3, 0)),
        "layer \"conv1\": stride is 0, expected 1 to 3"
    );
    assert_eq!(
        with(&|layers| layers[1].inputs.clear()),
        "layer \"norm1\": batch_norm takes 1 input, but has 0"
    );
    assert_eq!(
        with(&|layers| layers[4].inputs = vec!["conv1".to_owned()]),
        "layer \"conv2\": no layer takes its output: name it in `inputs`, or leave it out"
    );
    assert_eq!(
        with(&|layers| layers[2].name = "conv1".to_owned()),
        "layer \"conv1\": an earlier layer has this name: choose another"
    );
    assert_eq!(
        with(&|layers| layers[0].name = "conv.1".to_owned()),
        "layer \"conv.1\": a name has 1 to 64 letters, digits, - and _, since parameters are \
         called after it"
    );
    assert_eq!(
        with(&|layers| {
            layers.pop();
        }),
        "layer \"hidden_relu\": it is the last and gives 64 values, expected one for each of 6 \
         classes: set its outputs or channels to \"classes\""
    );
    assert_eq!(
        with(&|layers| layers.push(Layer::new("late", &["output"], Operation::BatchNorm))),
        "layer \"late\": batch_norm needs a map, but gets 6 values: put it before the dense layers"
    );
    assert_eq!(
        with(&|layers| {
            layers.insert(1, Layer::new("half", &["input"], Operation::MaxPool { size: 2 }));
            layers.insert(2, Layer::new("sum", &["conv1", "half"], Operation::Add));
        }),
        "layer \"sum\": add needs inputs of one shape, but gets a map of 32×32 with 16 channels \
         and a map of 16×16 with 1 channels"
    );
    assert_eq!(
        Architecture::preset("resnet", 32, 6).unwrap_err().to_string(),
        "there is no architecture \"resnet\"; there are reference, alexnet, vgg, resnet-8, \
         resnet-20, unet, unet-16, blocks"
    );
    assert_eq!(
        Architecture::reference(32, 1).check().unwrap_err().to_string(),
        "classes is 1, expected 2 to 256"
    );
}
