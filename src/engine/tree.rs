//! Which processes belong to a run, by the operating system's word: descendants of the root, members of
//! its session, whoever reported itself, and orphans that carry the run's name in their environment.
//!
//! A process is always a number with a start time: a number alone may have been given to another.

use std::collections::{HashMap, HashSet};

use super::platform::{self, Entry};
use crate::clock;

/// The environment variable that every process of a run carries, and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    /// The variable.
    pub name: &'static str,
    /// What it is for this run.
    pub value: String,
}

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Descendants, the session, and orphans that became our children.
    Family,
    /// All that carry the run's name, too: reads the environment of every process that started since.
    Everywhere,
}

/// The processes of a run.
pub(super) struct Tree {
    root: u32,
    root_born: u64,
    root_reaped: bool,
    marker: Marker,
    /// When the newest table that was taken was read.
    read_ns: u64,
    members: HashMap<u32, Member>,
    /// Who reported itself since then, and when; the next look finds the rest.
    heard: HashMap<u32, u64>,
    /// Orphans whose environment was read: not ours.
    strangers: HashSet<(u32, u64)>,
}

/// A process of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// As it was last seen.
    pub entry: Entry,
    /// Whether it reported itself through the channel.
    pub announced: bool,
    /// In how many looks it was seen.
    pub looks: u32,
    /// When it was last known to be there.
    pub known_ns: u64,
}

/// What one look at the process table brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// Seen alive in this and one look before, and never announced. Told once.
    pub unannounced: Vec<Entry>,
    /// Members that are gone, or that wait to be reaped by their own parent. Told once.
    pub gone: Vec<Entry>,
    /// Members that have ended and are our own children now. The root is never among them.
    pub ours_to_reap: Vec<Entry>,
    /// How many members are alive.
    pub alive: usize,
}

impl Tree {
    /// A run whose root has just been started, unreaped.
    pub(super) fn new(root: u32, marker: Marker) -> Self {
        Self {
            root,
            root_born: platform::entry(root).map_or(0, |entry| entry.born),
            root_reaped: false,
            marker,
            read_ns: 0,
            members: HashMap::new(),
            heard: HashMap::new(),
            strangers: HashSet::new(),
        }
    }

    /// The root has been reaped: its number may be given away from now on.
    pub(super) fn root_reaped(&mut self) {
        self.root_reaped = true;
        self.members.remove(&self.root);
    }

    /// A process reported itself. Gives what the process table says of it; none where it is gone already.
    pub(super) fn announce(&mut self, pid: u32) -> Option<Entry> {
        if let Some(member) = self.members.get_mut(&pid) {
            member.announced = true;
            return Some(member.entry);
        }
        let entry = platform::entry(pid)?;
        let member = Member {
            entry,
            announced: true,
            looks: 0,
            known_ns: clock::now_ns(),
        };
        self.members.insert(pid, member);
        Some(entry)
    }

    /// A fork reported itself. Unlike [`Self::announce`] it reads nothing: there may be a thousand a second.
    pub(super) fn announce_fork(&mut self, pid: u32) {
        match self.members.get_mut(&pid) {
            Some(member) => member.announced = true,
            None => {
                self.heard.insert(pid, clock::now_ns());
            }
        }
    }

    /// The members that were alive at the last look.
    pub(super) fn alive(&self) -> impl Iterator<Item = &Entry> {
        self.members
            .values()
            .map(|member| &member.entry)
            .filter(|entry| entry.alive)
    }

    /// Takes in a process table that was read at `read_ns`. None where a newer one was taken before: it is
    /// read without holding anything, for a reader among five hundred busy processes may be kept waiting.
    pub(super) fn look(&mut self, read_ns: u64, table: &[Entry], reach: Reach) -> Option<Look> {
        if read_ns < self.read_ns {
            return None;
        }
        self.read_ns = read_ns;
        Some(self.take(table, reach))
    }

    fn take(&mut self, table: &[Entry], reach: Reach) -> Look {
        let ours = self.ours(table, reach);
        let mut look = Look::default();
        let me = std::process::id();
        let before = std::mem::take(&mut self.members);
        for entry in table.iter().filter(|entry| ours.contains(&entry.pid)) {
            let known = before
                .get(&entry.pid)
                .filter(|known| known.entry.born == entry.born);
            let member = Member {
                entry: *entry,
                announced: known.is_some_and(|known| known.announced)
                    || self.heard.contains_key(&entry.pid),
                looks: known.map_or(0, |known| known.looks) + 1,
                known_ns: self.read_ns,
            };
            let was_alive = known.is_none_or(|known| known.entry.alive);
            if entry.alive {
                look.alive += 1;
                if member.looks == 2 && !member.announced && entry.pid != self.root {
                    look.unannounced.push(*entry);
                }
            } else if entry.parent == me && entry.pid != self.root {
                look.ours_to_reap.push(*entry);
            } else if was_alive {
                look.gone.push(*entry);
            }
            self.members.insert(entry.pid, member);
        }
        for (pid, known) in before {
            let now = self.members.get(&pid);
            if now.is_some_and(|now| now.entry.born == known.entry.born) {
                continue;
            }
            if now.is_none() && known.known_ns > self.read_ns {
                // It announced itself after the table was read.
                look.alive += usize::from(known.entry.alive);
                self.members.insert(pid, known);
            } else if known.entry.alive {
                look.gone.push(known.entry);
            }
        }
        // Who was heard after the table was read may be missing in it.
        let read_ns = self.read_ns;
        self.heard.retain(|_, &mut heard_ns| heard_ns > read_ns);
        let members = &self.members;
        look.alive += self
            .heard
            .keys()
            .filter(|pid| !members.contains_key(pid))
            .count();
        look
    }

