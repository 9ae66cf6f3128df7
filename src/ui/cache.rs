//! What is worked out from a run, kept until the run changes, and worked out at most some ten times a second.

use std::hash::{DefaultHasher, Hash, Hasher};

use eframe::egui;

use crate::clock;
use crate::run::Run;

/// The least time between two workings-out while a run lives, in nanoseconds.
const PERIOD_NS: u64 = 100_000_000;
/// What is too old is shown for so long at most, if nothing else happens.
const LATEST_NS: u64 = 500_000_000;
/// A costly working-out may take up to one part in this many of the window's time.
const SHARE: u64 = 20;

/// A number that is another one when the run has changed.
pub fn stamp(run: &Run) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&run.header.id, run.changes.count()).hash(&mut hasher);
    hasher.finish()
}

/// A value worked out from a run and from something else, `K`, such as the size of a panel.
pub struct Cached<K, V> {
    key: Option<(String, K)>,
    stamp: u64,
    value: V,
    next_ns: u64,
    /// Whether there is more to do.
    more: bool,
}

impl<K, V: Default> Default for Cached<K, V> {
    fn default() -> Self {
        Self {
            key: None,
            stamp: 0,
            value: V::default(),
            next_ns: 0,
            more: false,
        }
    }
}

impl<K: PartialEq, V> Cached<K, V> {
    /// The value for `run` and `key`. Of a run that lives, one that is a little too old is kept until the
    /// time has come, and the window is asked to come again then.
    pub fn get(
        &mut self,
        ctx: &egui::Context,
        run: &Run,
        key: K,
        work_out: impl FnOnce() -> V,
    ) -> &V {
        self.renew(ctx, run, key, |value| {
            *value = work_out();
            false
        })
    }

    /// As [`Cached::get`] for a value that is changed in place. Where `renew` says that there is more to do, it goes on
    /// in the next frame.
    pub fn renew(
        &mut self,
        ctx: &egui::Context,
        run: &Run,
        key: K,
        renew: impl FnOnce(&mut V) -> bool,
    ) -> &mut V {
        let stamp = stamp(run);
        let same = self
            .key
            .as_ref()
            .is_some_and(|(id, known)| *id == run.header.id && *known == key);
        if same && stamp == self.stamp && !self.more {
            return &mut self.value;
        }
        let now_ns = clock::now_ns();
        if same && !self.more && run.end.is_none() && now_ns < self.next_ns {
            // A run that lives changes some times a second, and each frame takes cores from its workers.
            let wait = (self.next_ns - now_ns).max(LATEST_NS);
            ctx.request_repaint_after(std::time::Duration::from_nanos(wait));
            return &mut self.value;
        }
        self.more = renew(&mut self.value);
        if self.more {
            ctx.request_repaint();
        }
        self.key = Some((run.header.id.clone(), key));
        self.stamp = stamp;
        let cost_ns = clock::now_ns().saturating_sub(now_ns);
        self.next_ns = now_ns + PERIOD_NS.max(cost_ns * SHARE);
        &mut self.value
    }

    /// The value as it was last worked out.
    pub fn last(&self) -> &V {
        &self.value
    }

    /// The same, to be changed in what the run has no part in.
    pub fn last_mut(&mut self) -> &mut V {
        &mut self.value
    }
}

/// A value worked out from a run alone, that costs little: anew as soon as the run has changed.
#[derive(Clone, Debug, Default)]
pub struct PerChange<V> {
    stamp: Option<u64>,
    value: V,
}

impl<V> PerChange<V> {
    /// The value for `run`.
    pub fn get(&mut self, run: &Run, work_out: impl FnOnce() -> V) -> &V {
        let stamp = stamp(run);
        if self.stamp != Some(stamp) {
            self.value = work_out();
            self.stamp = Some(stamp);
        }
        &self.value
    }
}
