//! The dataset card of hybrid images.

use std::fmt::Write;

use super::request::{Request, physics_of};
use super::summary::Summary;
use crate::acquisition::Mtf;
use crate::phantom::{Physics, Targets};

/// The text of the card.
pub(super) fn write(request: &Request, targets: &Targets, summary: &Summary) -> String {
    let unit = targets.contrast_unit.symbol();
    let [least, median, most] = summary.detectability;
    let domain = match physics_of(request.modality) {
        Physics::Ct => "added in HU",
        Physics::Ultrasound => "added in dB to the log-compressed image",
        Physics::Mr | Physics::Nuclear => "added to the magnitude as a share of the local mean",
        Physics::Xray => "added to the line integral of attenuation, in the log domain",
    };
    let mtf = match &request.mtf {
        Mtf::Gaussian { mtf50_per_mm } => {
            format!("a Gaussian MTF that is one half at {mtf50_per_mm} /mm")
        }
        Mtf::Measured(_) => match request.mtf.mtf50_per_mm() {
            Some(mtf50) => format!("an MTF measured on an edge, one half at {mtf50:.3} /mm"),
            None => "an MTF measured on an edge".to_owned(),
        },
    };
    let contrast = match request.detectability {
        Some([low, high]) => format!("such that d′ is {low} to {high} in the local noise"),
        None => format!("of {} to {} {unit}", targets.contrast.low, targets.contrast.high),
    };
    let mut card = format!(
        "---\npretty_name: {}\ntags:\n- medical\n- hybrid\n- phantom\n---\n\n\
         # Hybrid images: targets of `{}` in images of users\n\n\
         {} images of {} patients with {} targets in all (`present/`), each of them also as it was \
         (`absent/`). Made by phantom-limit {}, seed {}. The images are those of their owners, whose licence \
         and consent hold for both; only the targets are synthetic. Not for diagnosis.\n\n\
         Targets have contrasts {contrast}, are blurred by {mtf}, {domain}, and rounded last: a pixel that no \
         target reaches has the bits that it had. d′ in the local noise is {least:.2} to {most:.2}, median \
         {median:.2}. {} pixels were clipped by the range of stored values.\n\n",
        serde_json::Value::from(format!("{} (inserted)", request.title)),
        request.phantom,
        summary.images,
        summary.patients,
        summary.targets,
        request.version,
        request.seed,
        summary.clipped_pixels,
    );
    if summary.low_signal > 0 {
        let _ = write!(
            card,
            "{} targets lie where the signal is below five times the noise, where the noise of an MR magnitude \
             is not additive: their contrast is smaller than stated.\n\n",
            summary.low_signal
        );
    }
    let mut verdict = summary.verdict.clone();
    if let Some(first) = verdict.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let _ = write!(
        card,
        "{verdict}.\n\n`labels.csv` has path, label and patient of every image; split by patient, never within a \
         pair. `summary.json` names what was left out and why, `dataset.json` holds the request, \
         `manifest.json` the SHA-256 of every file (`phantom-limit verify DIR`).\n\n\
         ## Columns of `metadata.jsonl`\n\n\
         Those of a dataset of `generate`, and:\n\n\
         | key | meaning |\n|---|---|\n\
         | `label` | `present` or `absent` |\n\
         | `source` | the image that it was made from |\n\
         | `patient` | the number of the patient that the file names, else of the file; no identity |\n\
         | `rescale` | physical value = slope × stored value + intercept |\n\
         | `inverted` | true if the smallest value is shown white (MONOCHROME1) |\n\
         | `local` | for each target `noise_sd` and `mean` around it in physical values, `contrast_to_noise` \
         (its largest difference over the noise), `detectability` and `clipped_pixels` |\n\
         | `others_in_region` of a target | other targets that reach into its region, and so into its file of \
         `imagefolder/`; absent where none does |\n\n\
         `detectability` is d′ of the ideal observer that knows the target, d′² = Σ |S(k)|²/NPS(k), in noise \
         that is stationary with the covariance of the surroundings, their plane taken off, at lags below 16 \
         pixels. In images without targets, `targets` names the same regions as `absent`.\n"
    );
    card
}
