//! What a scan has found: how many lines of which blocks.

use std::collections::BTreeMap;

use crate::run::BlockId;

/// Blocks with lines that pass, in order. It grows while the scan goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Each block of which lines pass, and how many pass before it.
    blocks: Vec<(BlockId, u64)>,
    rows: u64,
    /// All blocks before this one have been looked at.
    looked_at: BlockId,
    /// Of blocks whose last line was left open: whether that passes, with what came after it.
    open: BTreeMap<BlockId, bool>,
    /// Blocks that could not be read, and the last reason.
    unread: Option<(u64, String)>,
}

/// One of the lines that pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nth {
    /// Its block.
    pub block: BlockId,
    /// Which of the block's lines that pass it is, from 0.
    pub of_passing: u32,
}

impl Found {
    /// How many lines pass.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The first block that has not been looked at.
    pub fn looked_at(&self) -> BlockId {
        self.looked_at
    }

    /// Blocks that could not be read and why the last one could not; none where all could.
    pub fn unread(&self) -> Option<(u64, &str)> {
        let (many, why) = self.unread.as_ref()?;
        Some((*many, why))
    }

    /// The `nth` line that passes.
    pub fn nth(&self, nth: u64) -> Option<Nth> {
        if nth >= self.rows {
            return None;
        }
        let after = self.blocks.partition_point(|&(_, before)| before <= nth);
        let (block, before) = *self.blocks.get(after.checked_sub(1)?)?;
        Some(Nth {
            block,
            of_passing: (nth - before) as u32,
        })
    }

    /// How many lines pass in blocks before this one.
    pub fn before(&self, block: BlockId) -> u64 {
        let at = self.blocks.partition_point(|&(id, _)| id < block);
        self.blocks.get(at).map_or(self.rows, |&(_, before)| before)
    }

    /// Whether the open line at the end of a block passes; none where the block ends with a line's end.
    pub fn open(&self, block: BlockId) -> Option<bool> {
        self.open.get(&block).copied()
    }

    /// Adds the lines of a block that is past all known ones.
    pub(super) fn push(&mut self, block: BlockId, rows: u32) {
        if rows > 0 {
            self.blocks.push((block, self.rows));
            self.rows += u64::from(rows);
        }
    }

    pub(super) fn looked_before(&mut self, past: BlockId) {
        self.looked_at = past;
    }

    pub(super) fn not_read(&mut self, blocks: u64, why: String) {
        let many = self.unread.take().map_or(0, |(many, _)| many);
        self.unread = Some((many + blocks, why));
    }

    /// Says of the open line at the end of a block whether it passes. The line is counted already as it was said before.
    pub(super) fn say_open(&mut self, block: BlockId, passes: bool) {
        let Some(before) = self.open.insert(block, passes) else {
            return;
        };
        if before == passes {
            return;
        }
        // What an open line goes on with comes soon after: few blocks are past it.
        let mut at = self.blocks.partition_point(|&(id, _)| id < block);
        let here = self.blocks.get(at).is_some_and(|&(id, _)| id == block);
        if passes {
            if !here {
                let rows = self.before(block);
                self.blocks.insert(at, (block, rows));
            }
            for (_, before) in &mut self.blocks[at + 1..] {
                *before += 1;
            }
            self.rows += 1;
        } else if here {
            let next = self.blocks.get(at + 1).map_or(self.rows, |next| next.1);
            if next - self.blocks[at].1 == 1 {
                self.blocks.remove(at);
            } else {
                at += 1;
            }
            for (_, before) in &mut self.blocks[at..] {
                *before -= 1;
            }
            self.rows -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(rows: &[u32]) -> Found {
        let mut found = Found::default();
        for (block, rows) in rows.iter().enumerate() {
            found.push(block as BlockId, *rows);
        }
        found
    }

    proptest! {
        #[test]
        fn a_line_is_found_where_it_was_counted(
            mut rows in prop::collection::vec(0_u32..4, 1..40),
            changes in prop::collection::vec((0_usize..40, any::<bool>()), 0..40),
        ) {
            let mut found = found(&rows);
            let mut open = BTreeMap::new();
            for (block, passes) in changes {
                let block = block % rows.len();
                // The first word of a line was counted with its block.
                let known = *open.entry(block).or_insert(rows[block] > 0);
                if found.open(block as BlockId).is_none() {
                    found.say_open(block as BlockId, known);
                }
                found.say_open(block as BlockId, passes);
                rows[block] = rows[block] + u32::from(passes) - u32::from(known);
                open.insert(block, passes);
            }
            let all: Vec<Nth> = rows
                .iter()
                .enumerate()
                .flat_map(|(block, rows)| {
                    (0..*rows).map(move |of_passing| Nth { block: block as BlockId, of_passing })
                })
                .collect();
            prop_assert_eq!(found.rows(), all.len() as u64);
            for (nth, expected) in all.iter().enumerate() {
                prop_assert_eq!(found.nth(nth as u64), Some(*expected));
            }
            for block in 0..=rows.len() {
                let before: u32 = rows[..block].iter().sum();
                prop_assert_eq!(found.before(block as BlockId), u64::from(before));
            }
            prop_assert_eq!(found.nth(all.len() as u64), None);
        }
    }
}
