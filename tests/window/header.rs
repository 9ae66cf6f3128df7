//! What is known of a made-up run before anything happens.

use gilscope::experiment::Experiment;
use gilscope::run::{Header, Machine, PythonInfo};

/// Of a run of this experiment on a machine with 8 cores.
pub(crate) fn header(id: &str, experiment: Experiment) -> Header {
    Header {
        id: id.into(),
        started_at: "2026-01-01T00:00:00Z".into(),
        gilscope: env!("CARGO_PKG_VERSION").into(),
        script: experiment.script().text,
        experiment,
        python: PythonInfo {
            version: "3.13.0".into(),
            path: "/usr/bin/python3".into(),
            gil_enabled: true,
            default_start_method: "fork".into(),
            model: false,
        },
        machine: Machine {
            cores: 8,
            system: "Linux 6.1".into(),
            memory_bytes: 16 << 30,
        },
    }
}
