//! The window. Panels are given a [`view::View`] and return [`action::Action`]s; `App` applies them in one
//! `match`. Nothing here owns the run or waits for it.

pub mod about;
pub mod action;
pub mod app;
pub mod cache;
pub mod controls;
pub mod cpu;
pub mod dialogs;
pub mod figures;
pub mod gestures;
pub mod hand_over;
pub mod jobs;
pub mod log;
mod menu;
pub mod notices;
pub mod picture;
pub mod processes;
pub mod reading;
pub mod script;
pub mod settings;
pub mod shortcuts;
pub mod start;
pub mod theme;
pub mod time_axis;
pub mod timeline;
pub mod topbar;
pub mod view;
pub mod which;
pub mod who;
pub mod zoom;

mod open;
mod renderer;

pub use app::{App, Setup};
pub use open::open;
