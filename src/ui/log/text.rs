//! Text block by block: a small cache in front of the [`TextSource`], so that a frame never reads twice.

use std::collections::HashMap;
use std::sync::Arc;

use crate::run::{BlockId, TextSource};

/// Blocks that are kept; the ones unused for longest go first. Twice what a window's height can show.
const BLOCKS: usize = 256;
/// Bytes that are kept, a last block of any size apart.
const BYTES: usize = 32 << 20;

/// The text of a block, cut into rows.
struct Text {
    bytes: Arc<[u8]>,
    /// Where each row begins.
    starts: Vec<u32>,
    used: u64,
}

/// The blocks that were shown last.
#[derive(Default)]
pub struct TextCache {
    run: String,
    blocks: HashMap<BlockId, Result<Text, String>>,
    bytes: usize,
    clock: u64,
}

impl TextCache {
    /// Forgets everything when another run is shown.
    pub fn of_run(&mut self, id: &str) {
        if self.run != id {
            *self = Self {
                run: id.to_owned(),
                ..Self::default()
            };
        }
    }

    /// The bytes of a row, its newline included; or why there are none.
    pub fn row(
        &mut self,
        source: &dyn TextSource,
        block: BlockId,
        row: u32,
    ) -> Result<&[u8], &str> {
        self.clock += 1;
        if !self.blocks.contains_key(&block) {
            self.make_room();
            let text = source
                .text(block)
                .map(Text::new)
                .map_err(|error| error.to_string());
            self.bytes += text.as_ref().map_or(0, |text| text.bytes.len());
            self.blocks.insert(block, text);
        }
        match self.blocks.get_mut(&block) {
            Some(Ok(text)) => {
                text.used = self.clock;
                text.row(row)
                    .ok_or("the run file has fewer lines here than its index says")
            }
            Some(Err(why)) => Err(why),
            None => Err("the text went missing"),
        }
    }

    /// Lets errors be tried again, such as of a block that is still on its way to the file.
    pub fn forget_errors(&mut self) {
        self.blocks.retain(|_, text| text.is_ok());
    }

    fn make_room(&mut self) {
        while self.blocks.len() >= BLOCKS || (self.bytes > BYTES && !self.blocks.is_empty()) {
            let oldest = self
                .blocks
                .iter()
                .min_by_key(|(_, text)| text.as_ref().map_or(0, |text| text.used))
                .map(|(block, _)| *block);
            let Some(gone) = oldest.and_then(|block| self.blocks.remove(&block)) else {
                return;
            };
            self.bytes -= gone.map_or(0, |text| text.bytes.len());
        }
    }
}

impl Text {
    fn new(bytes: Arc<[u8]>) -> Self {
        let after = memchr::memchr_iter(b'\n', &bytes).map(|at| at as u32 + 1);
        let starts = std::iter::once(0)
            .chain(after)
            .filter(|start| (*start as usize) < bytes.len())
            .collect();
        Self {
            bytes,
            starts,
            used: 0,
        }
    }

    fn row(&self, row: u32) -> Option<&[u8]> {
        let start = *self.starts.get(row as usize)? as usize;
        let end = self
            .starts
            .get(row as usize + 1)
            .map_or(self.bytes.len(), |end| *end as usize);
        self.bytes.get(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Stretch, TextError};

    struct Source;

    impl TextSource for Source {
        fn text(&self, block: BlockId) -> Result<Arc<[u8]>, TextError> {
            match block {
                0 => Ok(Arc::from(&b"a\n\nlast"[..])),
                1 => Ok(Arc::from(&b"x\n"[..])),
                _ => Err(TextError {
                    block,
                    why: "it is gone".into(),
                }),
            }
        }

        fn stretch(&self, from: BlockId, _: BlockId) -> Result<Stretch, TextError> {
            let why = "it is not asked for".into();
            Err(TextError { block: from, why })
        }
    }

    #[test]
    fn rows_are_cut_at_newlines() {
        let mut cache = TextCache::default();
        let mut row = |block, row| {
            cache
                .row(&Source, block, row)
                .map(<[u8]>::to_vec)
                .map_err(str::to_owned)
        };
        assert_eq!(row(0, 0), Ok(b"a\n".to_vec()));
        assert_eq!(row(0, 1), Ok(b"\n".to_vec()));
        assert_eq!(row(0, 2), Ok(b"last".to_vec()));
        assert!(row(0, 3).is_err());
        assert_eq!(row(1, 0), Ok(b"x\n".to_vec()));
        assert!(row(1, 1).is_err());
        assert!(row(7, 0).is_err_and(|why| why.contains("it is gone")));
    }

    #[test]
    fn the_cache_stays_small() {
        struct Endless;
        impl TextSource for Endless {
            fn text(&self, _: BlockId) -> Result<Arc<[u8]>, TextError> {
                Ok(Arc::from(vec![b'x'; 1 << 20]))
            }

            fn stretch(&self, from: BlockId, _: BlockId) -> Result<Stretch, TextError> {
                Source.stretch(from, from + 1)
            }
        }
        let mut cache = TextCache::default();
        for block in 0..1000 {
            assert!(cache.row(&Endless, block, 0).is_ok());
        }
        assert!(cache.bytes <= BYTES + (1 << 20));
        assert!(cache.blocks.len() <= BLOCKS);
    }
}
