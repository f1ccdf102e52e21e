//! What a network is computed with: instruction sets and devices by name, and threads; knows no
//! layer and no recipe.

use std::fmt;
use std::str::FromStr;

use candle_core::Device;
use serde::{Deserialize, Serialize};

/// What a network is computed with. The first three are the fused layers on an instruction set:
/// networks are reproducible bit for bit with the same one, and AVX-512 and AVX2 agree. The
/// other two are candle's own ops, for which no such promise is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kernel {
    /// AVX-512F.
    Avx512,
    /// AVX2 and FMA.
    Avx2,
    /// Any processor.
    Portable,
    /// Candle's ops on the processor: a hundred times slower, for testing `Cuda`.
    Candle,
    /// Candle's ops on the first CUDA device, in builds with the feature `cuda`.
    Cuda,
}

/// A kernel's name that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown kernel {0:?}: expected avx512, avx2, portable, candle or cuda")]
pub struct UnknownKernel(pub String);

/// What a training runs on. Not part of the recipe: threads change no bit of a network, and the
/// kernel is recorded with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Execution {
    /// Instruction set or device.
    pub kernel: Kernel,
    /// Threads of this one training. Two trainings on one thread each are faster than one on
    /// two.
    pub threads: usize,
}

impl Execution {
    /// One thread with `kernel`.
    #[must_use]
    pub fn single(kernel: Kernel) -> Self {
        Self { kernel, threads: 1 }
    }
}

impl Default for Execution {
    /// One thread with the fastest instruction set of this processor.
    fn default() -> Self {
        Self::single(Kernel::detect())
    }
}

impl Kernel {
    /// The fused layers' instruction sets, the fastest first.
    pub const ALL: [Self; 3] = [Self::Avx512, Self::Avx2, Self::Portable];

    /// The fastest that this processor has.
    #[must_use]
    pub fn detect() -> Self {
        Self::ALL.into_iter().find(|kernel| kernel.is_available()).unwrap_or(Self::Portable)
    }

    /// The instruction sets that this processor has, the fastest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        Self::ALL.into_iter().filter(|kernel| kernel.is_available()).collect()
    }

    /// Whether it is an instruction set of the fused layers.
    #[must_use]
    pub fn is_fused(self) -> bool {
        Self::ALL.contains(&self)
    }

    /// Whether this machine has it, in this build.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => is_x86_feature_detected!("avx512f") && Self::Avx2.is_available(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx512 | Self::Avx2 => false,
            Self::Portable | Self::Candle => true,
            Self::Cuda => self.device().is_ok(),
        }
    }

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2",
            Self::Portable => "portable",
            Self::Candle => "candle",
            Self::Cuda => "cuda",
        }
    }

    /// The device of candle's ops, or why there is none. A CUDA device is opened once per process.
    pub(super) fn device(self) -> Result<Device, String> {
        match self {
            #[cfg(feature = "cuda")]
            Self::Cuda => {
                static OPENED: std::sync::OnceLock<Result<Device, String>> =
                    std::sync::OnceLock::new();
                OPENED
                    .get_or_init(|| Device::new_cuda(0).map_err(|error| error.to_string()))
                    .clone()
            }
            #[cfg(not(feature = "cuda"))]
            Self::Cuda => Err("this build has no CUDA: build with feature `cuda`".to_owned()),
            _ => Ok(Device::Cpu),
        }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Kernel {
    type Err = UnknownKernel;

    fn from_str(name: &str) -> Result<Self, UnknownKernel> {
        [&Self::ALL[..], &[Self::Candle, Self::Cuda]]
            .concat()
            .into_iter()
            .find(|kernel| kernel.name() == name)
            .ok_or_else(|| UnknownKernel(name.to_owned()))
    }
}
