//! Pipes are used again, and never by two at once.

use gilscope::run::{LaneKind, Stream};

use crate::common::{pythons, watch};

/// Starts a fork that does `work`, joins it, and starts the next.
const ONE_BY_ONE: &str = r#"
if __name__ == "__main__":
    fork = multiprocessing.get_context("fork")
    for i in range(60):
        process = fork.Process(target=work, args=(i,))
        process.start()
        process.join()
"#;

#[test]
fn one_after_another_uses_the_pipes_of_those_before_and_keeps_its_own_lines() {
    let script = r#"
import multiprocessing, os

def work(i):
    print(i, os.fstat(1).st_ino, flush=True)
    os.write(2, b"to stderr %d\n" % i)
"#;
    let script = format!("{script}{ONE_BY_ONE}");
    for python in pythons() {
        let seen = watch(&python.path, &script);
        let say = format!("{}: {}", python.version, seen.lanes_said());
        let workers = seen.lanes(LaneKind::Process);
        assert_eq!(workers.len(), 60, "{say}");
        let mut pipes = std::collections::BTreeSet::new();
        for (i, lane) in workers.iter().enumerate() {
            let said = seen.stdout(lane);
            let (number, pipe) = said.trim_end().split_once(' ').expect(&say);
            assert_eq!(number, i.to_string(), "{say}");
            assert_eq!(lane.info.args, i.to_string(), "{say}");
            assert_eq!(lane.lines, 2, "{say}");
            pipes.insert(pipe.to_owned());
        }
        let all = seen.all(Stream::Stdout);
        let order = all.lines().map(|line| line.split(' ').next().unwrap());
        assert!(order.eq((0..60).map(|i| i.to_string())), "{say}\n{all}");
        assert!(pipes.len() < 40, "{} pipes for 60: {say}", pipes.len());
    }
}

#[test]
fn a_pipe_that_somebody_still_holds_is_nobody_elses() {
    let script = r#"
import multiprocessing, os, subprocess

read, write = os.pipe()

def work(i):
    if i == 0:
        subprocess.Popen(["sh", "-c", "read line; echo late"], stdin=read)
    print(i, flush=True)
"#;
    let script = format!("{script}{ONE_BY_ONE}    os.write(write, b\"now\\n\")\n");
    for python in pythons() {
        let seen = watch(&python.path, &script);
        let say = format!("{}: {}", python.version, seen.lanes_said());
        let workers = seen.lanes(LaneKind::Process);
        assert_eq!(workers.len(), 60, "{say}");
        for (i, lane) in workers.iter().enumerate() {
            let late = if i == 0 { "late\n" } else { "" };
            assert_eq!(seen.stdout(lane), format!("{i}\n{late}"), "{say}");
        }
    }
}
