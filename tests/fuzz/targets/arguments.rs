//! What is typed, given on the command line or kept for the next start: it is refused with a reason, or it is an
//! experiment within its ranges whose arguments are shown as they are used.
//!
//! An input that begins with `{` is a settings file or a run's header, one that begins with `gilscope` a command line,
//! any other the arguments of a script as typed.

use gilscope::experiment::{Experiment, check};
use gilscope::run::Header;
use gilscope::ui::script::Adopted;
use gilscope::ui::settings::Settings;
use gilscope::ui::which::what;

use super::scratch;

/// Takes a text.
pub(super) fn take(bytes: &[u8]) {
    if bytes.starts_with(b"{") {
        settings(bytes);
        if let Ok(header) = serde_json::from_slice(bytes) {
            adopted(&header);
        }
        return;
    }
    let text = String::from_utf8_lossy(bytes);
    let Some(words) = shlex::split(&text) else {
        return;
    };
    // No system passes a NUL.
    if !text.contains('\0') {
        shown(&words);
    }
    // Files are for others to find.
    if words.first().is_some_and(|word| word == "gilscope")
        && !words
            .iter()
            .any(|word| word.contains("--script") || word.starts_with("--s"))
    {
        match gilscope::cli::asked(&words[1..]) {
            Ok(None) => {}
            Ok(Some(experiment)) => possible(&experiment),
            Err(why) => assert!(!why.is_empty()),
        }
    }
}

/// What may be run.
fn possible(experiment: &Experiment) {
    assert_eq!(check(experiment), Ok(()));
    let script = experiment.script();
    assert!(script.text.len() < 64 << 20 && !experiment.name().is_empty());
    for mark in &script.marks {
        assert!(mark.line < script.text.lines().count(), "{mark:?}");
    }
    let _ = what(experiment);
    if let Some(own) = &experiment.script {
        shown(&own.args);
    }
    let kept = serde_json::to_string(experiment).unwrap();
    let again: Experiment = serde_json::from_str(&kept).unwrap();
    assert_eq!(again, *experiment);
}

/// Arguments are shown so that typing what is shown gives them again.
fn shown(args: &[String]) {
    let typed = shlex::try_join(args.iter().map(String::as_str));
    let again = typed.ok().and_then(|typed| shlex::split(&typed));
    assert_eq!(again.as_deref(), Some(args));
}

fn settings(bytes: &[u8]) {
    let path = scratch("settings.json");
    std::fs::write(&path, bytes).unwrap();
    let (settings, said) = Settings::load(&path);
    if let Some(said) = said {
        assert!(said.contains("settings.json") && settings == Settings::default());
        let aside = std::fs::read(scratch("settings.broken.json")).unwrap();
        assert_eq!(aside, bytes, "a broken file is kept");
        return;
    }
    possible(&settings.experiment);
    for (_, args) in &settings.arguments {
        shown(args);
    }
    assert!((0.5..=3.0).contains(&settings.zoom) && settings.recent.len() <= 10);
    settings.save(&path).unwrap();
    assert_eq!(
        Settings::load(&path),
        (settings, None),
        "it comes back as it was"
    );
}

fn adopted(header: &Header) {
    match Adopted::of(header, "x.gilscope") {
        Err(why) => assert!(why.contains("x.gilscope")),
        Ok(Adopted::Controls(experiment)) => possible(&experiment),
        Ok(Adopted::Script { args, text, .. }) => {
            shown(&args);
            assert_eq!(text, header.script);
        }
    }
}
