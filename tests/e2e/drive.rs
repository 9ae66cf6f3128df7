//! Drives the real window on an X server of its own: finds controls by their names, as a screen reader does, and
//! works them with the pointer and the keyboard.

use std::io::{BufReader, BufWriter, Read};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use eframe::egui::accesskit::{Node, NodeId, Role};
use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2, pos2};
use egui_inspection::protocol::read_handshake;
use egui_inspection::{Request, Response, read_message, write_message};

/// How long anything in the window may take before the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// An X server without a screen.
struct Display {
    server: Child,
    name: String,
}

impl Display {
    fn start() -> Self {
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1600x1000x24",
                "-nolisten",
                "tcp",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts");
        let mut number = String::new();
        let mut answer = server.stdout.take().unwrap();
        let mut byte = [0];
        while answer.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {
            number.push(char::from(byte[0]));
        }
        assert!(!number.is_empty(), "Xvfb ended before it had a display");
        Self {
            server,
            name: format!(":{number}"),
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Whether a window can be tested here; if not, why, said aloud.
pub(crate) fn possible() -> bool {
    let why = if !cfg!(feature = "inspect") {
        "it needs --features inspect"
    } else if !cfg!(target_os = "linux") {
        "it needs an X server without a screen"
    } else if Command::new("Xvfb").arg("-help").output().is_err() {
        "Xvfb is not installed; tests/run.sh installs it"
    } else {
        return true;
    };
    assert!(
        std::env::var_os("CI").is_none_or(|_| !cfg!(target_os = "linux")),
        "the window is not tested: {why}"
    );
    eprintln!("SKIPPED: the window is not tested: {why}");
    false
}

/// A node of the window's tree, with its name resolved.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) node: Node,
}

impl Found {
    /// Its middle.
    pub(crate) fn middle(&self) -> Pos2 {
        self.at(0.5)
    }

    /// The place so far from its left, 0 to 1, halfway down.
    pub(crate) fn at(&self, share: f64) -> Pos2 {
        let b = self.node.bounds().expect("a control has a place");
        pos2(
            (b.x0 + (b.x1 - b.x0) * share) as f32,
            f64::midpoint(b.y0, b.y1) as f32,
        )
    }
}

/// The path of programs with one before it that can't show a dialog, as where none is installed: the window
/// then asks for a path itself, which a test can answer.
fn without_dialogs(home: &Path) -> std::ffi::OsString {
    let folder = home.join("no-dialogs");
    std::fs::create_dir_all(&folder).unwrap();
    #[cfg(unix)]
    if !folder.join("zenity").exists() {
        std::os::unix::fs::symlink("/bin/false", folder.join("zenity")).unwrap();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&path))).unwrap()
}

/// The running window.
pub(crate) struct Window {
    program: Child,
    reader: BufReader<TcpStream>,
    writer: BufWriter<TcpStream>,
    said: PathBuf,
    _display: Display,
}

/// The program with a home of its own, on no display.
pub(crate) fn gilscope(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gilscope"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PYTHON") {
            command.env_remove(name);
        }
    }
    command
        .env("PATH", without_dialogs(home))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        // No session bus: no native dialog that a test could not answer, and no screen reader.
        .env("DBUS_SESSION_BUS_ADDRESS", "disabled:")
        .stdin(Stdio::null());
    command
}

