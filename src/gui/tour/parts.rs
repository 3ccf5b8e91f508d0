//! What a tour goes through.

use std::collections::VecDeque;

use super::super::action::Action;
use super::super::image_source::ImageSource;
use super::super::settings::{Tab, ThemeChoice};
use super::super::state::State;
use super::request::TourPart;
use crate::gui::broker::BrokerStatus;
use crate::gui::stream::LabelChoice;

/// Frames until pictures are decoded and animations have ended.
const SETTLE_FRAMES: u32 = 40;
/// Frames of each way to scroll.
const SCROLL_FRAMES: u32 = 600;

pub(super) type Act = fn(&mut State);

pub(super) enum Step {
    /// Until this holds.
    Until(&'static str, fn(&State) -> bool),
    /// This is done.
    Do(Act),
    /// So many frames.
    Frames(u32),
    /// A picture of this name.
    Shot(&'static str),
    /// From here on frames count for this.
    Measure(Option<&'static str>),
    /// So many frames, while the sheet is scrolled from its first image to this one.
    Scroll { frames: u32, to: usize },
}

use Step::{Do, Frames, Measure, Scroll, Shot, Until};

pub(super) fn steps_of(part: TourPart) -> VecDeque<Step> {
    let parts = match part {
        TourPart::All => vec![prepare(), stream(), sheet(), benchmark(), tabs()],
        TourPart::Pictures => vec![prepare(), hold_back(), stream(), sheet(), benchmark(), tabs()],
        TourPart::Start => vec![vec![Frames(2)]],
        TourPart::Stream | TourPart::LongStream => vec![prepare(), stream()],
        TourPart::Scroll => vec![scroll()],
    };
    parts.into_iter().flatten().chain([Frames(3)]).collect()
}

fn prepare() -> Vec<Step> {
    vec![
        Do(|state| {
            state.settings.theme = ThemeChoice::Dark;
            state.settings.stream.labels = LabelChoice::Stem;
            // The samples' own boxes, where they are.
            let boxes = state.settings.folder.as_ref().map(|folder| folder.join("_annotations.coco.json"));
            if let Some(boxes) = boxes.filter(|boxes| boxes.is_file()) {
                state.settings.stream.labels = LabelChoice::Coco;
                state.settings.stream.label_path = Some(boxes);
            }
        }),
        Until("the folder is known", |state| !state.folder.is_scanning() && state.folder.survey.finished),
        Until("the broker is ready", |state| matches!(state.broker.status, BrokerStatus::Ready(_))),
        Do(show(Tab::Stream)),
        Frames(5),
    ]
}

fn hold_back() -> Vec<Step> {
    vec![Do(|state| state.settings.stream.rate_images_per_s = 60.0)]
}

fn stream() -> Vec<Step> {
    vec![
        Measure(Some("stream")),
        Do(|state| state.actions.push(Action::Resend)),
        Until("the stream runs", |state| state.run.is_streaming() || state.run.last_stream.is_some()),
        Until("images arrive", |state| state.run.snapshot.saved > 0 || !state.run.is_running()),
        Until("half is there", |state| {
            state.run.snapshot.saved * 2 > state.folder.survey.images || !state.run.is_running()
        }),
        Shot("stream-running"),
        Until("the stream has ended", |state| state.run.last_stream.is_some()),
        Measure(None),
    ]
}

fn list_output() -> Vec<Step> {
    vec![
        Do(|state| {
            state.settings.images.source = ImageSource::Output;
            state.actions.push(Action::Show(Tab::Images));
        }),
        Until("images are listed", |state| !state.images.order.is_empty()),
        Frames(SETTLE_FRAMES),
    ]
}

fn sheet() -> Vec<Step> {
    let mut steps = list_output();
    steps.extend([
        Measure(Some("scroll")),
        Scroll { frames: 120, to: usize::MAX },
        Measure(None),
        Do(|state| {
            let place = 7.min(state.images.order.len().saturating_sub(1));
            state.images.choose(Some(place));
            state.images.scroll_to = Some(0);
        }),
        Frames(SETTLE_FRAMES),
        Shot("images"),
    ]);
    steps
}

fn scroll() -> Vec<Step> {
    let mut steps = list_output();
    steps.extend([
        Measure(Some("scroll by rows")),
        Scroll { frames: SCROLL_FRAMES, to: 5 * SCROLL_FRAMES as usize },
        Measure(Some("scroll from end to end")),
        Scroll { frames: SCROLL_FRAMES, to: usize::MAX },
        Measure(None),
        Frames(SETTLE_FRAMES),
        Shot("scrolled"),
    ]);
    steps
}

fn benchmark() -> Vec<Step> {
    vec![
        Do(|state| {
            state.settings.theme = ThemeChoice::Light;
            let settings = &mut state.settings.benchmark;
            settings.rows = crate::gui::benchmark::rows(kafka_image_bench_core::benchmark::configurations::standard());
            (settings.by_time, settings.seconds, settings.warmup_s, settings.repeats) = (true, 1.0, 0.3, 2);
            state.actions.push(Action::Show(Tab::Benchmark));
        }),
        Frames(5),
        Measure(Some("benchmark")),
        Do(|state| state.actions.push(Action::Start)),
        Until("the benchmark measures", |state| {
            state
                .run
                .results
                .as_ref()
                .is_some_and(|results| results.configurations.iter().map(|one| one.runs.len()).sum::<usize>() >= 6)
                || (!state.run.is_running() && state.run.results.is_some())
        }),
        Shot("benchmark-running"),
        Until("the benchmark has ended", |state| !state.run.is_running() && state.results.shown().is_some()),
        Measure(None),
    ]
}

fn tabs() -> Vec<Step> {
    let themes: [(Act, [&'static str; 5]); 2] = [
        (
            |state| state.settings.theme = ThemeChoice::Dark,
            ["stream-dark", "images-dark", "benchmark-dark", "results-dark", "log-dark"],
        ),
        (
            |state| state.settings.theme = ThemeChoice::Light,
            ["stream-light", "images-light", "benchmark-light", "results-light", "log-light"],
        ),
    ];
    let mut steps = Vec::new();
    for (theme, names) in themes {
        steps.push(Do(theme));
        for (tab, name) in Tab::ALL.into_iter().zip(names) {
            steps.extend([Do(|state| state.notices.banners.clear()), Do(show(tab)), Frames(SETTLE_FRAMES), Shot(name)]);
        }
    }
    steps
}

fn show(tab: Tab) -> Act {
    match tab {
        Tab::Stream => |state| state.actions.push(Action::Show(Tab::Stream)),
        Tab::Images => |state| state.actions.push(Action::Show(Tab::Images)),
        Tab::Benchmark => |state| state.actions.push(Action::Show(Tab::Benchmark)),
        Tab::Results => |state| state.actions.push(Action::Show(Tab::Results)),
        Tab::Log => |state| state.actions.push(Action::Show(Tab::Log)),
    }
}
