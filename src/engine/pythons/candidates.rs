//! Where interpreters are looked for.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::engine::platform;

/// The variable whose path list adds interpreters, or folders of them.
const EXTRA: &str = "GILSCOPE_PYTHONS";

/// Something that may be an interpreter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The program.
    pub path: PathBuf,
    /// The virtual environment that it belongs to.
    pub venv: Option<PathBuf>,
    /// Whether it is a version manager's shim, which decides at each start what it runs.
    pub shim: bool,
}

impl Candidate {
    /// What lies there.
    pub(super) fn at(path: PathBuf) -> Self {
        Self {
            venv: venv_of(&path),
            shim: is_shim(&path),
            path,
        }
    }
}

/// All that may be interpreters, each real file once, in the order in which they are preferred among
/// equals: what the user names, the current environment, the search path, then where installers put them.
pub fn candidates() -> Vec<Candidate> {
    let mut looked = Look::default();
    for entry in paths_in(EXTRA) {
        if entry.is_dir() {
            looked.folder(&entry);
        } else {
            // Named by the user: a wrong one is reported, not passed over.
            looked.add(entry);
        }
    }
    for name in ["VIRTUAL_ENV", "CONDA_PREFIX"] {
        if let Some(prefix) = std::env::var_os(name) {
            looked.prefix(Path::new(&prefix));
        }
    }
    for folder in paths_in("PATH") {
        looked.folder(&folder);
    }
    for folder in platform::python_folders() {
        looked.folder(&folder);
    }
    for prefix in prefixes() {
        looked.prefix(&prefix);
    }
    for path in platform::registered_pythons() {
        looked.existing(path);
    }
    looked.found
}

fn paths_in(variable: &str) -> Vec<PathBuf> {
    std::env::var_os(variable).map_or_else(Vec::new, |list| {
        std::env::split_paths(&list)
            .filter(|path| !path.as_os_str().is_empty())
            .collect()
    })
}

/// Installations of version managers: pyenv, uv, conda, asdf, mise, and the system's own.
fn prefixes() -> Vec<PathBuf> {
    let home = std::env::home_dir().unwrap_or_default();
    let place = |variable: &str, otherwise: PathBuf| {
        std::env::var_os(variable).map_or(otherwise, PathBuf::from)
    };
    let data = place("XDG_DATA_HOME", home.join(".local/share"));
    let pyenv = place("PYENV_ROOT", home.join(".pyenv"));
    let mut prefixes = Vec::new();
    for parent in [
        pyenv.join("versions"),
        pyenv.join("pyenv-win/versions"),
        place("UV_PYTHON_INSTALL_DIR", data.join("uv/python")),
        home.join(".asdf/installs/python"),
        data.join("mise/installs/python"),
    ]
    .into_iter()
    .chain(platform::python_prefix_parents())
    {
        prefixes.extend(children(&parent));
    }
    if let Ok(list) = std::fs::read_to_string(home.join(".conda/environments.txt")) {
        prefixes.extend(list.lines().map(str::trim).map(PathBuf::from));
    }
    for kind in ["miniconda3", "anaconda3", "miniforge3", "mambaforge"] {
        for parent in [&home, Path::new("/opt")] {
            let conda = parent.join(kind);
            prefixes.extend(children(&conda.join("envs")));
            prefixes.push(conda);
        }
    }
    prefixes
}

/// The folders in a folder, in the order of their names.
fn children(folder: &Path) -> Vec<PathBuf> {
    let mut children: Vec<_> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir())
        .collect();
    children.sort();
    children
}

#[derive(Default)]
struct Look {
    found: Vec<Candidate>,
    seen: HashSet<(PathBuf, Option<PathBuf>)>,
}

impl Look {
    /// The interpreter of an installation or environment; one name is enough.
    fn prefix(&mut self, prefix: &Path) {
        let names = [
            "bin/python3",
            "bin/python",
            "Scripts/python.exe",
            "python.exe",
        ];
        if let Some(path) = names
            .iter()
            .map(|name| prefix.join(name))
            .find(|path| path.is_file())
        {
            self.existing(path);
        }
    }

