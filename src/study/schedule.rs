//! Schedules pieces of work on threads: each begins when what it needs is done, and no thread waits
//! while any can begin. What another process works on is put aside and looked at again; does not know
//! what the work is.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// One piece of work.
#[derive(Debug, Clone)]
pub(super) struct Piece<T> {
    pub(super) work: T,
    /// Places of the pieces that must be done before; all precede this one.
    pub(super) needs: Vec<usize>,
}

/// How an attempt at a piece ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    /// The piece is done, by this process or another.
    Done,
    /// Another process works on it.
    Elsewhere,
}

/// How soon a piece that another process works on is looked at again; twice as long each time.
const POLL: Duration = Duration::from_millis(50);
/// The longest that this becomes is 2^6 times as long.
const MOST_DOUBLINGS: u32 = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Open,
    Begun,
    /// Another process works on it; to be looked at again from a time on.
    Aside(Instant),
    Done,
}

struct State<E> {
    status: Vec<Status>,
    /// How often each piece was found to be worked on by another process.
    tries: Vec<u32>,
    /// Of the first piece, in their order, that failed so far.
    failure: Option<(usize, E)>,
    /// A thread ended by a panic.
    abandoned: bool,
    busy: Duration,
}

/// The pieces that a run shares among its threads.
struct Board<'a, T, E> {
    pieces: &'a [Piece<T>],
    /// Where among the pieces that can begin to look first, 0 to below 1.
    offset: f64,
    state: Mutex<State<E>>,
    changed: Condvar,
}

impl<T, E> Board<'_, T, E> {
    fn state(&self) -> MutexGuard<'_, State<E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first piece that can begin, now begun, with how often it was put aside; waits for one.
    /// Nothing if none will.
    fn next(&self) -> Option<(usize, u32)> {
        let mut state = self.state();
        loop {
            if state.failure.is_some() || state.abandoned {
                return None;
            }
            let ready = |place: &usize| {
                let needs = &self.pieces[*place].needs;
                state.status[*place] == Status::Open
                    && needs.iter().all(|&need| state.status[need] == Status::Done)
            };
            let place = if self.offset > 0.0 {
                let ready: Vec<usize> = (0..self.pieces.len()).filter(ready).collect();
                ready.get((self.offset * ready.len() as f64) as usize).copied()
            } else {
                (0..self.pieces.len()).find(ready)
            };
            let now = Instant::now();
            let due = |status: &Status| matches!(status, Status::Aside(until) if *until <= now);
            if let Some(place) = place.or_else(|| state.status.iter().position(due)) {
                state.status[place] = Status::Begun;
                return Some((place, state.tries[place]));
            }
            let waits = state.status.iter().filter_map(|status| match status {
                Status::Aside(until) => Some(until.saturating_duration_since(now)),
                _ => None,
            });
            state = match waits.min() {
                Some(wait) => {
                    let woken = self.changed.wait_timeout(state, wait);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
                None if !state.status.contains(&Status::Open) => return None,
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn end(&self, place: usize, result: Result<Attempt, E>, time: Duration) {
        let mut state = self.state();
        state.busy += time;
        match result {
            Ok(Attempt::Done) => state.status[place] = Status::Done,
            Ok(Attempt::Elsewhere) => {
                let wait = POLL * 2_u32.pow(state.tries[place].min(MOST_DOUBLINGS));
                state.tries[place] += 1;
                state.status[place] = Status::Aside(Instant::now() + wait);
            }
            Err(error) if state.failure.as_ref().is_none_or(|(first, _)| place < *first) => {
                state.failure = Some((place, error));
            }
            Err(_) => {}
        }
        drop(state);
        self.changed.notify_all();
    }
}

/// Wakes the other threads when its own ends by a panic.
struct Guard<'a, 'b, T, E>(&'a Board<'b, T, E>);

impl<T, E> Drop for Guard<'_, '_, T, E> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.state().abandoned = true;
            self.0.changed.notify_all();
        }
    }
}

