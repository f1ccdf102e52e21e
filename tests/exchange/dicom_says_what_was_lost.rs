//! A DICOM object says truly how its image came about: transfer syntax, ratio on its own allocated
//! bytes, method, derivation and source, in every class; what one step has lost stays written
//! after the next. `PHANTOM_LIMIT_DICOM_OUT=DIR` keeps the objects, with the decoded images
//! beside them, for validators.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::{DefaultDicomObject, InMemDicomObject};
use phantom_limit::codec::{CodecName, Target, codec};
use phantom_limit::export::dicom::{Derivation, Identity, LossyStep, Object, ObjectClass};
use phantom_limit::export::npy;
use phantom_limit::image::{Image, Rescale, SampleFormat, Window};
use phantom_limit::rng::{Purpose, StreamKey};
use phantom_limit::units::CompressionRatio;

const SIDE: usize = 64;
/// Bits as such images have them: stored in allocated.
const FORMATS: [(ObjectClass, u8, u8); 9] = [
    (ObjectClass::Ct, 12, 16),
    (ObjectClass::Mr, 12, 16),
    (ObjectClass::Cr, 10, 16),
    (ObjectClass::Dx, 14, 16),
    (ObjectClass::Mg, 12, 16),
    (ObjectClass::Us, 8, 8),
    (ObjectClass::Xa, 10, 16),
    (ObjectClass::Nm, 16, 16),
    (ObjectClass::Sc, 12, 16),
];

/// A disk in noise that fills the range without touching its ends.
fn image(format: SampleFormat) -> Image {
    let peak = f64::from(format.peak());
    let mut noise = StreamKey { seed: 3, purpose: Purpose::Simulation, case: 0, part: 0 }.open();
    let samples = (0..SIDE * SIDE)
        .map(|at| {
            let (y, x) = ((at / SIDE) as f64 - 30.0, (at % SIDE) as f64 - 34.0);
            let base = if x * x + y * y < 400.0 { 0.6 } else { 0.3 };
            ((base + noise.between(-0.05, 0.05)) * peak) as u16
        })
        .collect();
    Image::new(SIDE, SIDE, format, samples).unwrap()
}

struct Compressed {
    decoded: Image,
    codestream: Vec<u8>,
}

fn compress(image: &Image, name: CodecName, ratio: f64) -> Compressed {
    let codec = codec(name);
    let target = match name {
        CodecName::Lossless => Target::Lossless,
        _ => Target::Ratio(CompressionRatio::stored(ratio)),
    };
    let encoded = codec.encode_ladder(image, image.format(), &[target]).unwrap().remove(0);
    let decoded = codec.decode(&encoded.bytes, image.format()).unwrap();
    Compressed { decoded, codestream: encoded.bytes }
}

/// An object of an image; `rendition` names it.
fn object<'a>(
    class: ObjectClass,
    image: &'a Image,
    rendition: &'a str,
    derivation: Derivation<'a>,
) -> Object<'a> {
    Object {
        class: class.holding(image.format()),
        modality: class.modality(),
        anatomy: if class == ObjectClass::Mg { "breast" } else { "head" },
        title: "a phantom of the test",
        pixel_spacing_mm: 0.45,
        rescale: Rescale { slope: 1.0, intercept: -24.0 },
        window: Window { center: 100.5, width: 150.0 },
        facts: &[],
        identity: Identity {
            dataset: "0123456789abcdef",
            split: "test",
            index: 4,
            rendition,
            number: usize::from(!rendition.is_empty()),
        },
        image,
        derivation,
    }
}

/// Writes an object, reads it back, and keeps it where that is asked for.
fn written(name: &str, object: &Object<'_>) -> DefaultDicomObject {
    let mut bytes = Vec::new();
    object.write(&mut bytes).unwrap();
    if let Some(directory) = std::env::var_os("PHANTOM_LIMIT_DICOM_OUT") {
        let directory = Path::new(&directory);
        fs::create_dir_all(directory).unwrap();
        fs::write(directory.join(format!("{name}.dcm")), &bytes).unwrap();
        let mut array = Vec::new();
        npy::array(object.image.samples().iter().copied(), &[SIDE, SIDE], &mut array).unwrap();
        fs::write(directory.join(format!("{name}.npy")), array).unwrap();
    }
    dicom_object::from_reader(&bytes[128..]).unwrap()
}

fn text(object: &InMemDicomObject, tag: Tag) -> String {
    object.element(tag).unwrap().to_str().unwrap().trim_end().to_owned()
}

fn item(object: &InMemDicomObject, tag: Tag) -> &InMemDicomObject {
    let items = object.element(tag).unwrap().items().unwrap();
    assert_eq!(items.len(), 1);
    &items[0]
}

