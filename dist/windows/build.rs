//! Gives the Windows program its icon, its version and its manifest; for other systems it does nothing.
//!
//! No crate for this: it would be compiled on every system, and what is left to do here is one call.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// What the resource is made of; all lie in one folder while it is made, so that no path needs quotes.
const PARTS: &[&str] = &[
    "dist/windows/gilscope.rc",
    "dist/windows/gilscope.manifest",
    "assets/icon.ico",
];

fn main() {
    for part in PARTS {
        println!("cargo::rerun-if-changed={part}");
    }
    if variable("CARGO_CFG_TARGET_OS") != "windows" {
        return;
    }
    // A program that is tried out may do without; dist/windows/build.sh looks that it is there.
    if let Err(why) = resource() {
        println!("cargo::warning=no icon and no version in the .exe: {why}");
    }
}

fn resource() -> Result<(), String> {
    let folder = PathBuf::from(variable("OUT_DIR"));
    for part in PARTS {
        let name = Path::new(part).file_name().unwrap_or_default();
        fs::copy(part, folder.join(name)).map_err(|why| format!("{part}: {why}"))?;
    }
    let version = variable("CARGO_PKG_VERSION");
    let number = |part| variable(&format!("CARGO_PKG_VERSION_{part}"));
    let header = format!(
        "#define NUMBERS {},{},{},0\n#define VERSION \"{version}\"\n#define ABOUT \"{}\"\n",
        number("MAJOR"),
        number("MINOR"),
        number("PATCH"),
        variable("CARGO_PKG_DESCRIPTION"),
    );
    fs::write(folder.join("version.h"), header).map_err(|why| why.to_string())?;
    let (mut command, made) = if variable("CARGO_CFG_TARGET_ENV") == "msvc" {
        let mut command = Command::new(rc());
        command.args(["/nologo", "/fo", "gilscope.res", "gilscope.rc"]);
        (command, "gilscope.res")
    } else {
        let cross = !cfg!(windows);
        let name = if cross {
            "x86_64-w64-mingw32-windres"
        } else {
            "windres"
        };
        let mut command = Command::new(name);
        command.args(["--output-format=coff", "gilscope.rc", "gilscope.o"]);
        (command, "gilscope.o")
    };
    let ended = command.current_dir(&folder).status();
    match ended {
        Ok(status) if status.success() => {}
        Ok(status) => return Err(format!("{command:?}: {status}")),
        Err(why) => return Err(format!("{command:?}: {why}")),
    }
    println!("cargo::rustc-link-arg-bins={}", folder.join(made).display());
    Ok(())
}

/// The newest resource compiler of the Windows SDK, which is in no search path; it comes with the linker.
fn rc() -> PathBuf {
    let base = env::var_os("ProgramFiles(x86)").unwrap_or_default();
    let kits = Path::new(&base).join("Windows Kits").join("10").join("bin");
    let mut found: Vec<PathBuf> = fs::read_dir(kits)
        .into_iter()
        .flatten()
        .flatten()
        .map(|kit| kit.path().join("x64").join("rc.exe"))
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| "rc.exe".into())
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}
