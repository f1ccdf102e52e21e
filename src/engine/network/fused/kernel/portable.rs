//! Sixteen lanes in an array, for every processor. Products and sums are rounded separately.

use super::lanes::{Lanes, Task};

#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Portable([f32; 16]);

/// Runs `task` without any special instruction.
pub(super) fn run<T: Task>(task: T) -> T::Output {
    // SAFETY: arrays need no instruction set.
    unsafe { task.run::<Portable>() }
}

#[inline(always)]
fn each(a: Portable, b: Portable, f: impl Fn(f32, f32) -> f32) -> Portable {
    Portable(std::array::from_fn(|lane| f(a.0[lane], b.0[lane])))
}

#[inline(always)]
fn test(a: Portable, b: Portable, f: impl Fn(f32, f32) -> bool) -> [bool; 16] {
    std::array::from_fn(|lane| f(a.0[lane], b.0[lane]))
}

impl Lanes for Portable {
    type Mask = [bool; 16];

    const ACCUMULATORS: usize = 2;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; 16])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller promises sixteen readable values.
        Self(unsafe { from.cast::<[f32; 16]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller promises sixteen writable values.
        unsafe { to.cast::<[f32; 16]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        each(self, other, |a, b| a + b)
    }

    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        each(self, other, |a, b| a - b)
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        each(self, other, |a, b| a * b)
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self {
        each(each(self, factor, |a, b| a * b), term, |a, b| a + b)
    }

    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        each(self, other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    unsafe fn equal(self, other: Self) -> [bool; 16] {
        test(self, other, |a, b| a == b)
    }

    #[inline(always)]
    unsafe fn greater(self, other: Self) -> [bool; 16] {
        test(self, other, |a, b| a > b)
    }

    #[inline(always)]
    unsafe fn and_not(a: [bool; 16], b: [bool; 16]) -> [bool; 16] {
        std::array::from_fn(|lane| a[lane] & !b[lane])
    }

    #[inline(always)]
    unsafe fn or(a: [bool; 16], b: [bool; 16]) -> [bool; 16] {
        std::array::from_fn(|lane| a[lane] | b[lane])
    }

    #[inline(always)]
    unsafe fn keep(self, mask: [bool; 16]) -> Self {
        Self(std::array::from_fn(|lane| if mask[lane] { self.0[lane] } else { 0.0 }))
    }
}
