//! How much of a run's output is kept: up to its quota, and as far as the disk has room.

use super::{Live, Shared, platform};
use crate::experiment::AtQuota;
use crate::run::StoppedBy;

/// So many bytes are left free on the disk that a run is written to.
const LEFT_FREE: u64 = 512 << 20;
/// The disk is looked at once so many more bytes came: a small run fills none.
pub(super) const EVERY_BYTES: u64 = 64 << 20;

impl Live {
    /// Whether output is still kept.
    pub(super) fn may_keep(&self) -> bool {
        self.kept_bytes <= self.limits.quota_bytes && !self.disk_is_short
    }

    /// Looks whether the quota is reached, or the disk runs short.
    pub(super) fn look_at_room(&mut self, shared: &Shared) {
        if self.kept_bytes > self.limits.quota_bytes {
            let text = "The output quota is reached: from here on lines are counted and not kept"
                .to_owned();
            self.at_quota(StoppedBy::Quota, text, shared);
        }
        if self.kept_bytes < self.disk_due_bytes {
            return;
        }
        self.disk_due_bytes = self.kept_bytes + EVERY_BYTES;
        let Some(file) = self.book.path().filter(|_| !self.disk_is_short) else {
            return;
        };
        if platform::free_bytes(&file).is_some_and(|free| free < LEFT_FREE) {
            self.disk_is_short = true;
            let text = format!(
                "Less than {} MiB are free on the disk of {}: from here on lines are counted and not kept. Make room there, and run it again",
                LEFT_FREE >> 20,
                file.display()
            );
            self.at_quota(StoppedBy::Disk, text, shared);
        }
    }

    fn at_quota(&mut self, by: StoppedBy, text: String, shared: &Shared) {
        match self.limits.at_quota {
            AtQuota::Stop => self.ask_to_stop(by, shared),
            AtQuota::Count if !std::mem::replace(&mut self.counts_only, true) => {
                self.notice(text, shared);
            }
            AtQuota::Count => {}
        }
    }
}
