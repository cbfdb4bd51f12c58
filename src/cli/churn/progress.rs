//! A progress bar on standard error, if that is a terminal.

use crate::churn::{News, Phase};
use indicatif::{ProgressBar, ProgressStyle};

/// With rate and time to go; indicatif draws nothing off a terminal.
const STYLE: &str = "{prefix:6} {wide_bar} {human_pos}/{human_len} {per_sec}, {eta} to go";

/// Shows what the director tells.
pub(super) fn bar() -> impl FnMut(News) {
    let mut bar = Bar::default();
    move |news| bar.show(news)
}

#[derive(Default)]
struct Bar {
    shown: Option<(Phase, ProgressBar)>,
}

impl Bar {
    fn show(&mut self, news: News) {
        match news {
            News::Begins { phase, goal } => {
                let bar = ProgressBar::new(goal).with_prefix(phase.name());
                if let Ok(style) = ProgressStyle::with_template(STYLE) {
                    bar.set_style(style);
                }
                self.clear();
                self.shown = Some((phase, bar));
            }
            News::At(progress) => {
                if let Some((phase, bar)) = &self.shown {
                    let left = |goal: u64| goal.saturating_sub(progress);
                    bar.set_position(match phase {
                        Phase::Loss => left(bar.length().unwrap_or_default()),
                        _ => progress,
                    });
                }
            }
        }
    }

    fn clear(&mut self) {
        if let Some((_, bar)) = self.shown.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.clear();
    }
}
