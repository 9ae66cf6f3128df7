//! The watched program can't tell: the same script, bare into pipes and watched, says the same.

use std::path::{Path, PathBuf};

use gilscope::engine::launch::Source;
use gilscope::experiment::Buffering;
use gilscope::run::{Ended, LaneKind, Stream};

use crate::common::{Options, bare, pythons, watch, watch_with};

/// Runs a script bare and watched by every interpreter from `minor` on, and compares output and status.
fn same(name: &str, script: &str, minor: u32, env: &[(&str, &Path)]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, script).unwrap();
    let env: Vec<_> = env
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect();
    for python in pythons() {
        if minor_of(&python.version) < minor {
            continue;
        }
        let expected = bare(&python.path, &path, &env);
        let options = Options {
            buffering: Buffering::Block,
            env: env.clone(),
            ..Options::default()
        };
        let seen = watch_with(&python.path, Source::File(path.clone()), options);
        let say = format!("{name} by {}", python.version);
        assert_eq!(
            sorted(&seen.all(Stream::Stdout)),
            sorted(&text(&expected.stdout)),
            "{say}"
        );
        assert_eq!(
            sorted(&seen.all(Stream::Stderr)),
            sorted(&text(&expected.stderr)),
            "{say}"
        );
        let status = expected.status.code().map(Ended::Exited);
        assert_eq!(Some(seen.root_ended()), status, "{say}");
    }
}

