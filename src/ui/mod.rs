//! The window. Panels are given a [`view::View`] and return [`action::Action`]s; `App` applies them in one
//! `match`. Nothing here owns the run or waits for it.

pub mod action;
pub mod theme;
pub mod view;
