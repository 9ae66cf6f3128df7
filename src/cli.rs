//! The command line: the same engine, no window.
//!
//! | file | what |
//! |---|---|
//! | `options` | every option, its units and its ranges |
//! | `run` | `gilscope run` |
//! | `pythons` | `gilscope pythons` |

mod out;
mod pythons;

/// Exit status: it could not run.
const CAN_NOT_RUN: u8 = 3;

/// Does what the command line says. Gives the exit status.
pub fn main() -> u8 {
    pythons::list(std::env::args().any(|a| a == "--json"))
}