fn minor_of(version: &str) -> u32 {
    version.split('.').nth(1).unwrap().parse().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Several processes' pipes are read in no order that a bare run has: lines are compared as a bag.
fn sorted(text: &str) -> Vec<String> {
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

#[test]
fn a_script_that_looks_sees_what_it_sees_bare() {
    let look = r#"
import sys

def look(tag):
    def say(*what):
        print(tag, *what)
    say("path", sys.path)
    say("argv", sys.argv, getattr(sys, "orig_argv", None))
    say("main", sorted(vars(sys.modules["__main__"])))
    say("modules", sorted(sys.modules))
    for name in ("stdin", "stdout", "stderr"):
        f = getattr(sys, name)
        say(name, type(f), f.encoding, f.errors, f.line_buffering, f.write_through, f.name, f.mode,
            type(f.buffer), f.isatty(), f.fileno(), sorted(vars(f)), f is getattr(sys, "__%s__" % name))
    say("finders", [getattr(m, "__name__", type(m)) for m in sys.meta_path], len(sys.path_hooks))
    say("cache", sorted(sys.path_importer_cache))
    say("builtins", sorted(vars(__import__("builtins"))))
    say("trace", sys.gettrace(), sys.getprofile(), sys.flags)
    say("hooks", sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__)
    import atexit, os, signal, threading
    say("threads", threading.active_count(), [t.name for t in threading.enumerate()])
    say("thread", threading.Thread.start.__qualname__, threading.Thread.join.__qualname__, sorted(vars(threading.Thread)))
    say("signals", [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)])
    say("atexit", getattr(atexit, "_ncallbacks", lambda: 0)())
    say("low descriptors", [n for n in range(40) if os.path.exists("/proc/self/fd/%d" % n)])
    ours = ("GILSCOPE_", "PYTHONPATH")
    say("environment", sorted(name for name in os.environ if not name.startswith(ours)))

look("root")
import multiprocessing

child = multiprocessing.get_context("fork").Process(target=look, args=("child",))
child.start()
print("sentinel", child.sentinel)
child.join()
"#;
    same("look.py", look, 8, &[]);
}

#[test]
fn a_thread_that_ended_is_gone_with_its_last_name() {
    let weak = r#"
import gc, threading, weakref

gc.disable()
t = threading.Thread(target=print, args=("hello",))
t.start()
t.join()
known = weakref.ref(t)
del t
print(known())
"#;
    same("weak.py", weak, 8, &[]);
}

#[test]
fn a_sub_interpreter_leaves_its_process_as_it_is() {
    // Under other names before 3.13; what it prints comes before what the main one does.
    let script = r#"
import os, sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

before = sorted(os.listdir("/proc/self/fd"))
own = interpreters.create()
interpreters.run_string(own, "print('from a sub-interpreter')")
print(sorted(os.listdir("/proc/self/fd")) == before)
"#;
    same("sub.py", script, 8, &[]);
}

#[test]
fn exceptions_read_as_they_do_bare() {
    // Before 3.11 a frame of the probe's stands where an exception passes through it.
    let raising = r#"
import os, sys, threading, traceback, _thread
from multiprocessing import get_context

def boom():
    raise ValueError("x")

def told(call, *args):
    try:
        call(*args)
    except Exception:
        traceback.print_exc()

t = threading.Thread(target=boom); t.start(); t.join()
told(_thread.start_new_thread, 1, ())
told(os.waitpid, 99999, 0)
told(sys.stdout.write, 3)
told(sys.stdout.write, "\ud800")
p = get_context("fork").Process(target=boom, name="P"); p.start(); p.join()
print(p.exitcode, p.name)
told(p.start)
print("h\u00e9\u00e9 \u20ac", end=""); print("", flush=True)
sys.stdout.buffer.write(b"raw \xff\x00\n")
boom()
"#;
    same("raising.py", raising, 11, &[]);
}

#[test]
fn endings_of_every_kind_are_the_same() {
    for (name, script) in [
        ("exit.py", "import sys; print('a'); sys.exit(3)"),
        ("hard.py", "import os; print('lost'); os._exit(4)"),
        (
            "atexit.py",
            "import atexit; atexit.register(print, 'last'); print('first')",
        ),
        ("syntax.py", "print('never'\n"),
        (
            "execv.py",
            "import os, sys\nprint('first', flush=True)\nif len(sys.argv) < 2: os.execv(sys.executable, [sys.executable, __file__, 'again'])\nprint('second'); sys.exit(5)\n",
        ),
        (
            "close.py",
            "import os\nos.closerange(3, 4096)\nfds = [os.open('/dev/null', os.O_RDWR) for _ in range(1010)]\nfrom multiprocessing import get_context\nclass W:\n    def __call__(self): print('child')\np = get_context('fork').Process(target=W()); p.start(); p.join()\nprint('done', p.exitcode, [os.fstat(f).st_size for f in fds][-1])\nos._exit(3)\n",
        ),
        (
            "fork.py",
            "import os, sys\npid = os.fork()\nif pid == 0:\n    print('forked'); sys.stdout.flush(); os._exit(7)\nprint(os.waitpid(pid, 0)[1] >> 8)\n",
        ),
    ] {
        same(name, script, 8, &[]);
    }
}

#[test]
fn what_a_script_captures_stays_its_own() {
    let capturing = r#"
import subprocess, sys
say = "import sys; print('out', flush=True); print('err', file=sys.stderr, flush=True)"
def run(*args, **kw):
    return subprocess.run(args, **kw)
print(run(sys.executable, "-c", say, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout, flush=True)
print(run(sys.executable, "-c", say, stdout=subprocess.PIPE).stdout, flush=True)
run(sys.executable, "-c", say)
run(sys.executable, "-c", say, stderr=subprocess.STDOUT)
run(sys.executable, "-I", "-c", say)
run("sh", "-c", "echo from a shell; exit 3")
"#;
    same("capturing.py", capturing, 8, &[]);
}

#[test]
fn an_existing_sitecustomize_and_usercustomize_still_run() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("sitecustomize.py", "import sys; sys.site_was = __file__");
    write("usercustomize.py", "import sys; sys.user_was = __file__");
    let script = "import sys\nprint(sys.site_was, getattr(sys, 'user_was', None), sys.modules['sitecustomize'].__file__)\n";
    same("site.py", script, 8, &[("PYTHONPATH", folder.path())]);
    write("sitecustomize.py", "1 / 0");
    same(
        "broken.py",
        "print('runs')",
        8,
        &[("PYTHONPATH", folder.path())],
    );
}

#[test]
fn lanes_of_what_a_script_starts() {
    let script = r#"
import concurrent.futures, subprocess, sys
from multiprocessing import Pool, get_context

def work(n):
    sys.stdout.write("work %d\n" % n)  # print has several writes, and other threads come between
    return n

if __name__ == "__main__":
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(4)))
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
        list(pool.map(work, range(4)))
    with get_context("fork").Pool(2) as pool:
        pool.map(work, range(4))
    subprocess.run([sys.executable, "-c", "print('sub')"])
    subprocess.run(["sh", "-c", "exit 3"])
