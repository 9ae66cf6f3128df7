//! Finds lines of a run's log, however long it is: what has a text, what is kept or dropped.
//!
//! A [`Query`] is what the user says, a [`Sieve`] what lines must pass, a [`Scan`] goes through the run's text beside
//! the window and brings [`Found`]: how many lines of which block pass, not which lines. So it stays small where every
//! line passes; which lines of a block these are is found again for the few blocks in view.

mod found;
mod query;
mod scan;
mod sieve;

pub use found::{Found, Nth};
pub use query::{Pattern, Query, QueryError};
pub use scan::Scan;
pub use sieve::{Plain, Sieve};
