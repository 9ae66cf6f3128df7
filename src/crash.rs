//! When a part of this program fails: a report in a file, and a sentence for the user. Nothing is sent anywhere.

use std::backtrace::Backtrace;
use std::cell::Cell;
use std::io::Write;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

/// The newest failure that nobody has taken yet.
static FAILED: Mutex<Option<Failure>> = Mutex::new(None);

thread_local! {
    /// Whether this thread is inside of [`contained`].
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// What failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The thread's name.
    pub thread: String,
    /// What it said.
    pub what: String,
    /// The report; none where it could not be written.
    pub report: Option<PathBuf>,
}

impl Failure {
    /// For the user: what failed and what to do now.
    pub fn words(&self) -> String {
        let Self {
            thread,
            what,
            report,
        } = self;
        let report = report.as_ref().map_or_else(
            || "no report of it could be written".to_owned(),
            |path| {
                format!(
                    "a report is in {} (nothing is sent anywhere)",
                    path.display()
                )
            },
        );
        format!(
            "A part of Gilscope failed ({thread}: {what}), so the run is ended and what was recorded is kept; {report}. Start Gilscope again before the next run"
        )
    }
}

/// From here on a part that fails leaves a report in this folder, and `told` is called, on the part's own thread.
pub fn keep_reports(folder: Option<PathBuf>, told: impl Fn() + Send + Sync + 'static) {
    std::panic::set_hook(Box::new(move |info| {
        if CONTAINED.get() {
            return;
        }
        let failure = failure(info, folder.as_deref());
        let _ = writeln!(std::io::stderr(), "gilscope: {}", failure.words());
        *FAILED.lock() = Some(failure);
        told();
    }));
}

/// Lets a library make sense of what another process may change at any moment: where that makes it panic, there is no
/// result, and nothing of this program has failed.
pub fn contained<T>(reading: impl FnOnce() -> T) -> Option<T> {
    let before = CONTAINED.replace(true);
    let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(reading));
    CONTAINED.set(before);
    read.ok()
}

/// What has failed since this was last asked.
pub fn take() -> Option<Failure> {
    FAILED.lock().take()
}

fn failure(info: &PanicHookInfo<'_>, folder: Option<&Path>) -> Failure {
    let thread = std::thread::current()
        .name()
        .unwrap_or("unnamed")
        .to_owned();
    let what = info.payload_as_str().unwrap_or("no message").to_owned();
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let text = format!(
        "Gilscope {} on {} {}\n{}\nthread {thread} at {place}: {what}\n\n{}\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        jiff::Timestamp::now(),
        Backtrace::force_capture(),
    );
    let report = folder.and_then(|folder| write(folder, &text).ok());
    Failure {
        thread,
        what,
        report,
    }
}

fn write(folder: &Path, text: &str) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let time = jiff::Zoned::now().strftime("%Y-%m-%d %H.%M.%S");
    let path = folder.join(format!("crash {time}.txt"));
    std::fs::write(&path, text)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn a_part_that_fails_leaves_a_report_and_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let told = Arc::new(AtomicBool::new(false));
        let before = std::panic::take_hook();
        let tell = Arc::clone(&told);
        keep_reports(Some(folder.path().join("crashes")), move || {
            tell.store(true, Ordering::Relaxed);
        });
        assert_eq!(contained(|| 1), Some(1));
        assert_eq!(contained(|| [0][usize::MAX.wrapping_add(2)]), None);
        assert_eq!(take(), None, "what was contained was told");
        let failing = std::thread::Builder::new()
            .name("sampler".into())
            .spawn(|| panic!("it broke"))
            .unwrap();
        assert!(failing.join().is_err());
        std::panic::set_hook(before);
        let failure = take().unwrap();
        assert!(told.load(Ordering::Relaxed));
        assert_eq!(
            (failure.thread.as_str(), failure.what.as_str()),
            ("sampler", "it broke")
        );
        let report = failure.report.as_ref().unwrap();
        assert!(failure.words().contains(&*report.to_string_lossy()));
        let text = std::fs::read_to_string(report).unwrap();
        assert!(
            text.contains("it broke") && text.contains("crash.rs"),
            "{text}"
        );
    }
}