impl Window {
    /// Opens the window with a home of its own, `home`, and `args`.
    pub(crate) fn open(home: &Path, args: &[&str]) -> Self {
        let display = Display::start();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let said = home.join(format!("said-{port}.txt"));
        let program = gilscope(home)
            .args(args)
            .env("DISPLAY", &display.name)
            .env("EGUI_INSPECTION", format!("127.0.0.1:{port}"))
            .stdout(std::fs::File::create(&said).unwrap())
            .stderr(std::fs::File::options().append(true).open(&said).unwrap())
            .spawn()
            .expect("gilscope starts");
        let mut program = program;
        let deadline = Instant::now() + PATIENCE;
        // A way to draw that is tried in vain takes what it listened on with it.
        let greeted = || {
            let stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
            stream.set_read_timeout(Some(PATIENCE)).ok()?;
            let mut reader = BufReader::new(stream.try_clone().ok()?);
            read_handshake(&mut reader).ok()?;
            Some((stream, reader))
        };
        let (stream, reader) = loop {
            if let Some(there) = greeted() {
                break there;
            }
            let ended = program.try_wait().unwrap();
            let text = || std::fs::read_to_string(&said).unwrap_or_default();
            assert!(
                ended.is_none(),
                "gilscope ended with {ended:?} before its window opened: {}",
                text()
            );
            assert!(
                Instant::now() < deadline,
                "no window in {PATIENCE:?}: {}",
                text()
            );
            sleep(Duration::from_millis(20));
        };
        let mut window = Self {
            program,
            reader,
            writer: BufWriter::new(stream),
            said,
            _display: display,
        };
        window.wait("the Run button", |w| w.button("Run"));
        window
    }

    fn ask(&mut self, request: Request) -> Response {
        let answer =
            write_message(&mut self.writer, &request).and_then(|()| read_message(&mut self.reader));
        match answer {
            Ok(Response::Error { message }) => panic!("the window refused {request:?}: {message}"),
            Ok(answer) => answer,
            Err(error) => panic!(
                "the window is gone ({error}); it said: {}",
                std::fs::read_to_string(&self.said).unwrap_or_default()
            ),
        }
    }

    /// Everything in the window that has a name, in the order of the tree.
    pub(crate) fn all(&mut self) -> Vec<Found> {
        let Response::Tree {
            accesskit: Some(tree),
            ..
        } = self.ask(Request::GetTree)
        else {
            return Vec::new();
        };
        let text_of = |id: &NodeId| {
            let node = tree.nodes.iter().find(|(other, _)| other == id)?;
            node.1.label().or(node.1.value()).map(str::to_owned)
        };
        tree.nodes
            .iter()
            .map(|(_, node)| {
                let labels: Vec<_> = node.labelled_by().iter().filter_map(text_of).collect();
                let name = node
                    .label()
                    .map(str::to_owned)
                    .or_else(|| (!labels.is_empty()).then(|| labels.join(" ")))
                    .or_else(|| {
                        (node.role() == Role::Label)
                            .then(|| node.value().map(str::to_owned))
                            .flatten()
                    });
                Found {
                    name: name.unwrap_or_default(),
                    node: node.clone(),
                }
            })
            .collect()
    }

    /// Everything that can be read in the window, a line each.
    pub(crate) fn read(&mut self) -> String {
        let lines: Vec<_> = self
            .all()
            .into_iter()
            .filter(|found| !found.name.is_empty() || found.node.value().is_some())
            .map(|found| {
                let value = found
                    .node
                    .value()
                    .filter(|value| *value != found.name)
                    .unwrap_or_default();
                format!("{:?} {} {value}", found.node.role(), found.name)
            })
            .collect();
        lines.join("\n")
    }

    /// The control of one of these roles whose name begins with `name`.
    pub(crate) fn find(&mut self, roles: &[Role], name: &str) -> Option<Found> {
        let all = self.all();
        let fits =
            |found: &&Found| roles.contains(&found.node.role()) && found.node.bounds().is_some();
        let exact = all.iter().filter(fits).find(|found| found.name == name);
        exact
            .or_else(|| {
                all.iter()
                    .filter(fits)
                    .find(|found| found.name.starts_with(name))
            })
            .cloned()
    }

    /// A button or anything else that is pressed.
    pub(crate) fn button(&mut self, name: &str) -> Option<Found> {
        let roles = [
            Role::Button,
            Role::RadioButton,
            Role::CheckBox,
            Role::Switch,
            Role::ComboBox,
            Role::Link,
            Role::MenuItem,
            Role::Tab,
        ];
        self.find(&roles, name)
    }