    /// Every interpreter in a folder, by its name.
    fn folder(&mut self, folder: &Path) {
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                path.file_name()
                    .is_some_and(|name| is_named_python(&name.to_string_lossy()))
            })
            .collect();
        // The longest name is the most exact one: python3.13 before python3.
        paths.sort_by_key(|path| (std::cmp::Reverse(path.as_os_str().len()), path.clone()));
        for path in paths {
            self.existing(path);
        }
    }

    fn existing(&mut self, path: PathBuf) {
        if path.is_file() && platform::is_executable(&path) {
            self.add(path);
        }
    }

    fn add(&mut self, path: PathBuf) {
        if platform::is_python_stub(&path) {
            return;
        }
        let candidate = Candidate::at(path);
        let path = &candidate.path;
        // What these tools' shims stand for is found where the tools install it.
        if candidate.shim
            && [".pyenv", ".asdf", "mise"]
                .iter()
                .any(|tool| lies_in(path, tool))
        {
            return;
        }
        let real = path.canonicalize().unwrap_or_else(|_| path.clone());
        // Shims of one tool are often one file under many names; each name decides for itself.
        let key = if candidate.shim { path.clone() } else { real };
        if self.seen.insert((key, candidate.venv.clone())) {
            self.found.push(candidate);
        }
    }
}

/// `python`, `python3`, `python3.13`, `python3.14t`, with `.exe` or without; not `python3-config`.
fn is_named_python(name: &str) -> bool {
    let name = name.strip_suffix(".exe").unwrap_or(name);
    let Some(rest) = name.strip_prefix("python") else {
        return false;
    };
    let rest = rest.strip_suffix('t').unwrap_or(rest);
    rest.is_empty()
        || rest == "3"
        || rest.strip_prefix("3.").is_some_and(|minor| {
            !minor.is_empty() && minor.chars().all(|digit| digit.is_ascii_digit())
        })
}

/// The virtual environment that a program lies in.
fn venv_of(path: &Path) -> Option<PathBuf> {
    let venv = path.parent()?.parent()?;
    venv.join("pyvenv.cfg").is_file().then(|| venv.to_owned())
}

fn lies_in(path: &Path, folder: &str) -> bool {
    path.components().any(|part| part.as_os_str() == folder)
}

/// Whether it lies among a version manager's shims.
fn is_shim(path: &Path) -> bool {
    path.parent()
        .is_some_and(|folder| folder.file_name().is_some_and(|name| name == "shims"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_interpreters_and_of_what_lies_beside_them() {
        for name in [
            "python",
            "python3",
            "python3.8",
            "python3.14t",
            "python.exe",
        ] {
            assert!(is_named_python(name), "{name}");
        }
        for name in [
            "python2",
            "python3-config",
            "python3.",
            "pythonw",
            "ipython",
        ] {
            assert!(!is_named_python(name), "{name}");
        }
    }

    #[test]
    fn a_link_is_one_candidate_and_an_environment_another() {
        let dir = tempfile::tempdir().unwrap();
        let bin = dir.path().join("bin");
        let venv = dir.path().join("venv");
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::create_dir_all(venv.join("bin")).unwrap();
        let real = std::env::current_exe().unwrap();
        let link = |to: PathBuf| {
            std::fs::hard_link(&real, &to).or_else(|_| std::fs::copy(&real, &to).map(|_| ()))
        };
        link(bin.join("python3.13")).unwrap();
        std::fs::write(venv.join("pyvenv.cfg"), "").unwrap();
        link(venv.join("bin/python3")).unwrap();
        let mut look = Look::default();
        look.folder(&bin);
        look.folder(&bin);
        look.prefix(&venv);
        let found: Vec<_> = look.found.iter().map(|c| c.venv.is_some()).collect();
        assert_eq!(found, [false, true]);
    }
}
