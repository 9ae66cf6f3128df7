//! What comes back at the next start. A broken settings file is kept aside, never fatal.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::script::arguments;
use super::theme::Mode;
use crate::experiment::{Experiment, OwnScript, check};

/// How many recent files are remembered.
const RECENT: usize = 10;

/// Where the window was, in points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Left and top edge of the window; none where the system does not tell.
    pub at: Option<[f32; 2]>,
    /// Width and height of what is inside.
    pub size: [f32; 2],
    /// Whether it filled the screen.
    pub maximized: bool,
}

/// Everything that is remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What was shown last.
    pub experiment: Experiment,
    /// Dark, light, or after the system.
    pub mode: Mode,
    /// How large everything is; 1 is normal.
    pub zoom: f32,
    /// Where the window was.
    pub place: Option<Place>,
    /// Width of the left panel in points.
    pub left_width: f32,
    /// Width of the log in points.
    pub log_width: f32,
    /// Height of the CPU plot as a share of the middle.
    pub cpu_share: f32,
    /// Opened runs and scripts, newest first.
    pub recent: Vec<PathBuf>,
    /// What recent scripts were given as arguments.
    pub arguments: Vec<(PathBuf, Vec<String>)>,
    /// Interpreters that were chosen by path.
    pub pythons: Vec<PathBuf>,
    /// Whether the warning before a run that fills the machine is no longer wanted.
    pub fill_without_asking: bool,
    /// Whether a run was ever started, so that the words for the first start have done their work.
    pub has_run: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            experiment: Experiment::default(),
            mode: Mode::System,
            zoom: 1.0,
            place: None,
            left_width: 312.0,
            log_width: 380.0,
            cpu_share: 0.38,
            recent: Vec::new(),
            arguments: Vec::new(),
            pythons: Vec::new(),
            fill_without_asking: false,
            has_run: false,
        }
    }
}

impl Settings {
    /// The file's usual place; none where the system has no folder for settings.
    pub fn usual_path() -> Option<PathBuf> {
        directories::ProjectDirs::from("", "", "Gilscope")
            .map(|dirs| dirs.config_dir().join("settings.json"))
    }

    /// Reads the file. What is broken is put aside, and said in the second value.
    pub fn load(path: &Path) -> (Self, Option<String>) {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return (Self::default(), None);
            }
            Err(error) => {
                return (
                    Self::default(),
                    Some(format!(
                        "The settings in {} can't be read: {error}. Gilscope starts as if new.",
                        path.display()
                    )),
                );
            }
        };
        match serde_json::from_slice::<Self>(&bytes) {
            Ok(settings) => (settings.sane(), None),
            Err(error) => {
                let aside = path.with_extension("broken.json");
                let kept = match std::fs::rename(path, &aside) {
                    Ok(()) => format!("It was kept as {}.", aside.display()),
                    Err(why) => format!("It could not be put aside ({why})."),
                };
                (
                    Self::default(),
                    Some(format!(
                        "The settings file {} is broken ({error}), so Gilscope starts as if new. {kept}",
                        path.display()
                    )),
                )
            }
        }
    }

    /// Writes the file whole or not at all.
    pub fn save(&self, path: &Path) -> anyhow::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.persist(path)?;
        Ok(())
    }

    /// Puts a file at the head of the recent ones.
    pub fn remember(&mut self, path: &Path) {
        self.recent.retain(|old| old != path);
        self.recent.insert(0, path.to_owned());
        self.recent.truncate(RECENT);
    }

    /// Remembers what a script's file is given.
    pub fn remember_arguments(&mut self, script: &OwnScript) {
        let Some(path) = &script.path else {
            return;
        };
        self.arguments.retain(|(old, _)| old != path);
        if !script.args.is_empty() {
            self.arguments
                .insert(0, (path.clone(), script.args.clone()));
        }
        self.arguments.truncate(RECENT);
    }

    /// What a script's file was given the last time.
    pub fn arguments_of(&self, path: &Path) -> Vec<String> {
        let known = self.arguments.iter().find(|(known, _)| known == path);
        known.map_or_else(Vec::new, |(_, args)| args.clone())
    }

    /// Values from a file that somebody may have edited, brought into their ranges.
    fn sane(mut self) -> Self {
        if check(&self.experiment).is_err() {
            self.experiment = Experiment::default();
        }
        let within = |value: f32, low: f32, high: f32, usual: f32| {
            if value.is_finite() {
                value.clamp(low, high)
            } else {
                usual
            }
        };
        self.zoom = within(self.zoom, 0.5, 3.0, 1.0);
        self.left_width = within(self.left_width, 240.0, 720.0, 312.0);
        self.log_width = within(self.log_width, 220.0, 1200.0, 380.0);
        self.cpu_share = within(self.cpu_share, 0.15, 0.8, 0.38);
        if self.place.is_some_and(|place| {
            place
                .size
                .iter()
                .any(|side| !(200.0..=20_000.0).contains(side))
        }) {
            self.place = None;
        }
        if let Some(own) = &mut self.experiment.script {
            own.args = arguments(&own.args);
        }
        for (_, args) in &mut self.arguments {
            *args = arguments(args);
        }
        self.recent.truncate(RECENT);
        self.arguments.truncate(RECENT);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/settings.json");
        let mut settings = Settings {
            zoom: 1.25,
            ..Settings::default()
        };
        settings.experiment.count = 37;
        settings.remember(Path::new("a.py"));
        settings.remember(Path::new("b.py"));
        settings.remember(Path::new("a.py"));
        settings.save(&path).unwrap();
        assert_eq!(Settings::load(&path), (settings.clone(), None));
        assert_eq!(settings.recent, [PathBuf::from("a.py"), "b.py".into()]);
    }

    #[test]
    fn a_broken_file_is_kept_aside_and_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        std::fs::write(&path, "{ no").unwrap();
        let (settings, said) = Settings::load(&path);
        assert_eq!(settings, Settings::default());
        assert!(said.unwrap().contains("settings.json"));
        assert!(!path.exists());
        let aside = folder.path().join("settings.broken.json");
        assert_eq!(std::fs::read_to_string(aside).unwrap(), "{ no");
    }

    #[test]
    fn impossible_values_are_brought_into_range() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        std::fs::write(&path, r#"{"zoom": 99.0, "experiment": {"count": 9000}}"#).unwrap();
        let (settings, said) = Settings::load(&path);
        assert_eq!(said, None);
        assert!(settings.zoom <= 3.0);
        assert_eq!(settings.experiment, Experiment::default());
    }
}
