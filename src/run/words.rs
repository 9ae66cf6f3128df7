//! How an end is said in words: for the table, the log of the command line, and exports.

use super::Ended;

impl Ended {
    /// Such as `exited 0`, `failed 1`, `killed by SIGKILL`. `system` is [`super::Machine::system`]: the
    /// numbers of signals differ between systems.
    pub fn words(self, system: &str) -> String {
        match self {
            Self::Unknown => "ended, nobody said how".to_owned(),
            Self::Exited(0) => "exited 0".to_owned(),
            // Windows ends a crashed process with an NTSTATUS, which nobody recognises in decimal.
            Self::Exited(status) if status < -0xff => format!("failed {:#010X}", status as u32),
            Self::Exited(status) => format!("failed {status}"),
            Self::Killed(signal) => format!("killed by {}", signal_name(signal, system)),
            Self::ByParent(signal) => {
                format!("ended by its parent ({})", signal_name(signal, system))
            }
            Self::Returned => "returned".to_owned(),
            Self::Raised => "left by an exception".to_owned(),
        }
    }
}

/// Such as `SIGKILL`; `signal 42` where it has no name that we know.
pub fn signal_name(signal: i32, system: &str) -> String {
    let linux = system.starts_with("Linux");
    let name = match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        7 if linux => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        10 if linux => "SIGUSR1",
        10 => "SIGBUS",
        11 => "SIGSEGV",
        12 if linux => "SIGUSR2",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        30 if !linux => "SIGUSR1",
        31 if linux => "SIGSYS",
        31 => "SIGUSR2",
        _ => return format!("signal {signal}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_said_as_its_system_means_it() {
        for (how, system, words) in [
            (Ended::Exited(0), "Linux 6.1", "exited 0"),
            (Ended::Exited(3), "Linux 6.1", "failed 3"),
            (Ended::Killed(9), "Linux 6.1", "killed by SIGKILL"),
            (Ended::Killed(10), "Linux 6.1", "killed by SIGUSR1"),
            (Ended::Killed(10), "macOS 14", "killed by SIGBUS"),
            (Ended::Killed(99), "Linux 6.1", "killed by signal 99"),
            (
                Ended::Exited(0xC000_0005_u32.cast_signed()),
                "Windows 11",
                "failed 0xC0000005",
            ),
        ] {
            assert_eq!(how.words(system), words);
        }
    }
}
