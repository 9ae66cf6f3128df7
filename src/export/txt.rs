//! Plain text: the bytes as they were written, in the order in which they came.

use std::io::Write;

use super::ExportError;
use crate::run::{Run, TextSource};

pub(super) fn write(
    run: &Run,
    text: &dyn TextSource,
    out: &mut dyn Write,
) -> Result<(), ExportError> {
    for block in 0..run.log.blocks().len() {
        out.write_all(&text.text(block as u64)?)?;
    }
    Ok(())
}
