//! Who may open what this program makes: its user, and nobody else.

use std::io;
use std::os::windows::io::{FromRawHandle, OwnedHandle};

use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
};
use windows_sys::Win32::Security::{
    GetTokenInformation, PSECURITY_DESCRIPTOR, SECURITY_ATTRIBUTES, TOKEN_QUERY, TOKEN_USER,
    TokenUser,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

/// An access list in the system's own language, with this user alone on it.
#[expect(
    unsafe_code,
    reason = "calls into the system that have no safe wrapper"
)]
pub(crate) fn own_only() -> io::Result<String> {
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
    Ok(format!("D:P(A;;GA;;;{sid})"))
}

/// The same as a call wants it that makes something.
pub(crate) struct OwnOnly {
    descriptor: PSECURITY_DESCRIPTOR,
}

impl OwnOnly {
    /// Asks the system who this user is.
    #[expect(
        unsafe_code,
        reason = "a call into the system that has no safe wrapper"
    )]
    pub(crate) fn new() -> io::Result<Self> {
        let text: Vec<u16> = own_only()?.encode_utf16().chain([0]).collect();
        let mut descriptor = std::ptr::null_mut();
        // SAFETY: the text ends in a zero, and the place for the result is ours.
        let made = unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text.as_ptr(),
                SDDL_REVISION_1,
                &raw mut descriptor,
                std::ptr::null_mut(),
            )
        };
        if made == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self { descriptor })
    }

    /// To be used while this lives.
    pub(crate) fn attributes(&self) -> SECURITY_ATTRIBUTES {
        SECURITY_ATTRIBUTES {
            nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
            lpSecurityDescriptor: self.descriptor,
            bInheritHandle: 0,
        }
    }
}

impl Drop for OwnOnly {
    #[expect(
        unsafe_code,
        reason = "a call into the system that has no safe wrapper"
    )]
    fn drop(&mut self) {
        // SAFETY: the system made it for us, and it is freed once.
        unsafe { LocalFree(self.descriptor) };
    }
}
