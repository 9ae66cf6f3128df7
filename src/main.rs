//! Opens the window, or does what the command line says without one.

fn main() {}