#[test]
fn every_class_and_syntax() {
    let mut identifiers = BTreeSet::new();
    for (class, bits_stored, bits_allocated) in FORMATS {
        let format = SampleFormat { bits_stored, bits_allocated };
        let original_image = image(format);
        let original = object(class, &original_image, "", Derivation::Original);
        let name = format!("{class:?}").to_lowercase();
        let read = written(&format!("{name}-original"), &original);
        // PS3.6 Table A-1: Explicit VR Little Endian.
        assert_eq!(read.meta().transfer_syntax.trim_end_matches('\0'), "1.2.840.10008.1.2.1");
        assert_eq!(text(&read, tags::SOP_CLASS_UID), class.sop_class(), "{class:?} was not kept");
        assert_eq!(text(&read, tags::MODALITY), class.modality());
        assert_eq!(text(&read, tags::LOSSY_IMAGE_COMPRESSION), "00");
        assert!(text(&read, tags::IMAGE_TYPE).starts_with("ORIGINAL\\PRIMARY"));
        assert!(read.get(tags::LOSSY_IMAGE_COMPRESSION_RATIO).is_none());
        assert_eq!(text(&read, tags::QUALITY_CONTROL_IMAGE), "YES");
        assert!(text(&read, tags::IMAGE_COMMENTS).contains("Synthetic"));
        let stored: Vec<u16> =
            read.element(tags::PIXEL_DATA).unwrap().value().to_multi_int().unwrap();
        assert_eq!(stored, original_image.samples());
        let source_class = text(&read, tags::SOP_CLASS_UID);
        let source = text(&read, tags::SOP_INSTANCE_UID);
        assert!(identifiers.insert((class.sop_class(), source.clone())));

        let windowed =
            Window { center: 0.45 * f64::from(format.peak()), width: f64::from(format.peak()) }
                .apply(&original_image, Rescale { slope: 1.0, intercept: 0.0 });
        let ways = [
            (CodecName::Lossless, false, "1.2.840.10008.1.2.4.90", None),
            (CodecName::Jpeg2000, false, "1.2.840.10008.1.2.4.91", Some("ISO_15444_1")),
            (CodecName::Jpeg2000, true, "1.2.840.10008.1.2.4.91", Some("ISO_15444_1")),
            (CodecName::Jpeg, true, "1.2.840.10008.1.2.4.50", Some("ISO_10918_1")),
            (CodecName::Jpeg12, false, "1.2.840.10008.1.2.4.51", Some("ISO_10918_1")),
            (CodecName::JpegLs, false, "1.2.840.10008.1.2.4.81", Some("ISO_14495_1")),
        ];
        for (codec_name, through_window, syntax, method) in ways {
            let input = if through_window { &windowed } else { &original_image };
            if !codec(codec_name).accepts(input.format()) {
                continue;
            }
            let Compressed { decoded, codestream } = compress(input, codec_name, 5.0);
            let history: Vec<LossyStep> =
                LossyStep::of(&codestream, &decoded).into_iter().collect();
            let path = if through_window { "windowed" } else { "native" };
            let rendition = format!("{codec_name}-{path}");
            let derivation = Derivation::Compressed {
                source: class,
                codestream: &codestream,
                windowed: through_window,
                history: &history,
                description: "compressed by the test",
            };
            let object = object(class, &decoded, &rendition, derivation);
            let read = written(&format!("{name}-{rendition}"), &object);
            assert_eq!(read.meta().transfer_syntax.trim_end_matches('\0'), syntax);
            assert!(
                identifiers.insert((class.sop_class(), text(&read, tags::SOP_INSTANCE_UID))),
                "{name} {rendition} has the identifier of another object"
            );
            // PS3.5 8.2.1: Extended JPEG has 8 or 12 bits; the 10 of CR and XA are coded as 12.
            let coded = match (codec_name, input.format().bits_stored) {
                (CodecName::Jpeg12, 9..) => 12,
                (_, bits) => bits.into(),
            };
            let bits: u16 = read.element(tags::BITS_STORED).unwrap().to_int().unwrap();
            assert_eq!(bits, coded, "{name} {rendition}");
            let image_type = text(&read, tags::IMAGE_TYPE);
            let derived = method.is_some() || through_window;
            assert_eq!(image_type.starts_with("DERIVED\\"), derived, "{image_type}");

            // The codestream, whole, in one fragment of even length.
            let value = read.element(tags::PIXEL_DATA).unwrap().value();
            let [fragment] = value.fragments().unwrap() else { panic!("one fragment") };
            assert_eq!(&fragment[..codestream.len()], codestream);
            assert!(fragment.len() % 2 == 0 && fragment.len() - codestream.len() < 2);

            let from = item(&read, tags::SOURCE_IMAGE_SEQUENCE);
            assert_eq!(text(from, tags::REFERENCED_SOP_INSTANCE_UID), source);
            assert_eq!(text(from, tags::REFERENCED_SOP_CLASS_UID), source_class);

            let Some(method) = method else {
                assert_eq!(text(&read, tags::LOSSY_IMAGE_COMPRESSION), "00");
                continue;
            };
            assert_eq!(text(&read, tags::LOSSY_IMAGE_COMPRESSION), "01");
            assert_eq!(text(&read, tags::LOSSY_IMAGE_COMPRESSION_METHOD), method);
            // Bytes that the pixel data of this very object take when decoded: one for each pixel
            // after a window or where 8 bits are allocated, else two.
            let bytes_each = if through_window || bits_allocated == 8 { 1 } else { 2 };
            let expected = (bytes_each * SIDE * SIDE) as f64 / codestream.len() as f64;
            let ratio: f64 = text(&read, tags::LOSSY_IMAGE_COMPRESSION_RATIO).parse().unwrap();
            // A decimal string has at most 16 characters.
            assert!((ratio / expected - 1.0).abs() < 1e-12, "{ratio} instead of {expected}");
            assert_eq!(text(&read, tags::DERIVATION_DESCRIPTION), "compressed by the test");
            let code = item(&read, tags::DERIVATION_CODE_SEQUENCE);
            assert_eq!(text(code, tags::CODE_VALUE), "113040");
            assert_eq!(text(code, tags::CODING_SCHEME_DESIGNATOR), "DCM");
        }
    }
}

