//! Who may open what this program makes: its user, and nobody else.

use std::io;
use std::os::windows::io::{FromRawHandle, OwnedHandle};

use interprocess::os::windows::security_descriptor::SecurityDescriptor;
use widestring::U16CString;
use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Authorization::ConvertSidToStringSidW;
use windows_sys::Win32::Security::{GetTokenInformation, TOKEN_QUERY, TOKEN_USER, TokenUser};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

/// An access list with this user alone on it.
#[expect(
    unsafe_code,
    reason = "calls into the system that have no safe wrapper"
)]
pub(crate) fn own_only() -> io::Result<SecurityDescriptor> {
    let mut token = std::ptr::null_mut();
    // SAFETY: the handle is the process's own, and the place for the new one is ours.
    if unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just made, and nobody else has it.
    let _token = unsafe { OwnedHandle::from_raw_handle(token) };
    // Aligned as its structure wants it, with room for the longest identity behind it.
    let mut user = [0_u64; 32];
    let (size, mut used) = (size_of_val(&user) as u32, 0);
    // SAFETY: the place has the size that is said, and is aligned.
    let got = unsafe {
        GetTokenInformation(
            token,
            TokenUser,
            user.as_mut_ptr().cast(),
            size,
            &raw mut used,
        )
    };
    if got == 0 {
        return Err(io::Error::last_os_error());
    }
    let mut text = std::ptr::null_mut();
    // SAFETY: the call before filled the structure, which lives on.
    let said = unsafe {
        let user = &*user.as_ptr().cast::<TOKEN_USER>();
        ConvertSidToStringSidW(user.User.Sid, &raw mut text)
    };
    if said == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call before made a text that ends in a zero, and that is freed once.
    let sid = unsafe {
        let length = (0..).take_while(|&at| *text.add(at) != 0).count();
        let sid = String::from_utf16_lossy(std::slice::from_raw_parts(text, length));
        LocalFree(text.cast());
        sid
    };
    let list = U16CString::from_str(format!("D:P(A;;GA;;;{sid})")).map_err(io::Error::other)?;
    SecurityDescriptor::deserialize(&list)
}
