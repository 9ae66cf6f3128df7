//! `gilscope export`: the log of a run file in another format.

use std::io::Write;

use super::options::Export;
use super::{CAN_NOT_RUN, WELL, out};
use crate::{export, store};

/// Writes it whole, or says why not. Gives the exit status.
pub(super) fn export(options: &Export) -> u8 {
    let (run, text) = match store::open(&options.file) {
        Ok(opened) => opened,
        Err(error) => {
            out::say(&error.to_string());
            return CAN_NOT_RUN;
        }
    };
    let written = if let Some(path) = &options.out {
        export::to_file(&run, text.as_ref(), options.to, path)
    } else {
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        export::to_writer(&run, text.as_ref(), options.to, &mut out)
            .and_then(|()| out.flush().map_err(Into::into))
    };
    match written {
        Ok(()) => WELL,
        // Whoever read it has enough.
        Err(export::ExportError::Stream(why)) if why.kind() == std::io::ErrorKind::BrokenPipe => {
            WELL
        }
        Err(error) => {
            out::say(&error.to_string());
            CAN_NOT_RUN
        }
    }
}