"#;
    for python in pythons() {
        let seen = watch(&python.path, script);
        let say = format!("{}: {}", python.version, seen.lanes_said());
        assert_eq!(seen.root_ended(), Ended::Exited(0), "{say}");
        assert_eq!(
            seen.all(Stream::Stdout)
                .lines()
                .filter(|line| line.starts_with("work"))
                .count(),
            12,
            "{say}"
        );
        let threads = seen.lanes(LaneKind::Thread);
        assert!(
            !threads.is_empty()
                && threads
                    .iter()
                    .all(|lane| lane.info.name.contains("ThreadPoolExecutor")),
            "{say}"
        );
        let processes = seen.lanes(LaneKind::Process);
        assert!(
            processes.iter().any(|lane| seen.stdout(lane) == "sub\n"),
            "{say}"
        );
        assert!(
            processes
                .iter()
                .any(|lane| lane.info.name.starts_with("ForkPoolWorker")),
            "{say}"
        );
        assert!(seen.lanes(LaneKind::Service).len() >= 3, "{say}");
        assert!(
            seen.lanes(LaneKind::Other)
                .iter()
                .any(|lane| lane.ended.unwrap().1 == Ended::Exited(3)),
            "{say}"
        );
        assert!(
            seen.run
                .lanes
                .iter()
                .all(|lane| lane.ended.is_some() || lane.id.0 == 0),
            "{say}"
        );
    }
}

#[test]
fn calls_in_turn_are_workers_with_their_own_lines() {
    let script =
        "def work(n, m):\n    print(n, m)\n\n\nfor i in range(3):\n    work(i + 0, i + 1)\n";
    for python in pythons() {
        let options = Options {
            turn: true,
            ..Options::default()
        };
        let source = Source::Text {
            name: "turn.py".into(),
            text: script.into(),
        };
        let seen = watch_with(&python.path, source, options);
        let say = format!("{}: {}", python.version, seen.lanes_said());
        let calls = seen.lanes(LaneKind::Call);
        assert_eq!(calls.len(), 3, "{say}");
        for (i, lane) in calls.iter().enumerate() {
            assert_eq!(lane.info.args, format!("{i}, {}", i + 1), "{say}");
            assert_eq!(seen.stdout(lane), format!("{i} {}\n", i + 1), "{say}");
            assert_eq!(lane.ended.unwrap().1, Ended::Returned, "{say}");
        }
        assert_eq!(seen.run.peak_parallel(), 1, "{say}");
    }
}

#[test]
fn bytes_of_every_kind_come_through() {
    let script = PathBuf::from("bytes.py");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(script);
    std::fs::write(
        &path,
        "import os\nos.write(1, bytes(range(256)) + b'\\r50%\\r100%\\n')\nos.write(1, b'x' * 3_000_000)\nos.write(1, b'end')\n",
    )
    .unwrap();
    let python = &pythons()[0];
    let seen = watch_with(&python.path, Source::File(path.clone()), Options::default());
    let expected = bare(&python.path, &path, &[]).stdout;
    assert_eq!(seen.all(Stream::Stdout), text(&expected));
    // One line of 256 bytes has a newline in it; the long one and the end are one line without.
    assert_eq!(seen.root().lines, 3);
}
