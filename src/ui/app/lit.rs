//! Which lines of the shown script are being run.

use super::App;
use crate::ui::script::Lit;

impl App {
    /// Of the shown run, at the pointer's time or now. The run is locked for no longer than this takes.
    pub(super) fn lit(&self) -> Lit {
        let live = self.opened.is_none() && self.alive();
        let text = self.script.shown();
        self.with_run(|run| Lit::of(run, text, self.focus.point_ns, live))
            .unwrap_or_default()
    }
}
