//! The text of a run made by hand.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use gilscope::run::{Block, BlockId, Stretch, TextError, TextSource};

type Blocks = HashMap<BlockId, (Block, Arc<[u8]>)>;

/// The text of a run, in memory; copies share it.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    blocks: Arc<Mutex<Blocks>>,
}

impl Memory {
    pub(crate) fn insert(&self, id: BlockId, block: Block, text: Arc<[u8]>) {
        self.blocks.lock().unwrap().insert(id, (block, text));
    }

    fn block(&self, block: BlockId) -> Result<(Block, Arc<[u8]>), TextError> {
        let found = self.blocks.lock().unwrap().get(&block).cloned();
        found.ok_or(TextError {
            block,
            why: "there is no such block".into(),
        })
    }
}

impl TextSource for Memory {
    fn text(&self, block: BlockId) -> Result<Arc<[u8]>, TextError> {
        self.block(block).map(|(_, text)| text)
    }

    fn stretch(&self, from: BlockId, _: BlockId) -> Result<Stretch, TextError> {
        let (block, text) = self.block(from)?;
        Ok(Stretch {
            first: from,
            blocks: vec![block],
            text,
        })
    }
}
