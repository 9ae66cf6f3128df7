//! The built-in engine: this program as the workers, where no Python is.

/// The variable that names this program where the running one is another, such as a test's.
pub const PROGRAM: &str = "GILSCOPE_PROGRAM";

/// Is a worker. Gives the exit status.
pub fn worker(_what: &[String]) -> u8 {
    2
}
