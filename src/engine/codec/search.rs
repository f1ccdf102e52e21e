//! The search for the setting of an encoder that reaches a target; knows no file format.
//!
//! Bytes and fidelity rise with the setting, but for small dips. What was measured for one
//! target is kept for the other targets of the same image.

use std::collections::BTreeMap;

use super::{CodecError, Target};
use crate::image::Image;
use crate::metric::{self, SsimWindow};
use crate::units::Decibels;

/// Bytes are not strictly monotone in the setting: one step up may save a few (up to 0.5 % seen,
/// between JPEG qualities 1 and 2). A setting that misses the budget by less than this share may
/// have a fitting one above it.
const NEAR_MISS: f64 = 0.01;

/// How far above a near miss is looked.
const LOOK_AHEAD: u32 = 2;

/// Files are kept for other targets up to this sum of bytes, and encoded again beyond it.
const KEPT_BYTES: usize = 256 << 20;

/// An encoder with numbered settings of one image.
pub(super) trait Settings {
    /// The settings are 1 to this, quality rising; at least 1.
    fn count(&self) -> u32;

    /// The file at a setting.
    fn encode(&self, setting: u32) -> Result<Vec<u8>, CodecError>;

    /// The image in a file, in the format of the image that was encoded.
    fn decode(&self, file: &[u8]) -> Result<Image, CodecError>;
}

/// How close a decoded image must come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fidelity {
    /// At least this PSNR in dB.
    Psnr(f64),
    /// At least this SSIM, Gaussian window.
    Ssim(f64),
    /// No sample further away than this.
    MaxError(f64),
}

impl Fidelity {
    /// The fidelity of `target`, if it is one and possible.
    pub(super) fn of(target: Target) -> Option<Self> {
        match target {
            Target::Psnr(Decibels(psnr)) if psnr.is_finite() => Some(Self::Psnr(psnr)),
            Target::Ssim(ssim) if (0.0..=1.0).contains(&ssim) => Some(Self::Ssim(ssim)),
            Target::MaxError(error) => {
                let possible = error.fract() == 0.0 && (1.0..=f64::from(u16::MAX)).contains(&error);
                possible.then_some(Self::MaxError(error))
            }
            _ => None,
        }
    }
}

/// What a search found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    pub(super) setting: u32,
    /// False if no setting reaches the target and this is the nearest.
    pub(super) reached: bool,
}

/// The settings of one image and what is known of them.
#[derive(Debug)]
pub(super) struct Search<'a, S> {
    settings: S,
    image: &'a Image,
    files: BTreeMap<u32, Vec<u8>>,
    log_bytes: Curve,
    psnr: Curve,
    ssim: Curve,
    /// Largest errors, negative.
    closeness: Curve,
}

impl<'a, S: Settings> Search<'a, S> {
    pub(super) fn new(settings: S, image: &'a Image) -> Self {
        let curve = Curve { last: settings.count(), known: BTreeMap::new() };
        Self {
            settings,
            image,
            files: BTreeMap::new(),
            log_bytes: curve.clone(),
            psnr: curve.clone(),
            ssim: curve.clone(),
            closeness: curve,
        }
    }

    pub(super) fn settings(&self) -> &S {
        &self.settings
    }

    /// The file at a setting.
    pub(super) fn file(&mut self, setting: u32) -> Result<&[u8], CodecError> {
        file(&self.settings, &mut self.files, setting)
    }

