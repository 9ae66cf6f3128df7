//! The guard on Windows: a job object that this process is in, with all that it starts. It is closed with this process,
//! and what is left in it ends.

use std::io;

pub(crate) use super::portable::{Leash, leash};

/// Tells when the guard is gone: the system is, and never goes.
#[derive(Debug)]
pub(crate) struct Watch;

impl Watch {
    /// Waits for ever.
    pub(crate) fn wait(self) {
        loop {
            std::thread::park();
        }
    }
}

/// Puts this process into a job of its own.
#[expect(
    unsafe_code,
    reason = "calls into the system that have no safe wrapper"
)]
pub(crate) fn stand() -> io::Result<Watch> {
    use windows_sys::Win32::System::JobObjects::{
        AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
        JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectExtendedLimitInformation,
        SetInformationJobObject,
    };
    use windows_sys::Win32::System::Threading::GetCurrentProcess;
    let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    // SAFETY: no attributes and no name; the handle is kept open until this process ends, which is what closes it.
    let job = unsafe { CreateJobObjectW(std::ptr::null(), std::ptr::null()) };
    if job.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the structure is ours, of the class that is named, and read during the call only.
    let set = unsafe {
        SetInformationJobObject(
            job,
            JobObjectExtendedLimitInformation,
            (&raw const limits).cast(),
            size_of_val(&limits) as u32,
        )
    };
    // SAFETY: both are handles of this process.
    if set == 0 || unsafe { AssignProcessToJobObject(job, GetCurrentProcess()) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Watch)
}