/// Does `work` on all pieces, `workers` at a time, the first that can begin in their order or, with
/// an `offset`, that far into those that can. `work` is told how often the piece was put aside.
/// Gives the time that threads waited, summed; after a failure no piece begins any more.
///
/// # Errors
/// The failure of the first piece in their order that failed.
pub(super) fn run<T: Sync, E: Send>(
    pieces: &[Piece<T>],
    workers: usize,
    offset: f64,
    work: impl Fn(&T, u32) -> Result<Attempt, E> + Sync,
) -> Result<Duration, E> {
    let workers = workers.max(1);
    let state = State {
        status: vec![Status::Open; pieces.len()],
        tries: vec![0; pieces.len()],
        failure: None,
        abandoned: false,
        busy: Duration::ZERO,
    };
    let board = Board { pieces, offset, state: Mutex::new(state), changed: Condvar::new() };
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..workers.min(pieces.len()) {
            scope.spawn(|| {
                let _guard = Guard(&board);
                while let Some((place, tries)) = board.next() {
                    let began = Instant::now();
                    let result = work(&pieces[place].work, tries);
                    board.end(place, result, began.elapsed());
                }
            });
        }
    });
    let all = began.elapsed() * workers as u32;
    let State { failure, busy, .. } =
        board.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    match failure {
        Some((_, error)) => Err(error),
        None => Ok(all.saturating_sub(busy)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(work: usize, needs: &[usize]) -> Piece<usize> {
        Piece { work, needs: needs.to_vec() }
    }

    #[test]
    fn pieces_begin_after_what_they_need() {
        // Two chains, 0 → 2 → 4 and 1 → 3 → 5, and 6 after both.
        let pieces = [
            piece(0, &[]),
            piece(1, &[]),
            piece(2, &[0]),
            piece(3, &[1]),
            piece(4, &[2]),
            piece(5, &[3]),
            piece(6, &[4, 5]),
        ];
        for workers in [1, 2, 7] {
            let order = Mutex::new(Vec::new());
            run::<_, ()>(&pieces, workers, 0.5, |&number, _| {
                order.lock().unwrap().push(number);
                Ok(Attempt::Done)
            })
            .unwrap();
            let order = order.into_inner().unwrap();
            let place = |number: usize| order.iter().position(|&one| one == number).unwrap();
            assert_eq!(order.len(), pieces.len());
            for piece in &pieces {
                assert!(piece.needs.iter().all(|&need| place(need) < place(piece.work)));
            }
        }
    }

    #[test]
    fn no_thread_waits_while_a_piece_can_begin() {
        // 0 ends only after 2 began, which needs 1 alone: with a barrier it would never end.
        let pieces = [piece(0, &[]), piece(1, &[]), piece(2, &[1]), piece(3, &[0])];
        let (begun, changed) = (Mutex::new(false), Condvar::new());
        run::<_, ()>(&pieces, 2, 0.0, |&number, _| {
            match number {
                0 => drop(changed.wait_while(begun.lock().unwrap(), |begun| !*begun).unwrap()),
                2 => {
                    *begun.lock().unwrap() = true;
                    changed.notify_all();
                }
                _ => {}
            }
            Ok(Attempt::Done)
        })
        .unwrap();
    }

    #[test]
    fn the_first_failure_counts_and_nothing_begins_after_it() {
        let pieces = [piece(0, &[]), piece(1, &[0]), piece(2, &[1])];
        let begun = Mutex::new(Vec::new());
        let error = run(&pieces, 3, 0.0, |&number, _| {
            begun.lock().unwrap().push(number);
            if number == 1 { Err(format!("{number} failed")) } else { Ok(Attempt::Done) }
        });
        assert_eq!(error, Err("1 failed".to_owned()));
        assert_eq!(begun.into_inner().unwrap(), [0, 1]);
    }

    #[test]
    fn a_panic_ends_the_run() {
        let pieces = [piece(0, &[]), piece(1, &[0])];
        let result = std::panic::catch_unwind(|| {
            run::<_, ()>(&pieces, 2, 0.0, |&number, _| {
                assert_ne!(number, 0, "the first piece panics");
                Ok(Attempt::Done)
            })
        });
        assert!(result.is_err());
    }

    #[test]
    fn idle_threads_are_counted() {
        // One piece for four threads: three wait all the time.
        let pause = Duration::from_millis(20);
        let waited = run::<_, ()>(&[piece(0, &[])], 4, 0.0, |_, _| {
            std::thread::sleep(pause);
            Ok(Attempt::Done)
        });
        assert!(waited.unwrap() >= 3 * pause);
    }

    #[test]
    fn what_another_process_works_on_is_put_aside_and_looked_at_again() {
        // 0 is elsewhere until 1 and 2 are done, which one thread would never reach by waiting.
        let pieces = [piece(0, &[]), piece(1, &[]), piece(2, &[1]), piece(3, &[0])];
        let order = Mutex::new(Vec::new());
        run::<_, ()>(&pieces, 1, 0.0, |&number, tries| {
            let mut order = order.lock().unwrap();
            if number == 0 && order.len() < 2 {
                assert_eq!(tries, 0);
                return Ok(Attempt::Elsewhere);
            }
            order.push(number);
            Ok(Attempt::Done)
        })
        .unwrap();
        assert_eq!(order.into_inner().unwrap(), [1, 2, 0, 3]);
    }

    #[test]
    fn an_offset_only_says_where_to_begin_looking() {
        let pieces: Vec<Piece<usize>> = (0..8).map(|number| piece(number, &[])).collect();
        let first = |offset| {
            let order = Mutex::new(Vec::new());
            run::<_, ()>(&pieces, 1, offset, |&number, _| {
                order.lock().unwrap().push(number);
                Ok(Attempt::Done)
            })
            .unwrap();
            let order = order.into_inner().unwrap();
            assert_eq!(order.len(), 8);
            order[0]
        };
        assert_eq!([0.0, 0.25, 0.5, 0.99].map(first), [0, 2, 4, 7]);
    }
}
