//! What a process is, read off its command line.

use crate::run::LaneKind;

/// A process's kind and a name until it tells its own.
pub(super) fn of(args: &[String]) -> (LaneKind, String) {
    let has = |part: &str| args.iter().any(|arg| arg.contains(part));
    if has("multiprocessing.forkserver") {
        return (LaneKind::Service, "forkserver".to_owned());
    }
    if has("multiprocessing.resource_tracker") || has("multiprocessing.semaphore_tracker") {
        return (LaneKind::Service, "resource tracker".to_owned());
    }
    let program = args.first().map_or("", String::as_str);
    let program = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let is_python = ["python", "pypy"]
        .iter()
        .any(|name| program.to_ascii_lowercase().starts_with(name));
    if !is_python {
        return (LaneKind::Other, program.to_owned());
    }
    (LaneKind::Process, python(program, &args[1..]))
}

/// A Python that a script started: named after what it runs.
fn python(program: &str, args: &[String]) -> String {
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        match arg {
            "-c" => return format!("{program} -c"),
            "-m" => return format!("{program} -m {}", args.next().unwrap_or_default()),
            // These take a value of their own.
            "-W" | "-X" => drop(args.next()),
            option if option.starts_with('-') => {}
            file => return file.rsplit(['/', '\\']).next().unwrap_or(file).to_owned(),
        }
    }
    program.to_owned()
}

/// Whether a thread of this target (`module:name`) was started by the library and not to run user code.
pub(super) fn is_service(target: &str) -> bool {
    let (module, name) = target.split_once(':').unwrap_or((target, ""));
    // `multiprocessing.pool:worker` is what a ThreadPool's own workers run.
    (module == "multiprocessing" || module.starts_with("multiprocessing.")) && name != "worker"
        || module == "concurrent.futures.process"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_by_command_line() {
        let cases: [(&[&str], LaneKind, &str); 6] = [
            (
                &["/usr/bin/python3.13", "a/b.py", "x"],
                LaneKind::Process,
                "b.py",
            ),
            (
                &["python", "-X", "dev", "-u", "-c", "pass"],
                LaneKind::Process,
                "python -c",
            ),
            (
                &[
                    "/p/python",
                    "-c",
                    "from multiprocessing.resource_tracker import main;main(4)",
                ],
                LaneKind::Service,
                "resource tracker",
            ),
            (
                &[
                    "/p/python",
                    "-c",
                    "from multiprocessing.forkserver import main; main(4)",
                ],
                LaneKind::Service,
                "forkserver",
            ),
            (&["/bin/sh", "-c", "true"], LaneKind::Other, "sh"),
            (&[], LaneKind::Other, ""),
        ];
        for (args, kind, name) in cases {
            let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
            assert_eq!(of(&args), (kind, name.to_owned()), "{args:?}");
        }
    }

    #[test]
    fn threads_of_the_library_are_services_but_its_workers_are_not() {
        for (target, service) in [
            ("__main__:work", false),
            ("multiprocessing.pool:Pool._handle_tasks", true),
            ("multiprocessing.pool:worker", false),
            ("multiprocessing.queues:Queue._feed", true),
            ("concurrent.futures.thread:_worker", false),
            ("concurrent.futures.process:_ExecutorManagerThread", true),
        ] {
            assert_eq!(is_service(target), service, "{target}");
        }
    }
}
