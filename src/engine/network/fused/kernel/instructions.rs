//! The instruction set of the fused layers, chosen at run time; knows no arithmetic.

#[cfg(target_arch = "x86_64")]
use super::avx2;
#[cfg(target_arch = "x86_64")]
use super::avx512;
use super::lanes::Task;
use super::portable;
use crate::network::execution::Kernel;

/// An instruction set that this processor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instructions(Set);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

impl Instructions {
    /// Those of a kernel, if it is one of the fused layers' and this processor has it.
    pub(crate) fn of(kernel: Kernel) -> Option<Self> {
        let set = match kernel {
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => Set::Avx512,
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => Set::Avx2,
            Kernel::Portable => Set::Portable,
            _ => return None,
        };
        kernel.is_available().then_some(Self(set))
    }

    /// Does `task` with these instructions.
    pub(super) fn run<T: Task>(self, task: T) -> T::Output {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `of`, the only constructor, made sure that the processor has it.
            Set::Avx512 => unsafe { avx512::run(task) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Set::Avx2 => unsafe { avx2::run(task) },
            Set::Portable => portable::run(task),
        }
    }
}
