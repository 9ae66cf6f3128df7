//! What a run itself has to say: each of its notices is said once, and why a limit ended it. What is no news of one run
//! is said once a session.

use super::App;
use crate::engine::prepare::NO_PYTHON;
use crate::run::{Run, StoppedBy};
use crate::store::runs::GAVE_WAY;
use crate::ui::which;

/// The longest sentence that is taken from a file, in letters.
const LONGEST: usize = 400;

/// What many runs say: that older ones gave way, that there is no Python.
const ONCE: [&str; 2] = [GAVE_WAY, NO_PYTHON];

/// How much of a run was said already.
#[derive(Debug, Default)]
pub(super) struct Said {
    run: String,
    notices: usize,
    stop: bool,
    /// What of [`ONCE`] was said, of whichever run.
    once: Vec<&'static str>,
}

impl Said {
    /// What is new in the run since the last look.
    fn news(&mut self, run: &Run, ours: bool) -> Vec<String> {
        if self.run != run.header.id {
            *self = Self {
                run: run.header.id.clone(),
                once: std::mem::take(&mut self.once),
                ..Self::default()
            };
        }
        let mut news: Vec<String> = run
            .notices
            .get(self.notices..)
            .unwrap_or_default()
            .iter()
            .map(|notice| notice.text.clone())
            .collect();
        news.retain(|text| {
            let once = ONCE.into_iter().find(|once| text.contains(once));
            once.is_none_or(|once| self.say_once(once))
        });
        self.notices = run.notices.len();
        if !self.stop && run.end.is_some() {
            self.stop = true;
            news.extend(limit(run, ours));
        }
        news
    }

    /// Whether this is still to be said; from here on it is not.
    fn say_once(&mut self, once: &'static str) -> bool {
        let is_new = !self.once.contains(&once);
        if is_new {
            self.once.push(once);
        }
        is_new
    }
}

/// A limit that nobody looked at ended the run: which, and what to do.
fn limit(run: &Run, ours: bool) -> Option<String> {
    let todo = match run.end.as_ref()?.stopped_by {
        StoppedBy::Quota => "Print less, or run it with `gilscope run --quota` and more",
        StoppedBy::Disk => "Make room on the disk of the kept runs, and run it again",
        // Where the machine ran short, a notice of the run said so.
        StoppedBy::Memory if run.header.experiment.limits.memory_bytes.is_none() => return None,
        StoppedBy::Memory => "Use fewer workers, or give it a higher memory limit, under More",
        _ => return None,
    };
    let stopped = which::stopped(run, ours)?;
    Some(format!("The run was {stopped}. {todo}."))
}

impl App {
    /// There is no Python, which is said already.
    pub(super) fn said_no_python(&mut self) {
        self.said.say_once(NO_PYTHON);
    }

    /// Says what is new in the live run, also while an opened one is shown.
    pub(super) fn heed_the_run(&mut self) {
        let shared = std::sync::Arc::clone(self.controller.shared());
        let (news, is_new, over) = {
            let run = shared.run.read();
            let Some(run) = &*run else {
                return;
            };
            let is_new = self.said.run != run.header.id;
            let was_over = self.said.stop && !is_new;
            let news = self.said.news(run, true);
            let over = (self.said.stop && !was_over).then(|| run.header.clone());
            (news, is_new, over)
        };
        if is_new {
            self.show_the_new_run();
        }
        if let Some(header) = over {
            self.look_for_turn(&header);
        }
        for text in news {
            self.notices.say(text);
        }
    }

    /// Says what an opened run had to say, once.
    pub(super) fn heed_the_opened(&mut self, run: &Run, name: &str) {
        let mut said = Said {
            once: vec![GAVE_WAY],
            ..Said::default()
        };
        for text in said.news(run, false) {
            // The text comes from a file that may be anybody's.
            let text: String = text
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .take(LONGEST)
                .collect();
            self.notices.say(format!("{name} says: {text}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Experiment;
    use crate::run::Notice;
    use crate::run::tests::header;

    fn run(id: &str) -> Run {
        let mut run = Run::new(header(Experiment::default()));
        run.header.id = id.to_owned();
        for text in [format!("{NO_PYTHON}. Install one"), id.to_owned()] {
            run.notices.push(Notice { t_ns: 0, text });
        }
        run
    }

    #[test]
    fn what_is_no_news_of_one_run_is_said_once_a_session() {
        let mut said = Said::default();
        assert_eq!(said.news(&run("one"), true).len(), 2);
        assert_eq!(said.news(&run("one"), true), [""; 0]);
        assert_eq!(said.news(&run("two"), true), ["two"]);
    }

    #[test]
    fn that_there_is_no_python_is_not_said_again_where_the_window_said_it() {
        let mut said = Said::default();
        assert!(said.say_once(NO_PYTHON));
        assert_eq!(said.news(&run("one"), true), ["one"]);
    }
}
