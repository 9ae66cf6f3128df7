//! Unmodified scripts, watched: every process and thread has a lane, and every line is on its own.

use gilscope::engine::launch::Source;
use gilscope::experiment::Buffering;
use gilscope::run::{Ended, LaneKind, Stream};

use crate::common::{Options, pythons, watch, watch_with};

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
            let options = Options {
                buffering,
                ..Options::default()
            };
            let script = Source::Text {
                name: "threads.py".into(),
                text: THREADS.into(),
            };
            let seen = watch_with(&python.path, script, options);
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

#[test]
fn sets_whose_claimants_died_before_a_word_are_replaced() {
    // What a child does that is killed at its first breath, for as many as are ready.
    let text = "import os\nspare, taken = (os.environ['GILSCOPE_DIR'] + part for part in ('/spare/', '/taken/'))\n\
        for name in os.listdir(spare):\n    os.rename(spare + name, taken + name)\n\
        for n in range(3):\n    if os.fork() == 0:\n        print('child', n)\n        os._exit(n)\n    os.wait()\n";
    for python in pythons() {
        let seen = watch(&python.path, text);
        let children = seen.lanes(LaneKind::Process);
        let probed = children.iter().filter(|lane| lane.info.probed).count();
        assert_eq!(probed, 3, "{} {}", python.version, seen.lanes_said());
    }
}
