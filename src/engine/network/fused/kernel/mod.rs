//! The arithmetic of the layers in registers, on an instruction set chosen at run time; knows no
//! tensor and no layer.
//!
//! Every step is written once over sixteen logical lanes (`lanes`), and its sums are ordered
//! per output: AVX-512 and AVX2 give the same bits; the portable instructions round products and
//! sums separately and stay within 1e-5.

#![expect(unsafe_code, reason = "measured compute kernels on vector registers")]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod direct;
mod instructions;
mod lanes;
mod maps;
mod pointwise;
mod portable;
mod product;
mod ringed;
mod winograd;

pub(crate) use self::direct::Lines;
pub(crate) use self::instructions::Instructions;
pub(crate) use self::maps::{Strided, Window};
pub(crate) use self::pointwise::Map;
pub(crate) use self::ringed::Ringed;
pub(crate) use self::winograd::{EDGE, FREQUENCIES, Line, Maps, SCRATCH, Source, Spectrum, tiles};
