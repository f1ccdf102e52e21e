//! ONNX files made field by field (onnx.proto3), for tests of what no exporter writes.

/// A field of a message: its number and its bytes.
fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
    let mut out = varint(number << 3 | 2);
    out.extend(varint(bytes.len() as u64));
    out.extend(bytes);
    out
}

/// A field of a message: its number and a whole number.
fn number(number: u64, value: u64) -> Vec<u8> {
    [varint(number << 3), varint(value)].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 0x7F {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

/// `TensorProto` of a type (1 float, 7 int64), with raw values.
pub(crate) fn weight(name: &str, kind: u64, dims: &[u64], raw: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = dims.iter().flat_map(|&it| number(1, it)).collect();
    out.extend(number(2, kind));
    out.extend(field(8, name.as_bytes()));
    out.extend(field(9, raw));
    out
}

/// The same as a weight of whole numbers.
pub(crate) fn whole_numbers(name: &str, values: &[i64]) -> Vec<u8> {
    let raw: Vec<u8> = values.iter().flat_map(|it| it.to_le_bytes()).collect();
    weight(name, 7, &[values.len() as u64], &raw)
}

/// The same in another file.
pub(crate) fn external_weight(name: &str) -> Vec<u8> {
    let location = [field(1, b"location"), field(2, b"/etc/passwd")].concat();
    let mut out = number(1, 1);
    out.extend(number(2, 1));
    out.extend(field(8, name.as_bytes()));
    out.extend(field(13, &location));
    out.extend(number(14, 1));
    out
}

/// `NodeProto`.
pub(crate) fn node(
    operation: &str,
    inputs: &[&str],
    outputs: &[&str],
    graph: Option<&[u8]>,
) -> Vec<u8> {
    let mut out: Vec<u8> = inputs.iter().flat_map(|it| field(1, it.as_bytes())).collect();
    out.extend(outputs.iter().flat_map(|it| field(2, it.as_bytes())));
    out.extend(field(3, operation.as_bytes()));
    out.extend(field(4, operation.as_bytes()));
    if let Some(graph) = graph {
        // One branch of two: both would double the file with each level.
        let attribute = [field(1, b"then_branch"), field(6, graph), number(20, 5)];
        out.extend(field(5, &attribute.concat()));
    }
    out
}

/// `GraphProto` from input `image` to output `logits`, floats of any shape.
pub(crate) fn graph(nodes: &[Vec<u8>], weights: &[Vec<u8>]) -> Vec<u8> {
    // TypeProto.tensor_type.elem_type = float.
    let kind = field(2, &field(1, &number(1, 1)));
    let value = |name: &str| [field(1, name.as_bytes()), kind.clone()].concat();
    let mut out: Vec<u8> = nodes.iter().flat_map(|it| field(1, it)).collect();
    out.extend(field(2, b"graph"));
    out.extend(weights.iter().flat_map(|it| field(5, it)));
    out.extend(field(11, &value("image")));
    out.extend(field(12, &value("logits")));
    out
}

/// `ModelProto` of operator set 13.
pub(crate) fn model(graph: &[u8]) -> Vec<u8> {
    let set = [field(1, b""), number(2, 13)].concat();
    [number(1, 8), field(7, graph), field(8, &set)].concat()
}

/// Networks that no exporter writes, each with a word of the message that it must get.
pub(crate) fn hostile() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let float = |name: &str, dims: &[u64], values: &[f32]| {
        let raw: Vec<u8> = values.iter().flat_map(|it| it.to_le_bytes()).collect();
        weight(name, 1, dims, &raw)
    };
    let add = node("Add", &["image", "w"], &["logits"], None);
    let whole = |nodes: &[Vec<u8>], weights: &[Vec<u8>]| model(&graph(nodes, weights));
    let one = std::slice::from_ref;
    let giant = 1_i64 << 33;
    let mut nested = graph(&[node("Identity", &["image"], &["logits"], None)], &[]);
    for _ in 0..200 {
        nested = graph(&[node("If", &["c"], &["logits"], Some(&nested))], &[]);
    }
    vec![
        ("empty", Vec::new(), "no network"),
        ("text", b"this is no network at all, but a text".to_vec(), "no ONNX file"),
        (
            "claims",
            whole(one(&add), &[float("w", &[1 << 20, 1 << 20], &[1.0])]),
            "claims the shape",
        ),
        (
            "overflow",
            whole(one(&add), &[float("w", &[1 << 40, 1 << 40], &[1.0])]),
            "claims the shape",
        ),
        ("below-0", whole(one(&add), &[float("w", &[u64::MAX], &[1.0])]), "below 0"),
        ("short", whole(one(&add), &[weight("w", 1, &[2], &[0; 7])]), "claims the shape"),
        ("kind", whole(one(&add), &[weight("w", 99, &[1], &[0; 4])]), "of type 99"),
        ("elsewhere", whole(one(&add), &[external_weight("w")]), "in another file"),
        ("missing", whole(&[add], &[]), "cannot be run"),
        (
            "giant-constant",
            whole(
                &[
                    node("ConstantOfShape", &["s"], &["w"], None),
                    node("Add", &["image", "w"], &["logits"], None),
                ],
                &[whole_numbers("s", &[giant])],
            ),
            "cannot be run",
        ),
        (
            "giant-expansion",
            whole(
                &[node("Expand", &["image", "s"], &["logits"], None)],
                &[whole_numbers("s", &[1 << 20, 1, 1, 1])],
            ),
            "the ONNX file",
        ),
        (
            "circle",
            whole(
                &[
                    node("Add", &["image", "b"], &["a"], None),
                    node("Add", &["image", "a"], &["b"], None),
                    node("Relu", &["b"], &["logits"], None),
                ],
                &[],
            ),
            "cannot be run",
        ),
        ("unknown", whole(&[node("PhoneHome", &["image"], &["logits"], None)], &[]), "PhoneHome"),
        ("nested", model(&nested), "the ONNX file"),
    ]
}
