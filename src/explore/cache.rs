//! Keeps what was computed recently, up to a number of bytes; knows no image.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Values by key; when there are too many bytes, those used longest ago are removed.
#[derive(Debug)]
pub(super) struct Cache<V> {
    most_bytes: usize,
    inside: Mutex<Inside<V>>,
    /// Notified when a value has been made or has failed.
    made: Condvar,
}

#[derive(Debug)]
struct Inside<V> {
    entries: BTreeMap<String, Entry<V>>,
    /// Keys whose values are being made.
    making: BTreeSet<String>,
    bytes: usize,
    uses: u64,
}

#[derive(Debug)]
struct Entry<V> {
    value: Arc<V>,
    bytes: usize,
    used: u64,
}

/// While it lives, a value is being made; dropped on success, error and panic.
struct Making<'a, V>(&'a Cache<V>, &'a str);

impl<V> Drop for Making<'_, V> {
    fn drop(&mut self) {
        self.0.lock().making.remove(self.1);
        self.0.made.notify_all();
    }
}

impl<V> Cache<V> {
    pub(super) fn new(most_bytes: usize) -> Self {
        let (entries, making) = (BTreeMap::new(), BTreeSet::new());
        let inside = Mutex::new(Inside { entries, making, bytes: 0, uses: 0 });
        Self { most_bytes, inside, made: Condvar::new() }
    }

    /// The value of `key`, made if it is not cached. Threads that request it meanwhile wait and do
    /// not make it again. `weigh` gives its bytes; a value larger than the cache is returned but
    /// not kept.
    pub(super) fn get_or_make<E>(
        &self,
        key: &str,
        weigh: impl FnOnce(&V) -> usize,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<Arc<V>, E> {
        let mut inside = self.lock();
        loop {
            if let Some(value) = inside.find(key) {
                return Ok(value);
            }
            if inside.making.insert(key.to_owned()) {
                break;
            }
            inside = self.made.wait(inside).unwrap_or_else(PoisonError::into_inner);
        }
        drop(inside);
        let _making = Making(self, key);
        let value = Arc::new(make()?);
        let bytes = weigh(&value) + key.len();
        self.put(key, &value, bytes);
        Ok(value)
    }

    pub(super) fn get(&self, key: &str) -> Option<Arc<V>> {
        self.lock().find(key)
    }

    fn put(&self, key: &str, value: &Arc<V>, bytes: usize) {
        if bytes > self.most_bytes {
            return;
        }
        let mut inside = self.lock();
        inside.uses += 1;
        let entry = Entry { value: Arc::clone(value), bytes, used: inside.uses };
        inside.bytes += bytes;
        if let Some(before) = inside.entries.insert(key.to_owned(), entry) {
            inside.bytes -= before.bytes;
        }
        while inside.bytes > self.most_bytes {
            let Some(oldest) = inside.entries.iter().min_by_key(|(_, entry)| entry.used) else {
                return;
            };
            let oldest = oldest.0.clone();
            if let Some(gone) = inside.entries.remove(&oldest) {
                inside.bytes -= gone.bytes;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside<V>> {
        // A panic elsewhere leaves the map consistent: nothing can panic between two changes of it.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> Inside<V> {
    fn find(&mut self, key: &str) -> Option<Arc<V>> {
        self.uses += 1;
        let entry = self.entries.get_mut(key)?;
        entry.used = self.uses;
        Some(Arc::clone(&entry.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(cache: &Cache<u32>, key: &str, value: u32, bytes: usize) -> u32 {
        *cache.get_or_make(key, |_| bytes, || Ok::<_, ()>(value)).expect("made")
    }

    #[test]
    fn values_used_longest_ago_are_removed_first() {
        // Keys of one byte: each entry weighs 41 of 100.
        let cache = Cache::new(100);
        assert_eq!(make(&cache, "a", 1, 40), 1);
        assert_eq!(make(&cache, "b", 2, 40), 2);
        assert_eq!(make(&cache, "a", 9, 40), 1, "kept");
        assert_eq!(make(&cache, "c", 3, 40), 3);
        assert!(cache.get("b").is_none() && cache.get("a").is_some());
        assert_eq!(cache.lock().bytes, 82);
    }

    #[test]
    fn a_value_larger_than_the_cache_is_not_kept() {
        let cache = Cache::new(100);
        make(&cache, "a", 1, 40);
        assert_eq!(make(&cache, "b", 2, 100), 2);
        assert!(cache.get("b").is_none() && cache.get("a").is_some());
    }

    #[test]
    fn a_value_requested_by_several_threads_is_made_once() {
        let cache = Cache::new(1000);
        let made = std::sync::atomic::AtomicU32::new(0);
        let ask = || {
            let slow = || {
                std::thread::sleep(std::time::Duration::from_millis(50));
                made.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                Ok::<_, ()>(7)
            };
            assert_eq!(*cache.get_or_make("a", |_| 1, slow).expect("made"), 7);
        };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(ask);
            }
        });
        assert_eq!(made.load(std::sync::atomic::Ordering::Relaxed), 1);
        // After an error the value can be made again.
        assert_eq!(cache.get_or_make("b", |_| 1, || Err(3)).map(|_| ()), Err(3));
        assert_eq!(make(&cache, "b", 5, 1), 5);
    }
}
