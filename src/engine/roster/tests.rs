//! What a reader of the lanes relies on.