#[test]
fn a_second_generation_adds_to_the_first() {
    let format = SampleFormat { bits_stored: 8, bits_allocated: 8 };
    let original = image(format);
    let first = compress(&original, CodecName::Jpeg, 4.0);
    let second = compress(&first.decoded, CodecName::Jpeg2000, 8.0);
    let history = [
        LossyStep::of(&first.codestream, &first.decoded).unwrap(),
        LossyStep::of(&second.codestream, &second.decoded).unwrap(),
    ];
    let derivation = Derivation::Compressed {
        source: ObjectClass::Us,
        codestream: &second.codestream,
        windowed: false,
        history: &history,
        description: "two generations",
    };
    let object = object(ObjectClass::Us, &second.decoded, "chain", derivation);
    let read = written("us-generations", &object);
    let ratios = text(&read, tags::LOSSY_IMAGE_COMPRESSION_RATIO);
    let ratios: Vec<f64> = ratios.split('\\').map(|ratio| ratio.parse().unwrap()).collect();
    let bytes = (SIDE * SIDE) as f64;
    for (ratio, codestream) in ratios.iter().zip([&first.codestream, &second.codestream]) {
        assert!((ratio * codestream.len() as f64 / bytes - 1.0).abs() < 1e-12);
    }
    assert_eq!(ratios.len(), 2);
    assert_eq!(text(&read, tags::LOSSY_IMAGE_COMPRESSION_METHOD), "ISO_10918_1\\ISO_15444_1");
    assert_eq!(text(&read, tags::LOSSY_IMAGE_COMPRESSION), "01");
}

#[test]
fn the_same_image_gets_the_same_bytes() {
    let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
    let image = image(format);
    let bytes = || {
        let mut bytes = Vec::new();
        object(ObjectClass::Ct, &image, "", Derivation::Original).write(&mut bytes).unwrap();
        bytes
    };
    assert_eq!(bytes(), bytes());
}

#[test]
fn what_a_class_cannot_hold_is_a_secondary_capture() {
    // PS3.3 C.8.2.1.1.4: CT has 16 bits allocated and 12 to 16 stored; C.8.4.8: NM has as many
    // bits stored as allocated.
    let eight = SampleFormat { bits_stored: 8, bits_allocated: 8 };
    let twelve = SampleFormat { bits_stored: 12, bits_allocated: 16 };
    assert_eq!(ObjectClass::Ct.holding(eight), ObjectClass::Sc);
    assert_eq!(ObjectClass::Ct.holding(twelve), ObjectClass::Ct);
    assert_eq!(ObjectClass::Mr.holding(eight), ObjectClass::Sc);
    assert_eq!(ObjectClass::Nm.holding(twelve), ObjectClass::Sc);
    assert_eq!(ObjectClass::Dx.holding(eight), ObjectClass::Dx);
}

#[test]
fn a_codestream_of_fewer_bits_is_refused() {
    let image = image(SampleFormat { bits_stored: 12, bits_allocated: 16 });
    // 8-bit JPEG takes 12-bit samples without their low 4 bits.
    let Compressed { decoded, codestream } = compress(&image, CodecName::Jpeg, 5.0);
    let derivation = Derivation::Compressed {
        source: ObjectClass::Ct,
        codestream: &codestream,
        windowed: false,
        history: &[],
        description: "",
    };
    let mut bytes = Vec::new();
    let error = object(ObjectClass::Ct, &decoded, "shift", derivation).write(&mut bytes);
    let error = error.unwrap_err().to_string();
    assert!(error.contains("8 bits, the image 12"), "{error}");
    assert!(bytes.is_empty());
}

#[test]
fn an_unknown_codestream_is_refused() {
    let image = image(SampleFormat { bits_stored: 8, bits_allocated: 8 });
    let derivation = Derivation::Compressed {
        source: ObjectClass::Sc,
        codestream: b"GIF89a",
        windowed: false,
        history: &[],
        description: "",
    };
    let mut bytes = Vec::new();
    let error = object(ObjectClass::Sc, &image, "gif", derivation).write(&mut bytes).unwrap_err();
    assert!(error.to_string().contains("transfer syntax"), "{error}");
    assert!(bytes.is_empty());
}
