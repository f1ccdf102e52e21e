//! Sixteen f32 in the registers of one instruction set; knows no layer.
//!
//! Every kernel is written once over this trait. A logical vector has sixteen lanes on every
//! instruction set, so each sum has the same order, and AVX-512 and AVX2 give the same bits.

/// Sixteen f32. All methods may be called only where the instruction set is available.
pub(super) trait Lanes: Copy {
    /// Sixteen truth values.
    type Mask: Copy;

    /// Logical vectors that a register tile may hold as accumulators.
    const ACCUMULATORS: usize;

    unsafe fn splat(value: f32) -> Self;
    /// Sixteen values from `from`, which need not be aligned.
    unsafe fn load(from: *const f32) -> Self;
    /// Sixteen values to `to`, which need not be aligned.
    unsafe fn store(self, to: *mut f32);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    /// `self · factor + term`, rounded once where the processor can.
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self;
    /// The larger; `other` where one of them is no number.
    unsafe fn max(self, other: Self) -> Self;
    unsafe fn equal(self, other: Self) -> Self::Mask;
    unsafe fn greater(self, other: Self) -> Self::Mask;
    /// `a` and not `b`.
    unsafe fn and_not(a: Self::Mask, b: Self::Mask) -> Self::Mask;
    unsafe fn or(a: Self::Mask, b: Self::Mask) -> Self::Mask;
    /// The lanes where `mask` holds, 0 elsewhere.
    unsafe fn keep(self, mask: Self::Mask) -> Self;

    /// Asks for the cache line of `at`, to be read in a while. Any address will do.
    #[inline(always)]
    unsafe fn fetch(_at: *const f32) {}

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: as the caller promises.
        unsafe { Self::splat(0.0) }
    }

    /// The first `count` values from `from`, 0 in the lanes after them.
    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Self {
        // SAFETY: `from` is readable for `count` values, `lanes` for sixteen.
        unsafe {
            if count >= 16 {
                return Self::load(from);
            }
            let mut lanes = [0.0_f32; 16];
            std::ptr::copy_nonoverlapping(from, lanes.as_mut_ptr(), count);
            Self::load(lanes.as_ptr())
        }
    }

    /// The first `count` lanes to `to`.
    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize) {
        // SAFETY: `to` is writable for `count` values, `lanes` for sixteen.
        unsafe {
            if count >= 16 {
                return self.store(to);
            }
            let mut lanes = [0.0_f32; 16];
            self.store(lanes.as_mut_ptr());
            std::ptr::copy_nonoverlapping(lanes.as_ptr(), to, count);
        }
    }

    /// The lanes as an array.
    #[inline(always)]
    unsafe fn array(self) -> [f32; 16] {
        let mut lanes = [0.0_f32; 16];
        // SAFETY: sixteen values fit.
        unsafe { self.store(lanes.as_mut_ptr()) };
        lanes
    }
}

/// Work that runs on any instruction set.
pub(super) trait Task {
    /// What comes out.
    type Output;

    /// Does the work with `L`.
    ///
    /// # Safety
    /// The processor has the instruction set of `L`.
    unsafe fn run<L: Lanes>(self) -> Self::Output;
}
