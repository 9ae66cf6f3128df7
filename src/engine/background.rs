//! A thread that works beside a run until it is dropped.

use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};

/// The running thread. Dropping it ends it, and waits for that.
pub(super) struct Background {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Starts it. Nothing ever comes from the receiver: that it is closed asks the work to come to its end.
    pub(super) fn start(
        name: &str,
        work: impl FnOnce(&Receiver<()>) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (end, ended) = bounded(0);
        let thread = std::thread::Builder::new()
            .name(name.into())
            .spawn(move || work(&ended))?;
        Ok(Self {
            end: Some(end),
            thread: Some(thread),
        })
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