    /// Asks again and again until `look` finds something; fails with all that the window shows.
    pub(crate) fn wait<T>(
        &mut self,
        what: &str,
        mut look: impl FnMut(&mut Self) -> Option<T>,
    ) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            if Instant::now() >= deadline {
                let shown = self.read();
                panic!("{what} did not come in {PATIENCE:?}; the window shows:\n{shown}");
            }
            sleep(Duration::from_millis(20));
        }
    }

    /// Moves the pointer a little and waits for the frame that heeds it.
    pub(crate) fn frame(&mut self) {
        self.point_at(700.0, 400.0);
    }

    /// Moves the pointer there.
    pub(crate) fn point_at(&mut self, x: f32, y: f32) {
        self.events(vec![Event::PointerMoved(Pos2::new(x, y))]);
    }

    fn events(&mut self, events: Vec<Event>) {
        self.ask(Request::ApplyEvents { events });
    }

    fn press_at(&mut self, pos: Pos2, pressed: bool) {
        self.events(vec![Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        }]);
    }

    /// Clicks at a place.
    pub(crate) fn click_at(&mut self, pos: Pos2) {
        self.events(vec![Event::PointerMoved(pos)]);
        self.press_at(pos, true);
        self.press_at(pos, false);
    }

    /// Clicks what is named so, once it is there and enabled.
    pub(crate) fn click(&mut self, name: &str) {
        let found = self.wait(&format!("“{name}” to click"), |w| {
            w.button(name).filter(|found| !found.node.is_disabled())
        });
        self.click_at(found.middle());
    }

    /// Drags a slider's handle along its rail, to a place from 0 to 1, and returns the value that it then has.
    pub(crate) fn slide(&mut self, name: &str, share: f64) -> f64 {
        let slider = |w: &mut Self| {
            w.find(&[Role::Slider], name)
                .filter(|found| !found.node.is_disabled())
        };
        let found = self.wait(&format!("the slider “{name}”"), slider);
        let (from, to) = (found.middle(), found.at(share));
        self.events(vec![Event::PointerMoved(from)]);
        self.press_at(from, true);
        self.events(vec![Event::PointerMoved(to)]);
        self.press_at(to, false);
        let after = self.wait(&format!("the slider “{name}”"), slider);
        after.node.numeric_value().expect("a slider has a value")
    }

    /// Types over all that stands in a field, and Enter.
    pub(crate) fn fill(&mut self, name: &str, text: &str) {
        let roles = [Role::TextInput, Role::SpinButton, Role::MultilineTextInput];
        let found = self.wait(&format!("the field “{name}”"), |w| w.find(&roles, name));
        self.click_at(found.middle());
        self.key(Key::A, Modifiers::COMMAND);
        self.events(vec![Event::Text(text.to_owned())]);
        self.key(Key::Enter, Modifiers::NONE);
    }

    /// Presses a key.
    pub(crate) fn key(&mut self, key: Key, modifiers: Modifiers) {
        let event = |pressed| Event::Key {
            key,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers,
        };
        self.events(vec![event(true)]);
        self.events(vec![event(false)]);
    }

    /// What the window looks like, as a PNG.
    pub(crate) fn picture(&mut self) -> Vec<u8> {
        match self.ask(Request::GetScreenshot {
            pixels_per_point: None,
        }) {
            Response::Screenshot(png) => png.bytes,
            other => panic!("no picture but {other:?}"),
        }
    }

    /// Gives the window a size, in points.
    pub(crate) fn resize(&mut self, width: u32, height: u32) {
        self.ask(Request::Resize { width, height });
        self.ask(Request::Settle { max_steps: 30 });
    }

    /// The program's process: what was started is its guard.
    pub(crate) fn pid(&self) -> u32 {
        let guard = self.program.id();
        let children = std::fs::read_to_string(format!("/proc/{guard}/task/{guard}/children"));
        children.unwrap().trim().parse().unwrap()
    }

    /// Ends the program as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        self.kill();
    }
}
