//! Opens the native window.

use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::Context as _;
use eframe::egui;

use super::settings::{Place, Settings};
use super::{App, Setup, renderer};
use crate::engine::platform::opened;

/// The least size in which nothing is cut off, in points.
const LEAST: [f32; 2] = [1024.0, 640.0];
/// The size of the first start, in points.
const FIRST: [f32; 2] = [1440.0, 860.0];

/// The window's icon; `dist/icon.sh` makes it.
const ICON: &[u8] = include_bytes!("../../assets/icon.png");

/// Opens the window and returns when it is closed; `file` is a run or a script to open in it.
///
/// Fails where no window can be opened: no display, or no OpenGL.
pub fn open(file: Option<PathBuf>) -> anyhow::Result<()> {
    let settings = Settings::usual_path();
    let place = settings
        .as_deref()
        .map(place_of_last_time)
        .unwrap_or_default();
    let setup = Setup {
        settings,
        file,
        ..Setup::default()
    };
    opened::expect();
    let mut failed: Vec<String> = Vec::new();
    for way in renderer::ways() {
        let mut options = eframe::NativeOptions {
            viewport: viewport(place),
            ..eframe::NativeOptions::default()
        };
        way.choose(&mut options);
        let is_there = Rc::new(Cell::new(false));
        match once(options, setup.clone(), is_there.clone()) {
            Ok(()) => return Ok(()),
            // It was there: what failed later is no reason to begin again.
            Err(Failed::Drawing(why)) if is_there.get() => return Err(anyhow::anyhow!(why)),
            Err(Failed::Drawing(why)) => failed.push(why),
            Err(Failed::Display(why)) => {
                failed.push(why);
                break;
            }
        }
    }
    failed.dedup();
    Err(anyhow::anyhow!(failed.join("; "))).context(NEEDS)
}

/// Why a window did not open.
enum Failed {
    /// Drawn in another way it may.
    Drawing(String),
    /// Nor would another.
    Display(String),
}

impl From<eframe::Error> for Failed {
    fn from(error: eframe::Error) -> Self {
        match error {
            // It says where in its source it noticed, then what the system said.
            eframe::Error::WinitEventLoop(error) => {
                let text = error.to_string();
                let what = text.rsplit_once(": ").map_or(&*text, |(_, what)| what);
                Self::Display(what.to_owned())
            }
            other => Self::Drawing(other.to_string()),
        }
    }
}

/// Opens it drawn in one way; `is_there` is set once it is.
fn once(
    options: eframe::NativeOptions,
    setup: Setup,
    is_there: Rc<Cell<bool>>,
) -> Result<(), Failed> {
    // A missing libxkbcommon-x11 panics inside the windowing library instead of returning an error.
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        eframe::run_native(
            "Gilscope",
            options,
            Box::new(move |creation| {
                is_there.set(true);
                let mut app = App::new(&creation.egui_ctx, setup);
                app.heed_outside();
                Ok(Box::new(app))
            }),
        )
        .map_err(Failed::from)
    }));
    ended.unwrap_or_else(|_| {
        Err(Failed::Display(
            "the windowing system's libraries are incomplete".to_owned(),
        ))
    })
}

/// What is said where it can't be opened.
const NEEDS: &str = if cfg!(windows) {
    "No window could be opened. It needs OpenGL 2 or newer: install the graphics card's driver. Without it, \
     `gilscope run` does the same on the command line"
} else {
    "No window could be opened. It needs a display and OpenGL; on Debian: apt install \
     libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libegl1 libgl1-mesa-dri libwayland-egl1 libfontconfig1. \
     Without a display, `gilscope run` does the same on the command line"
};

/// Reads the place only; the window reads and judges the file itself.
fn place_of_last_time(path: &std::path::Path) -> Option<Place> {
    let bytes = std::fs::read(path).ok()?;
    let value: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    let place: Place = serde_json::from_value(value.get("place")?.clone()).ok()?;
    place
        .size
        .iter()
        .all(|side| (200.0..=20_000.0).contains(side))
        .then_some(place)
}

fn viewport(place: Option<Place>) -> egui::ViewportBuilder {
    let mut viewport = egui::ViewportBuilder::default()
        .with_title("Gilscope")
        .with_app_id("gilscope")
        .with_min_inner_size(LEAST)
        .with_drag_and_drop(true)
        .with_inner_size(place.map_or(FIRST, |place| place.size))
        .with_maximized(place.is_some_and(|place| place.maximized));
    // A picture that can't be read would be a broken build: the window then has the system's own icon.
    if let Ok(icon) = eframe::icon_data::from_png_bytes(ICON) {
        viewport = viewport.with_icon(icon);
    }
    if let Some([x, y]) = place.and_then(|place| place.at) {
        viewport = viewport.with_position([x, y]);
    }
    viewport
}