    /// The highest setting whose file has at most `budget` bytes; if none has, the one with the
    /// fewest bytes among the lowest.
    pub(super) fn within(&mut self, budget: usize) -> Result<Found, CodecError> {
        let Self { settings, files, log_bytes, .. } = self;
        let last = log_bytes.last;
        let mut bytes =
            |setting| -> Result<usize, CodecError> { Ok(file(settings, files, setting)?.len()) };
        let log = |bytes: usize| libm::log(bytes as f64);
        let near = (1.0 + NEAR_MISS) * budget as f64;
        loop {
            // Whole numbers of bytes: above the budget is at least one more.
            let goal = log(budget.saturating_add(1));
            let above = log_bytes.first_reaching(goal, |setting| Ok(log(bytes(setting)?)))?;
            let Some(above) = above else {
                return Ok(Found { setting: last, reached: true });
            };
            // A fitting setting beyond a near miss is known from here on: the search goes on
            // from it.
            let mut beyond = None;
            if bytes(above)? as f64 <= near {
                for setting in (above + 1..=(above + LOOK_AHEAD).min(last)).rev() {
                    if bytes(setting)? <= budget {
                        beyond = Some(setting);
                        break;
                    }
                }
            }
            if let Some(setting) = beyond {
                log_bytes.known.insert(setting, log(bytes(setting)?));
            } else if above > 1 {
                return Ok(Found { setting: above - 1, reached: true });
            } else {
                let mut smallest = 1;
                for setting in 2..=(1 + LOOK_AHEAD).min(last) {
                    if bytes(setting)? < bytes(smallest)? {
                        smallest = setting;
                    }
                }
                return Ok(Found { setting: smallest, reached: false });
            }
        }
    }

    /// The lowest setting whose decoded image comes as close as asked; if none does, the
    /// highest.
    pub(super) fn reaching(&mut self, fidelity: Fidelity) -> Result<Found, CodecError> {
        let Self { settings, image, files, psnr, ssim, closeness, .. } = self;
        let mut decoded = |setting| settings.decode(file(settings, files, setting)?);
        let first = match fidelity {
            Fidelity::Psnr(goal) => {
                psnr.first_reaching(goal, |setting| Ok(metric::psnr_db(image, &decoded(setting)?)?))
            }
            // −log of the distance from 1 is nearly straight in the logarithm of the bytes.
            Fidelity::Ssim(goal) => ssim.first_reaching(-libm::log(1.0 - goal), |setting| {
                let ssim = metric::ssim(image, &decoded(setting)?, SsimWindow::Gaussian)?;
                Ok(-libm::log(1.0 - ssim))
            }),
            Fidelity::MaxError(most) => closeness.first_reaching(-most, |setting| {
                Ok(-f64::from(metric::max_error(image, &decoded(setting)?)?))
            }),
        };
        Ok(match first? {
            Some(setting) => Found { setting, reached: true },
            None => Found { setting: self.psnr.last, reached: false },
        })
    }
}

/// The file at a setting, from `files` or encoded.
fn file<'f, S: Settings>(
    settings: &S,
    files: &'f mut BTreeMap<u32, Vec<u8>>,
    setting: u32,
) -> Result<&'f [u8], CodecError> {
    if !files.contains_key(&setting) {
        let file = settings.encode(setting)?;
        if files.values().map(Vec::len).sum::<usize>() + file.len() > KEPT_BYTES {
            files.clear();
        }
        files.insert(setting, file);
    }
    Ok(&files[&setting])
}

/// A function of the whole numbers 1 to `last` that hardly ever falls, where it is known.
#[derive(Debug, Clone)]
struct Curve {
    last: u32,
    known: BTreeMap<u32, f64>,
}

impl Curve {
    /// The first place at which the function is at least `goal`, as far as it does not fall:
    /// the nearest known places are drawn together.
    fn first_reaching(
        &mut self,
        goal: f64,
        mut value: impl FnMut(u32) -> Result<f64, CodecError>,
    ) -> Result<Option<u32>, CodecError> {
        let mut below = self.known.iter().rfind(|(_, value)| **value < goal).map_or(0, |k| *k.0);
        let mut reaching = self.known.range(below + 1..).next().map_or(self.last + 1, |k| *k.0);
        let mut steps = 0;
        while reaching - below > 1 {
            let between = self.between(below, reaching, goal, steps);
            let found = value(between)?;
            self.known.insert(between, found);
            if found < goal {
                below = between;
            } else {
                reaching = between;
            }
            steps += 1;
        }
        Ok((reaching <= self.last).then_some(reaching))
    }