    /// The numbers of all members in a table.
    fn ours(&mut self, table: &[Entry], reach: Reach) -> HashSet<u32> {
        let is_known = |entry: &Entry| {
            self.members
                .get(&entry.pid)
                .is_some_and(|known| known.entry.born == entry.born)
        };
        // While the root is unreaped, or a known member is still in it, the session's number is ours.
        let session_is_ours = !self.root_reaped
            || table
                .iter()
                .any(|entry| entry.session == self.root && is_known(entry));
        let mut ours: HashSet<u32> = table
            .iter()
            .filter(|entry| {
                is_known(entry)
                    || (!self.root_reaped && entry.pid == self.root)
                    || (session_is_ours && entry.session == self.root)
            })
            .map(|entry| entry.pid)
            .collect();
        let me = std::process::id();
        for entry in table {
            let orphan = entry.parent == me || reach == Reach::Everywhere;
            let may_be = orphan && entry.alive && entry.born >= self.root_born && entry.pid != me;
            let key = (entry.pid, entry.born);
            if may_be && !ours.contains(&entry.pid) && !self.strangers.contains(&key) {
                if platform::has_in_environment(entry.pid, self.marker.name, &self.marker.value) {
                    ours.insert(entry.pid);
                } else if entry.parent == me && self.strangers.len() < 10_000 {
                    self.strangers.insert(key);
                }
            }
        }
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        for entry in table {
            children.entry(entry.parent).or_default().push(entry.pid);
        }
        let mut open: Vec<u32> = ours.iter().copied().collect();
        while let Some(pid) = open.pop() {
            for &child in children.get(&pid).into_iter().flatten() {
                if child != me && ours.insert(child) {
                    open.push(child);
                }
            }
        }
        ours
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(pid: u32, parent: u32, session: u32, born: u64) -> Entry {
        Entry {
            pid,
            parent,
            group: session,
            session,
            born,
            alive: true,
            threads: 1,
            rss_bytes: 10,
            cpu_ns: None,
        }
    }

    fn tree() -> Tree {
        let marker = Marker {
            name: "GILSCOPE_TEST_NOBODY_HAS_IT",
            value: "1".into(),
        };
        Tree {
            root_born: 5,
            ..Tree::new(4_000_000, marker)
        }
    }

    const ROOT: u32 = 4_000_000;

    #[test]
    fn descendants_and_the_session_are_ours_and_others_are_not() {
        let mut tree = tree();
        let table = [
            entry(ROOT, 1, ROOT, 5),
            entry(ROOT + 1, ROOT, ROOT, 6),
            entry(ROOT + 2, ROOT + 1, ROOT + 2, 7),
            entry(ROOT + 3, 1, ROOT, 8),
            entry(ROOT + 4, 1, 77, 9),
        ];
        let first = tree.take(&table, Reach::Family);
        assert_eq!(first.alive, 4);
        assert!(first.unannounced.is_empty() && first.gone.is_empty());
        let second = tree.take(&table, Reach::Family);
        let mut told: Vec<u32> = second.unannounced.iter().map(|e| e.pid).collect();
        told.sort_unstable();
        assert_eq!(told, [ROOT + 1, ROOT + 2, ROOT + 3]);
    }

    #[test]
    fn a_number_that_was_given_away_is_gone_and_one_that_left_stays_ours() {
        let mut tree = tree();
        tree.take(
            &[
                entry(ROOT, 1, ROOT, 5),
                entry(ROOT + 1, ROOT, ROOT + 1, 6),
                entry(ROOT + 2, ROOT, ROOT, 6),
            ],
            Reach::Family,
        );
        tree.root_reaped();
        // One left to init with a session of its own; the other's number is a stranger's now.
        let look = tree.take(
            &[entry(ROOT + 1, 1, ROOT + 1, 6), entry(ROOT + 2, 1, 88, 99)],
            Reach::Family,
        );
        assert_eq!(look.alive, 1);
        let gone: Vec<u32> = look.gone.iter().map(|e| e.pid).collect();
        assert_eq!(gone, [ROOT + 2]);
    }

    #[test]
    fn a_fork_that_reported_itself_is_told_of_no_more_and_counts_until_the_next_look() {
        let mut tree = tree();
        let early = [entry(ROOT, 1, ROOT, 5)];
        tree.announce_fork(ROOT + 1);
        assert_eq!(
            tree.take(&early, Reach::Family).alive,
            2,
            "heard after the table"
        );
        let late = [entry(ROOT, 1, ROOT, 5), entry(ROOT + 1, ROOT, ROOT, 6)];
        for _ in 0..3 {
            tree.read_ns = clock::now_ns();
            let look = tree.take(&late, Reach::Family);
            assert_eq!((look.alive, look.unannounced.len()), (2, 0));
        }
        tree.read_ns = clock::now_ns();
        assert_eq!(tree.take(&early, Reach::Family).alive, 1);
    }

    #[test]
    fn once_the_root_is_reaped_and_nobody_known_is_left_its_session_is_a_strangers() {
        let mut tree = tree();
        tree.take(&[entry(ROOT, 1, ROOT, 5)], Reach::Family);
        tree.root_reaped();
        let look = tree.take(&[entry(ROOT, 1, ROOT, 1_000)], Reach::Family);
        assert_eq!(look.alive, 0);
    }
}
