//! What an opened run may bring into the controls. The file may be anybody's: its experiment is checked, a
//! script of it is text to look at and never a path, its interpreter is left alone, and nothing is run.

use crate::experiment::{Buffering, Experiment, Limits, check};
use crate::run::Header;

/// Scripts larger than this are no scripts, in bytes.
const SCRIPT_BYTES: usize = 4 << 20;

/// What is taken from a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Adopted {
    /// Ways and sliders.
    Controls(Experiment),
    /// A script that ruled.
    Script {
        /// The run it came with.
        from: String,
        /// Its source, as it ran.
        text: String,
        /// `sys.argv[1:]`.
        args: Vec<String>,
        /// What might end it.
        limits: Limits,
        /// How its output was buffered.
        buffering: Buffering,
    },
}

impl Adopted {
    /// What this run brings, or why it can bring nothing; `from` is its name.
    pub fn of(header: &Header, from: &str) -> Result<Self, String> {
        let e = &header.experiment;
        let refused = |why: &str| format!("The controls stay as they were: {from} {why}.");
        check(e).map_err(|invalid| refused(&format!("has an impossible {invalid}")))?;
        let Some(own) = &e.script else {
            return Ok(Self::Controls(e.clone()));
        };
        if header.script.len() > SCRIPT_BYTES {
            return Err(refused("has a script that is too long"));
        }
        Ok(Self::Script {
            from: from.to_owned(),
            text: header.script.clone(),
            args: arguments(&own.args),
            limits: e.limits.clone(),
            buffering: e.buffering,
        })
    }
}

/// Only what can be shown, and so can be seen before it is used.
pub(in crate::ui) fn arguments(args: &[String]) -> Vec<String> {
    match shlex::try_join(args.iter().map(String::as_str)) {
        Ok(_) => args.to_vec(),
        Err(_) => Vec::new(),
    }
}
