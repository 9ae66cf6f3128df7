//! Gilscope: see what Python does when it starts threads and processes.
//!
//! The map. Data goes one way, and a layer uses only what stands above it here:
//!
//! | module | what it is | make a change here when |
//! |---|---|---|
//! | [`clock`] | monotonic nanoseconds, the same clock that Python's `time.monotonic_ns` reads | time itself is wrong |
//! | [`crash`] | a report and a sentence when a part of the program fails; what may fail without that | a failure is told otherwise |
//! | [`private`] | folders of this user alone, and those that a killed program left | one stays behind |
//! | [`experiment`] | what the user asks for: pure data, validated; writes the Python source | a control, a work or a way is added |
//! | [`run`] | what happened: events, lanes, series, log index, figures; [`run::Run::apply`] is the only way in | a figure or a lane is wrong |
//! | [`store`] | the run file: record, open, the folder of kept runs | the file format changes |
//! | [`search`] | finds lines in a run's log, however long | what can be looked for, or how fast |
//! | [`export`] | one file a format, each from a run | a format is added |
//! | [`engine`] | everything that touches the operating system: controller, launch, probe, pump, sampler, built-in workers | something is measured or started otherwise |
//! | [`ui`] | the window: panels return actions, `App` applies them | it looks or feels wrong |
//! | [`cli`] | the command line, same engine, no window | an option is added |
//!
//! A test (`tests/it/layers.rs`) holds these arrows.

pub mod cli;
pub mod clock;
pub mod crash;
pub mod engine;
pub mod experiment;
pub mod export;
pub mod private;
pub mod run;
pub mod search;
pub mod store;
pub mod ui;