    /// The place to look at next: where a straight line through both ends crosses the goal, the
    /// middle in every third step and where an end is not known.
    fn between(&self, below: u32, reaching: u32, goal: f64, steps: u32) -> u32 {
        let width = reaching - below;
        let share = match (self.known.get(&below), self.known.get(&reaching)) {
            (Some(low), Some(high)) if steps % 3 < 2 => (goal - low) / (high - low),
            _ => 0.5,
        };
        let share = if share.is_finite() { share } else { 0.5 };
        let offset = (share * f64::from(width)) as u32;
        below + offset.clamp(1, width - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::CodecName;
    use crate::image::WINDOWED;

    /// A file is as long as the table says and decodes to a grey that comes closer to 200 the
    /// longer it is.
    #[derive(Debug)]
    struct Table(Vec<usize>);

    impl Settings for Table {
        fn count(&self) -> u32 {
            self.0.len() as u32
        }

        fn encode(&self, setting: u32) -> Result<Vec<u8>, CodecError> {
            Ok(vec![0; self.0[setting as usize - 1]])
        }

        fn decode(&self, file: &[u8]) -> Result<Image, CodecError> {
            let grey = 100 + file.len().min(99) as u16;
            Ok(Image::new(16, 16, WINDOWED, vec![grey; 256])?)
        }
    }

    fn white() -> Image {
        Image::new(16, 16, WINDOWED, vec![200; 256]).expect("valid image")
    }

    fn found(setting: u32, reached: bool) -> Found {
        Found { setting, reached }
    }

    #[test]
    fn the_highest_setting_within_the_budget_is_found() {
        let image = white();
        let mut search = Search::new(Table((1..=100).map(|n| n * n).collect()), &image);
        for (budget, setting) in [(1, 1), (99, 9), (100, 10), (101, 10), (9999, 99), (20_000, 100)]
        {
            assert_eq!(search.within(budget), Ok(found(setting, true)), "{budget}");
        }
        assert_eq!(search.within(0), Ok(found(1, false)));
    }

    #[test]
    fn a_dip_after_a_near_miss_is_seen() {
        let image = white();
        let sizes = vec![1000, 1500, 2001, 1999, 3000];
        assert_eq!(Search::new(Table(sizes), &image).within(2000), Ok(found(4, true)));
        let sizes = vec![1001, 1000, 2000];
        assert_eq!(Search::new(Table(sizes), &image).within(900), Ok(found(2, false)));
    }

    #[test]
    fn the_lowest_setting_that_comes_close_enough_is_found() {
        let image = white();
        let mut search = Search::new(Table((1..=90).collect()), &image);
        // 10 log10(255²/20²) = 22.11 dB at grey 180, file 80; 22.56 at 181.
        assert_eq!(search.reaching(Fidelity::Psnr(22.11)), Ok(found(80, true)));
        assert_eq!(search.reaching(Fidelity::Psnr(22.12)), Ok(found(81, true)));
        assert_eq!(search.reaching(Fidelity::Psnr(60.0)), Ok(found(90, false)));
        // Flat images have (2ab + C₁)/(a² + b² + C₁), C₁ = 2.55²: 0.98 from grey 164 on
        // (65606.5/66902.5 = 0.98063; 163: 65206.5/66575.5 = 0.97944).
        assert_eq!(search.reaching(Fidelity::Ssim(0.98)), Ok(found(64, true)));
        // Grey 180 is 20 away.
        assert_eq!(search.reaching(Fidelity::MaxError(20.0)), Ok(found(80, true)));
        assert_eq!(search.reaching(Fidelity::MaxError(9.0)), Ok(found(90, false)));
        for (error, possible) in [(1.0, true), (0.0, false), (2.5, false), (65_536.0, false)] {
            assert_eq!(Fidelity::of(Target::MaxError(error)).is_some(), possible, "{error}");
        }
    }

    #[test]
    fn what_an_encoder_cannot_do_is_passed_on() {
        #[derive(Debug)]
        struct Broken;
        let broken = || CodecError::Encode { codec: CodecName::Jpeg, message: "broken".into() };
        impl Settings for Broken {
            fn count(&self) -> u32 {
                1
            }
            fn encode(&self, _: u32) -> Result<Vec<u8>, CodecError> {
                Err(CodecError::Encode { codec: CodecName::Jpeg, message: "broken".into() })
            }
            fn decode(&self, _: &[u8]) -> Result<Image, CodecError> {
                Ok(white())
            }
        }
        let image = white();
        assert_eq!(Search::new(Broken, &image).within(10), Err(broken()));
    }
}
