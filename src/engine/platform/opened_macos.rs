//! Files that macOS opens: Finder sends the program that is there an event, and gives it no argument. Only compiled so far.
//!
//! The event is heard by a handler of our own, put in where Apple says it may be, just before the first one is given
//! out; the application's delegate is the windowing library's.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use objc2::rc::Retained;
use objc2::runtime::AnyObject;
use objc2::{MainThreadMarker, MainThreadOnly, define_class, msg_send, sel};
use objc2_app_kit::NSApplicationWillFinishLaunchingNotification;
use objc2_foundation::{
    NSAppleEventDescriptor, NSAppleEventManager, NSDictionary, NSNotification,
    NSNotificationCenter, NSObject, NSString, NSUserDefaults, ns_string,
};

/// Apple's numbers: an event of the core, that documents are to be opened, and what holds them.
const CORE: u32 = u32::from_be_bytes(*b"aevt");
const OPEN: u32 = u32::from_be_bytes(*b"odoc");
const DOCUMENTS: u32 = u32::from_be_bytes(*b"----");

/// After so long a window that was busy is offered a file again.
const AGAIN: Duration = Duration::from_millis(100);

/// From the event to who listens: the first event comes before the window is there.
static FILES: LazyLock<(Sender<PathBuf>, Receiver<PathBuf>)> =
    LazyLock::new(crossbeam_channel::unbounded);

define_class!(
    // SAFETY: NSObject asks nothing of who is derived from it, and nothing here is dropped.
    #[unsafe(super(NSObject))]
    #[thread_kind = MainThreadOnly]
    #[name = "GilscopeOpened"]
    struct Opened;

    impl Opened {
        #[unsafe(method(willFinishLaunching:))]
        fn will_finish_launching(&self, _: &NSNotification) {
            let events = NSAppleEventManager::sharedAppleEventManager();
            // SAFETY: the method is there, takes an event and a reply, and its owner is never given back.
            #[expect(unsafe_code, reason = "a call whose wrapper brings another library")]
            unsafe {
                let _: () = msg_send![
                    &events,
                    setEventHandler: self,
                    andSelector: sel!(open:reply:),
                    forEventClass: CORE,
                    andEventID: OPEN
                ];
            }
        }

        #[unsafe(method(open:reply:))]
        fn open(&self, event: &NSAppleEventDescriptor, _: &NSAppleEventDescriptor) {
            // SAFETY: the keyword goes in, a descriptor or none comes out.
            #[expect(unsafe_code, reason = "a call whose wrapper brings another library")]
            let documents: Option<Retained<NSAppleEventDescriptor>> =
                unsafe { msg_send![event, paramDescriptorForKeyword: DOCUMENTS] };
            let Some(documents) = documents else { return };
            let each = (1..=documents.numberOfItems()).filter_map(|i| documents.descriptorAtIndex(i));
            for url in each.filter_map(|document| document.fileURLValue()) {
                if let Some(path) = url.to_file_path() {
                    let _ = FILES.0.send(path);
                }
            }
        }
    }
);

/// Hears what is opened from here on; before the window's loop begins, on the main thread.
#[expect(
    unsafe_code,
    reason = "calls into the system that have no safe wrapper"
)]
pub(crate) fn expect() {
    let Some(main) = MainThreadMarker::new() else {
        return;
    };
    // SAFETY: `init` of NSObject, on what was just allocated.
    let hears: Retained<Opened> = unsafe { msg_send![Opened::alloc(main), init] };
    let centre = NSNotificationCenter::defaultCenter();
    // SAFETY: the method is there and takes a notification; the observer lives as long as the program.
    unsafe {
        centre.addObserver_selector_name_object(
            &hears,
            sel!(willFinishLaunching:),
            Some(NSApplicationWillFinishLaunchingNotification),
            None,
        );
    }
    std::mem::forget(hears);
    // A file that is an argument is opened by who reads the arguments, not by an event too.
    let no: &AnyObject = ns_string!("NO");
    let names: [&NSString; 1] = [ns_string!("NSTreatUnknownArgumentsAsOpen")];
    // SAFETY: a text is a value that defaults may have.
    unsafe {
        NSUserDefaults::standardUserDefaults()
            .registerDefaults(&NSDictionary::from_slices(&names, &[no]));
    }
}

/// Gives what is opened, and what already was, to who takes it; where no thread can be had, the window has its menu.
pub(crate) fn hear(take: impl Fn(PathBuf) -> bool + Send + 'static) {
    let hear = move || {
        for file in &FILES.1 {
            while !take(file.clone()) {
                std::thread::sleep(AGAIN);
            }
        }
    };
    let _ = std::thread::Builder::new()
        .name("files from Finder".into())
        .spawn(hear);
}
