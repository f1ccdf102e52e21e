//! Owns threads and buffers of one training: fixed chunks of images, summed in order, so that
//! the number of threads changes no bit; knows no layer.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::kernel::Instructions;
use crate::network::error::NetworkError;
use crate::network::execution::Kernel;

/// Images that are worked on one after another and summed before those of other chunks are added.
pub(super) const CHUNK: usize = 16;

/// Values that begin at a cache line: vectors across two lines cost twice.
#[derive(Debug)]
pub(super) struct Buffer {
    values: Vec<f32>,
    start: usize,
    len: usize,
}

impl Buffer {
    fn new(len: usize) -> Self {
        let values = vec![0.0; len + 15];
        let start = values.as_ptr().align_offset(64).min(15);
        Self { values, start, len }
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values[self.start..self.start + self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values[self.start..self.start + self.len]
    }
}

/// What all layers of one training share.
pub(super) struct Workspace {
    pub(super) kernel: Instructions,
    pool: Option<rayon::ThreadPool>,
    free: Mutex<Vec<Buffer>>,
}

impl fmt::Debug for Workspace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Workspace").field("kernel", &self.kernel).finish_non_exhaustive()
    }
}

/// Locks, also after a thread panicked while it held the lock: buffers hold no invariant.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Workspace {
    pub(super) fn new(kernel: Kernel, threads: usize) -> Result<Self, NetworkError> {
        let Some(instructions) = Instructions::of(kernel) else {
            return Err(NetworkError::KernelUnavailable(kernel));
        };
        let pool = match threads {
            0 | 1 => None,
            _ => Some(
                rayon::ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .build()
                    .map_err(|error| NetworkError::Threads(error.to_string()))?,
            ),
        };
        Ok(Self { kernel: instructions, pool, free: Mutex::default() })
    }

    /// A buffer of `len` values, whatever they are.
    pub(super) fn take(&self, len: usize) -> Buffer {
        let mut free = lock(&self.free);
        let fitting = free
            .iter()
            .enumerate()
            .map(|(place, buffer)| (place, buffer.values.len() - 15))
            .filter(|&(_, size)| size >= len && size <= 2 * len + 1024)
            .min_by_key(|&(_, size)| size);
        let Some((place, _)) = fitting else {
            drop(free);
            return Buffer::new(len);
        };
        Buffer { len, ..free.swap_remove(place) }
    }

    /// Takes a buffer back.
    pub(super) fn give(&self, buffer: Buffer) {
        lock(&self.free).push(buffer);
    }

    /// Does `work` on each part, results in the order of parts.
    pub(super) fn each<P: Send, R: Send>(
        &self,
        parts: Vec<P>,
        work: impl Fn(P) -> R + Sync + Send,
    ) -> Vec<R> {
        match &self.pool {
            None => parts.into_iter().map(work).collect(),
            Some(pool) => pool.install(|| parts.into_par_iter().map(work).collect()),
        }
    }
}

impl Workspace {
    /// The sum of partial sums, in order.
    pub(super) fn fold(&self, parts: Vec<Buffer>) -> Buffer {
        let mut parts = parts.into_iter();
        let mut total = parts.next().unwrap_or_else(|| self.take(0));
        for part in parts {
            for (total, value) in total.iter_mut().zip(part.iter()) {
                *total += value;
            }
            self.give(part);
        }
        total
    }
}

/// The sum of partial sums, in order.
pub(super) fn fold<T: Copy + std::ops::AddAssign>(parts: Vec<Vec<T>>) -> Vec<T> {
    let mut parts = parts.into_iter();
    let mut total = parts.next().unwrap_or_default();
    for part in parts {
        for (total, value) in total.iter_mut().zip(part) {
            *total += value;
        }
    }
    total
}
