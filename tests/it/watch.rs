//! Unmodified scripts, watched: every process and thread has a lane, and every line is on its own.

use std::path::Path;

use gilscope::engine::launch::Source;
use gilscope::experiment::Buffering;
use gilscope::run::{Ended, LaneKind, Stream};

use crate::common::{Options, Watched, pythons, watch, watch_with};

const PROCESSES: &str = r#"
import os, sys
from multiprocessing import Process, set_start_method

def work(n):
    print("out", n, os.getpid())
    print("err", n, os.getpid(), file=sys.stderr)
    sys.exit(n)

if __name__ == "__main__":
    set_start_method("METHOD")
    workers = [Process(target=work, args=(n,)) for n in range(4)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    print("root", os.getpid())
"#;

#[test]
fn each_process_has_its_own_lines_under_every_start_method() {
    for python in pythons() {
        for method in ["fork", "spawn", "forkserver"] {
            let seen = watch(&python.path, &PROCESSES.replace("METHOD", method));
            let say = format!("{} {method}: {}", python.version, seen.lanes_said());
            let workers = seen.lanes(LaneKind::Process);
            assert_eq!(workers.len(), 4, "{say}");
            assert_eq!(
                seen.stdout(seen.root()),
                format!("root {}\n", seen.root().info.pid),
                "{say}"
            );
            for lane in workers {
                let n: i32 = lane.info.args.parse().expect(&say);
                let pid = lane.info.pid;
                assert_eq!(lane.info.name, format!("Process-{}", n + 1), "{say}");
                assert_eq!(seen.stdout(lane), format!("out {n} {pid}\n"), "{say}");
                assert_eq!(
                    seen.text(lane, Stream::Stderr),
                    format!("err {n} {pid}\n"),
                    "{say}"
                );
                assert_eq!(lane.ended.unwrap().1, Ended::Exited(n), "{say}");
                assert_eq!(lane.info.parent, Some(seen.root().id), "{say}");
                assert!(
                    lane.info.probed && lane.up.is_some() && lane.cpu_final_ns.is_some(),
                    "{say}"
                );
                assert!(lane.started_ns <= lane.up.unwrap().t_ns, "{say}");
                assert!(lane.peak_rss_bytes > Some(1 << 20), "{say}");
            }
            assert!(seen.run.notices.is_empty(), "{say}");
            assert_eq!(seen.root_ended(), Ended::Exited(0), "{say}");
        }
    }
}

fn buffered(python: &Path, text: &str, buffering: Buffering) -> Watched {
    let options = Options {
        buffering,
        ..Options::default()
    };
    let script = Source::Text {
        name: "script.py".into(),
        text: text.into(),
    };
    watch_with(python, script, options)
}

const THREADS: &str = r#"
import threading

def work(n):
    for k in range(50):
        print("thread %d line %d\n" % (n, k), end="")

threads = [threading.Thread(target=work, args=(n,), name="T%d" % n) for n in range(4)]
print("before")
for t in threads:
    t.start()
for t in threads:
    t.join()
print("after")
"#;

#[test]
fn each_thread_has_its_own_lines() {
    for python in pythons() {
        for buffering in [Buffering::Line, Buffering::Block] {
            let seen = buffered(&python.path, THREADS, buffering);
            let say = format!("{} {buffering}: {}", python.version, seen.lanes_said());
            let workers = seen.lanes(LaneKind::Thread);
            assert_eq!(workers.len(), 4, "{say}");
            for lane in workers {
                let n = &lane.info.args;
                assert_eq!(lane.info.name, format!("T{n}"), "{say}");
                assert_eq!(lane.ended.unwrap().1, Ended::Returned, "{say}");
                assert!(lane.cpu_final_ns.is_some(), "{say}");
                let expected: Vec<_> = (0..50).map(|k| format!("thread {n} line {k}\n")).collect();
                let expected = expected.concat();
                assert_eq!(seen.stdout(lane), expected, "{say}");
            }
            assert_eq!(
                seen.all(Stream::Stdout).matches("line").count(),
                200,
                "{say}"
            );
            let root = seen.stdout(seen.root());
            assert!(
                root.starts_with("before\n") && root.ends_with("after\n"),
                "{root:?} {say}"
            );
        }
    }
}

const CROWDED: &str = r#"
import sys, threading
sys.setswitchinterval(1e-6)

def whole(n):
    for k in range(1500):
        sys.stdout.write("%d w%d %s\n" % (n, k, ("\u00e9" * (k % 7), "x" * (k % 300))[k % 2]))
        if k % 400 == 7:
            sys.stdout.write("%d w big %s\n" % (n, "y" * 9000))
        if k % 97 == 3:
            sys.stdout.flush()
        if k % 50 == 9:
            print(n, "e%d" % k, file=sys.stderr)

def pieces(n):
    for k in range(1500):
        print(n, "p%d" % k, flush=k % 111 == 5)

threads = [threading.Thread(target=f, args=(n,)) for n, f in enumerate((whole, whole, pieces, pieces))]
for t in threads:
    t.start()
for t in threads:
    t.join()
"#;

#[test]
fn threads_that_change_all_the_time_keep_their_lines() {
    for python in pythons() {
        for buffering in [Buffering::Line, Buffering::Block] {
            let seen = buffered(&python.path, CROWDED, buffering);
            let say = format!("{} {buffering}", python.version);
            let workers = seen.lanes(LaneKind::Thread);
            assert_eq!(workers.len(), 4, "{say}");
            let (mut all, mut strange) = (0, Vec::new());
            for lane in workers {
                let text = seen.stdout(lane) + &seen.text(lane, Stream::Stderr);
                // A line of pieces may have others' between; the first of them tells whose it is.
                let begun = |line: &str| {
                    let mut chars = line.chars();
                    let who = chars.next()?;
                    let rest = chars.as_str();
                    let known = [" w", " p", " e"].iter().any(|kind| rest.starts_with(kind));
                    (known && who.is_ascii_digit()).then_some(who)
                };
                for line in text.lines() {
                    let Some(who) = begun(line) else { continue };
                    all += 1;
                    if lane.info.args != who.to_string() {
                        strange.push(line.to_owned());
                    }
                }
            }
            assert!(
                strange.is_empty(),
                "{say}: {} of {all}, {:?}",
                strange.len(),
                &strange[..1]
            );
            // Before 3.13 a text stream may itself lose what threads write at once.
            let whole = seen.all(Stream::Stdout).matches(" w").count();
            assert!(
                all > 2 * 1500
                    && whole
                        >= if python.version.as_str() < "3.13" {
                            2900
                        } else {
                            3008
                        },
                "{say}: {all} {whole}"
            );
        }
    }
}

#[test]
fn sets_whose_claimants_died_before_a_word_are_replaced() {
    // What a child does that is killed at its first breath, for as many as are ready; the pause lets the
    // engine come to rest, for nothing wakes it then.
    let text = "import os, time\ntime.sleep(0.3)\nspare, taken = (os.environ['GILSCOPE_DIR'] + part for part in ('/spare/', '/taken/'))\n\
        for name in os.listdir(spare):\n    os.rename(spare + name, taken + name)\n\
        for n in range(3):\n    if os.fork() == 0:\n        print('child', n)\n        os._exit(n)\n    os.wait()\n";
    for python in pythons() {
        let seen = watch(&python.path, text);
        let children = seen.lanes(LaneKind::Process);
        let probed = children.iter().filter(|lane| lane.info.probed).count();
        assert_eq!(probed, 3, "{} {}", python.version, seen.lanes_said());
    }
}
