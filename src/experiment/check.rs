//! What may be asked for: every refusal names the option and its range.

use super::{
    ARGUMENT, COUNT, Experiment, Join, MEMORY_BYTES, ROUNDS, STEPS, SWITCH_INTERVAL_S,
    TIME_LIMIT_S, WAIT_S, Way, Work,
};

/// An option that can't be, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{option}: {why}")]
pub struct Invalid {
    /// The option as on the command line, such as `--count`.
    pub option: &'static str,
    /// What is wrong with it, and what it may be.
    pub why: String,
}

/// Refuses what is out of range or contradicts itself; the first thing found is returned.
pub fn check(experiment: &Experiment) -> Result<(), Invalid> {
    let e = experiment;
    let limits = &e.limits;
    if let Some(time_s) = limits.time_s {
        range("--time-limit", time_s, &TIME_LIMIT_S, " s")?;
    }
    if let Some(interval_s) = e.switch_interval_s {
        range("--switch-interval", interval_s, &SWITCH_INTERVAL_S, " s")?;
    }
    if let Some(bytes) = limits.memory_bytes {
        range("--memory-limit", bytes, &MEMORY_BYTES, " bytes")?;
    }
    match (e.way, &e.script) {
        (Way::Script, None) => return refuse("--way", "script needs --script FILE"),
        (Way::Script, Some(_)) => return Ok(()),
        (way, Some(_)) => {
            return refuse(
                "--script",
                format!("an own script rules: it can't go with --way {way}"),
            );
        }
        (_, None) => {}
    }
    range("--count", e.count, &COUNT, "")?;
    range("--arg", e.a, &ARGUMENT, "")?;
    range("--arg", e.b, &ARGUMENT, "")?;
    match e.work {
        Work::Burn => range("--amount", e.steps, &STEPS, " steps")?,
        Work::Hash => range("--amount", e.rounds, &ROUNDS, " rounds")?,
        Work::Wait => range("--amount", e.wait_s, &WAIT_S, " s")?,
        Work::Hello | Work::Args | Work::Forever => {}
    }
    if e.start_method.is_some() && !matches!(e.way, Way::Processes | Way::Pool) {
        return refuse(
            "--start-method",
            format!(
                "only processes and pool start processes; --way is {}",
                e.way
            ),
        );
    }
    match (e.way, e.join) {
        (Way::Turn, Join::End | Join::Never) => refuse(
            "--join",
            "in turn each call ends before the next begins: only each is possible",
        ),
        (Way::Pool, Join::Never) => refuse(
            "--join",
            "a pool that is not waited for drops its work: each or end are possible",
        ),
        _ => Ok(()),
    }
}

fn refuse(option: &'static str, why: impl Into<String>) -> Result<(), Invalid> {
    Err(Invalid {
        option,
        why: why.into(),
    })
}

fn range<T: PartialOrd + std::fmt::Display>(
    option: &'static str,
    value: T,
    range: &std::ops::RangeInclusive<T>,
    unit: &str,
) -> Result<(), Invalid> {
    if range.contains(&value) {
        return Ok(());
    }
    refuse(
        option,
        format!(
            "{value}{unit} is out of range: {} to {}{unit}",
            range.start(),
            range.end()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_possible_and_a_refusal_names_option_and_range() {
        assert_eq!(check(&Experiment::default()), Ok(()));
        let many = Experiment {
            count: 501,
            ..Experiment::default()
        };
        let said = check(&many).unwrap_err().to_string();
        assert!(
            said.contains("--count") && said.contains("1 to 500"),
            "{said}"
        );
        let nan = Experiment {
            work: Work::Wait,
            wait_s: f64::NAN,
            ..Experiment::default()
        };
        assert_eq!(check(&nan).unwrap_err().option, "--amount");
        let turn = Experiment {
            way: Way::Turn,
            join: Join::End,
            ..Experiment::default()
        };
        assert_eq!(check(&turn).unwrap_err().option, "--join");
    }
}
