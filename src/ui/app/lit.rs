//! Which lines of the shown script are being run.

use std::sync::Arc;

use super::App;
use crate::ui::script::Lit;

impl App {
    /// Of the shown run, at the pointer's time or now. The run is locked for no longer than this takes.
    pub(super) fn lit(&mut self) -> Arc<Lit> {
        let live = self.opened.is_none() && self.alive();
        let mut lines = std::mem::take(&mut self.lit);
        let (ctx, text) = (&self.ctx, self.script.shown());
        let lit = self.with_run(|run| lines.of(ctx, run, text, self.focus.point_ns, live));
        self.lit = lines;
        lit.unwrap_or_default()
    }
}
