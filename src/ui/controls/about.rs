//! What the controls need to know besides the experiment.

use crate::engine::calibrate::Speed;
use crate::engine::pythons::Pythons;
use crate::experiment::Python;
use crate::ui::theme::Theme;
use crate::ui::topbar::meant;

/// The colours, and the chosen interpreter.
pub struct About<'a> {
    /// The colours.
    pub theme: &'a Theme,
    /// How fast the chosen interpreter is on this machine, once measured.
    pub speed: Option<Speed>,
    /// The start method that the chosen interpreter uses when none is set, where known.
    pub default_start_method: Option<&'a str>,
    /// Whether it may have a GIL; so has the model.
    pub gil: bool,
    /// Why it can't run `Way::Interpreters`, where that is known.
    pub no_interpreters: Option<&'static str>,
}

impl<'a> About<'a> {
    /// About the interpreter that a choice means among those found; none where they are still looked for.
    pub fn new(
        theme: &'a Theme,
        choice: &Python,
        pythons: Option<&'a Pythons>,
        speed: Option<Speed>,
    ) -> Self {
        let found = meant(choice, pythons);
        let model = match choice {
            Python::Builtin => true,
            Python::Newest => pythons.is_some() && found.is_none(),
            Python::Path(_) => false,
        };
        let no_interpreters = match found {
            Some(found) if !found.has_interpreters() => Some(
                "InterpreterPoolExecutor came with Python 3.14, and the chosen interpreter is older",
            ),
            None if model => {
                Some("Interpreters are not in the built-in model: they need Python 3.14 or newer")
            }
            _ => None,
        };
        Self {
            theme,
            speed,
            default_start_method: found.map(|found| found.default_start_method.as_str()),
            gil: found.is_none_or(|found| found.gil_enabled),
            no_interpreters,
        }
    }
}
