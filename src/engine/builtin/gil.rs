//! A model of CPython's global interpreter lock, as it is since 3.2: one lock, and a request to let it go. It stamps who
//! held it and who waited for it: no other process need be read for that.
//!
//! A thread that wants it waits for the switch interval; if nobody let it go in that time it sets a
//! request. The holder sees the request at its next check, lets go, and waits until another has taken
//! over, so that a hand-off really happens.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::clock;
use crate::engine::channel::Span;

/// CPython's own switch interval.
pub(super) const INTERVAL: Duration = Duration::from_millis(5);

#[derive(Debug, Default)]
struct State {
    held: bool,
    holder: u64,
    waiting: usize,
    handoffs: u64,
    /// Since when it is held, or since when that is told.
    since_ns: u64,
    spans: Vec<Span>,
    told_ns: u64,
}

/// Spans that are kept until they are told: of a thread that prints all the time there would be a hundred thousand. What
/// comes after them is not told of.
const SPANS: usize = 2_000;

impl State {
    fn note(&mut self, me: u64, held: bool, from_ns: u64, to_ns: u64) {
        if to_ns > from_ns && self.spans.len() < SPANS {
            self.spans.push(Span {
                owner: me,
                held,
                from_ns,
                to_ns,
            });
        }
    }
}

/// What was stamped in a time.
#[derive(Debug)]
pub(super) struct Stamps {
    pub(super) from_ns: u64,
    pub(super) to_ns: u64,
    pub(super) handoffs: u64,
    /// In the order of their ends; the owner is the thread's number here.
    pub(super) spans: Vec<Span>,
}

/// The lock.
#[derive(Debug)]
pub(super) struct Gil {
    state: Mutex<State>,
    free: Condvar,
    switched: Condvar,
    asked: AtomicBool,
    interval: Duration,
}

impl Gil {
    /// A free lock; none for CPython's own interval.
    pub(super) fn new(interval: Option<Duration>) -> Self {
        Self {
            state: Mutex::default(),
            free: Condvar::new(),
            switched: Condvar::new(),
            asked: AtomicBool::new(false),
            interval: interval.unwrap_or(INTERVAL),
        }
    }

    /// Takes it, waiting as long as it needs. `me` is another number for each thread, from 1.
    pub(super) fn take(&self, me: u64) {
        let mut state = self.state.lock();
        let asked_ns = state.held.then(clock::now_ns);
        state.waiting += 1;
        while state.held {
            let handoffs = state.handoffs;
            let late = self.free.wait_for(&mut state, self.interval).timed_out();
            if late && state.held && state.handoffs == handoffs {
                self.asked.store(true, Ordering::Relaxed);
            }
        }
        state.waiting -= 1;
        state.held = true;
        state.since_ns = clock::now_ns();
        if let Some(from_ns) = asked_ns {
            let to_ns = state.since_ns;
            state.note(me, false, from_ns, to_ns);
        }
        if state.holder != me {
            state.holder = me;
            state.handoffs += 1;
        }
        self.asked.store(false, Ordering::Relaxed);
        self.switched.notify_all();
    }

    /// Lets it go, as around every call that may block.
    pub(super) fn let_go(&self, me: u64) {
        let mut state = self.state.lock();
        state.held = false;
        let (from_ns, to_ns) = (state.since_ns, clock::now_ns());
        state.note(me, true, from_ns, to_ns);
        self.free.notify_one();
        if self.asked.load(Ordering::Relaxed) {
            // Whoever asked must get it, or this thread would take it again at once.
            while state.holder == me && state.waiting > 0 {
                self.switched.wait(&mut state);
            }
        }
    }

    /// What the interpreter does between instructions: lets it go where another asked.
    pub(super) fn check(&self, me: u64) {
        if self.asked.load(Ordering::Relaxed) {
            self.let_go(me);
            self.take(me);
        }
    }

    /// Does `call` without it.
    pub(super) fn without<T>(&self, me: u64, call: impl FnOnce() -> T) -> T {
        self.let_go(me);
        let result = call();
        self.take(me);
        result
    }

    /// What was stamped since the last call, and what is held now until now.
    pub(super) fn told(&self) -> Stamps {
        let mut state = self.state.lock();
        let now_ns = clock::now_ns();
        if state.held {
            let (me, from_ns) = (state.holder, state.since_ns);
            state.note(me, true, from_ns, now_ns);
            state.since_ns = now_ns;
        }
        let from_ns = if state.told_ns == 0 {
            state
                .spans
                .iter()
                .map(|span| span.from_ns)
                .min()
                .unwrap_or(now_ns)
        } else {
            state.told_ns
        };
        state.told_ns = now_ns;
        let to_ns = if state.spans.len() < SPANS {
            now_ns
        } else {
            state.spans.last().map_or(now_ns, |span| span.to_ns)
        };
        Stamps {
            from_ns,
            to_ns,
            handoffs: state.handoffs,
            spans: std::mem::take(&mut state.spans),
        }
    }

    /// How often another thread took it than had it before.
    #[cfg(test)]
    fn handoffs(&self) -> u64 {
        self.state.lock().handoffs
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;

    #[test]
    fn busy_threads_take_turns_of_about_the_interval_and_never_at_once() {
        let gil = Gil::new(Some(Duration::from_millis(2)));
        let inside = AtomicU64::new(0);
        let began = std::time::Instant::now();
        let turns = std::thread::scope(|scope| {
            let threads: Vec<_> = (1..=3)
                .map(|me| {
                    let (gil, inside) = (&gil, &inside);
                    scope.spawn(move || {
                        let mut rounds = 0_u64;
                        gil.take(me);
                        while began.elapsed() < Duration::from_millis(300) {
                            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two at once");
                            rounds += 1;
                            inside.fetch_sub(1, Ordering::SeqCst);
                            gil.check(me);
                        }
                        gil.let_go(me);
                        rounds
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|t| t.join().unwrap())
                .collect::<Vec<_>>()
        });
        assert!(turns.iter().all(|&rounds| rounds > 0), "{turns:?}");
        // 150 at best; a loaded machine hands off later, never sooner.
        let handoffs = gil.handoffs();
        assert!((3..=160).contains(&handoffs), "{handoffs}");
    }
}
