//! What the probe says, and how it is read from the channel's bytes.

/// One thing that a probe said.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {}
