//! What a tour goes through.

use std::collections::VecDeque;

use super::super::action::Action;
use super::super::image_source::ImageSource;
use super::super::settings::{Tab, ThemeChoice};
use super::request::TourPart;
use crate::gui::broker::BrokerStatus;
use crate::gui::session::Session;
use crate::gui::stream::LabelChoice;
use crate::gui::tabs::Tabs;

/// Frames until pictures are decoded and animations have ended.
const SETTLE_FRAMES: u32 = 40;
/// Frames for looking at the last picture of a recording.
const LOOK_FRAMES: u32 = 240;
/// Frames of each way to scroll.
const SCROLL_FRAMES: u32 = 600;

pub(super) type Act = fn(&mut Session, &mut Tabs);

pub(super) enum Step {
    /// Until this holds.
    Until(&'static str, fn(&Session, &Tabs) -> bool),
    /// This is done.
    Do(Act),
    /// A number of frames.
    Frames(u32),
    /// A picture of this name.
    Shot(&'static str),
    /// From here on frames count for this.
    Measure(Option<&'static str>),
    /// A number of frames, while the sheet is scrolled from its first image to this one.
    Scroll { frames: u32, to: usize },
}

use Step::{Do, Frames, Measure, Scroll, Shot, Until};

pub(super) fn steps_of(part: TourPart) -> VecDeque<Step> {
    let parts = match part {
        TourPart::All => vec![prepare(), stream(), sheet(), benchmark(), tabs()],
        TourPart::Pictures => vec![prepare(), hold_back(), stream(), sheet(), benchmark(), tabs()],
        TourPart::Run => {
            vec![prepare(), hold_back_more(), stream(), list_output(), open_image(), vec![Frames(LOOK_FRAMES)]]
        }
        TourPart::Start => vec![vec![Frames(2)]],
        TourPart::Stream | TourPart::LongStream => vec![prepare(), stream()],
        TourPart::Scroll => vec![scroll()],
    };
    parts.into_iter().flatten().chain([Frames(3)]).collect()
}

fn prepare() -> Vec<Step> {
    vec![
        Do(|session, tabs| {
            session.settings.theme = ThemeChoice::Dark;
            tabs.stream.settings.labels = LabelChoice::Stem;
        }),
        Until("the folder is known", |session, _| !session.folder.is_scanning() && session.folder.survey.finished),
        Do(|session, tabs| {
            // The samples' own boxes; folders without label files have none.
            let folder = session.settings.folder.clone().filter(|_| session.folder.survey.label_files > 0);
            if let Some(boxes) = folder.map(|folder| folder.join("_annotations.coco.json")) {
                tabs.stream.settings.labels = LabelChoice::Coco;
                tabs.stream.settings.label_path = Some(boxes);
            }
        }),
        Until("the broker is ready", |session, _| matches!(session.broker.status, BrokerStatus::Ready(_))),
        Do(show(Tab::Stream)),
        Frames(5),
    ]
}

fn hold_back() -> Vec<Step> {
    vec![Do(|_, tabs| tabs.stream.settings.rate_images_per_s = 60.0)]
}

/// The samples take ten seconds.
fn hold_back_more() -> Vec<Step> {
    vec![Do(|_, tabs| tabs.stream.settings.rate_images_per_s = 20.0)]
}

fn stream() -> Vec<Step> {
    vec![
        Measure(Some("stream")),
        Do(|session, _| session.actions.push(Action::Resend)),
        Until("the stream runs", |session, _| session.run.is_streaming() || session.run.last_stream.is_some()),
        Until("images arrive", |session, _| session.run.snapshot.saved > 0 || !session.run.is_running()),
        Until("half is there", |session, _| {
            session.run.snapshot.saved * 2 > session.folder.survey.images || !session.run.is_running()
        }),
        Shot("stream-running"),
        Until("the stream has ended", |session, _| session.run.last_stream.is_some()),
        Measure(None),
    ]
}

fn list_output() -> Vec<Step> {
    vec![
        Do(|session, tabs| {
            tabs.images.settings.source = ImageSource::Output;
            session.actions.push(Action::Show(Tab::Images));
        }),
        Until("images are listed", |_, tabs| !tabs.images.order.is_empty()),
        Frames(SETTLE_FRAMES),
    ]
}

fn sheet() -> Vec<Step> {
    let mut steps = list_output();
    steps.extend([Measure(Some("scroll")), Scroll { frames: 120, to: usize::MAX }, Measure(None)]);
    steps.extend(open_image());
    steps.push(Shot("images"));
    steps
}

fn open_image() -> Vec<Step> {
    let choose: Act = |_, tabs| {
        let place = 7.min(tabs.images.order.len().saturating_sub(1));
        tabs.images.choose(Some(place));
        tabs.images.scroll_to = Some(0);
    };
    vec![Do(choose), Frames(SETTLE_FRAMES)]
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
        Do(|session, tabs| {
            session.settings.theme = ThemeChoice::Light;
            let settings = &mut tabs.benchmark.settings;
            settings.rows = crate::gui::benchmark::rows(kafka_image_bench_core::configuration::standard());
            (settings.by_time, settings.seconds, settings.warmup_s, settings.repeats) = (true, 1.0, 0.3, 2);
            session.actions.push(Action::Show(Tab::Benchmark));
        }),
        Frames(5),
        Measure(Some("benchmark")),
        Do(|session, _| session.actions.push(Action::Start)),
        Until("the benchmark measures", |session, _| {
            session
                .run
                .results
                .as_ref()
                .is_some_and(|results| results.configurations.iter().map(|one| one.runs.len()).sum::<usize>() >= 6)
                || (!session.run.is_running() && session.run.results.is_some())
        }),
        Shot("benchmark-running"),
        Until("the benchmark has ended", |session, tabs| !session.run.is_running() && tabs.results.shown().is_some()),
        Measure(None),
    ]
}

fn tabs() -> Vec<Step> {
    let themes: [(Act, [&'static str; 6]); 2] = [
        (
            |session, _| session.settings.theme = ThemeChoice::Dark,
            ["stream-dark", "images-dark", "benchmark-dark", "results-dark", "log-dark", "topics-dark"],
        ),
        (
            |session, _| session.settings.theme = ThemeChoice::Light,
            ["stream-light", "images-light", "benchmark-light", "results-light", "log-light", "topics-light"],
        ),
    ];
    let mut steps = Vec::new();
    for (theme, names) in themes {
        steps.push(Do(theme));
        for (tab, name) in Tab::ALL.into_iter().zip(names) {
            steps.extend([
                Do(|session, _| session.notices.banners.clear()),
                Do(show(tab)),
                Frames(SETTLE_FRAMES),
                Shot(name),
            ]);
        }
    }
    steps
}

fn show(tab: Tab) -> Act {
    match tab {
        Tab::Stream => |session, _| session.actions.push(Action::Show(Tab::Stream)),
        Tab::Images => |session, _| session.actions.push(Action::Show(Tab::Images)),
        Tab::Benchmark => |session, _| session.actions.push(Action::Show(Tab::Benchmark)),
        Tab::Results => |session, _| session.actions.push(Action::Show(Tab::Results)),
        Tab::Log => |session, _| session.actions.push(Action::Show(Tab::Log)),
        Tab::Topics => |session, _| session.actions.push(Action::Show(Tab::Topics)),
    }
}
