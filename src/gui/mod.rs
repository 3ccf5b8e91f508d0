//! The window: reads snapshots, sends commands.
//!
//! Nothing here waits on the window's thread: [`workers`] do what concerns files, topics, pictures and dialogs, and the
//! next frame takes their results. Tabs draw with a [`session::Session`] and leave [`action::Action`]s for what concerns
//! more than one of them; these are carried out before the next frame is drawn.

pub mod action;
pub mod app;
pub mod benchmark;
pub mod broker;
pub mod control_names;
pub mod focus_view;
pub mod folder;
pub mod format;
pub mod header;
pub mod help;
pub mod image_source;
pub mod images;
pub mod instance;
pub mod log;
pub mod log_buffer;
pub mod notices;
pub mod opening;
pub mod options;
pub mod pace;
pub mod palette;
pub mod paths;
pub mod results;
pub mod run;
pub mod samples;
pub mod session;
pub mod settings;
pub mod settings_file;
pub mod shortcuts;
pub mod status_line;
pub mod stream;
mod stream_progress;
pub mod tabs;
pub mod theme;
pub mod topics;
pub mod tour;
pub mod widgets;
pub mod workers;

pub use app::WindowApp;
pub use options::WindowOptions;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use eframe::egui::{ViewportBuilder, vec2};

use crate::cli::{Cli, WindowRequest};
use crate::{headless, logging};
use instance::{InstancePlace, LaterStarts, Start};
use log_buffer::{LogBuffer, LogLayer};
use settings_file::SettingsFile;

/// Made from `assets/icon.svg` by `scripts/icons`.
const ICON: &[u8] = include_bytes!("../../assets/icon.png");

/// Opens the window that the command line asks for, and returns how it ended.
pub fn main(cli: Cli, started: Instant) -> ExitCode {
    let verbose = cli.verbose;
    let request = match cli.into_window() {
        Ok(request) => request,
        Err(error) => return headless::usage(&error.to_string()),
    };
    let log = LogBuffer::default();
    let _log = logging::start(verbose, Some(LogLayer(log.clone())));
    request.notes.iter().for_each(|note| tracing::warn!("{note}"));
    let later_starts = match first_window(&request) {
        Ok(later_starts) => later_starts,
        Err(HandedOver) => {
            headless::say("Opened in the window that is open already; add --new-window for another one");
            return ExitCode::SUCCESS;
        }
    };
    let options = WindowOptions {
        data: request.data,
        folder: request.folder,
        paths: request.paths,
        work_dir: request.work_dir,
        cluster: request.cluster,
        tour: request.tour,
        log,
        started,
        ..WindowOptions::default()
    };
    match run(options, later_starts) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("no window: {error}");
            let reason = plain(&error.to_string());
            headless::usage(&format!("no window can be opened here ({reason}); add --headless to work without one"))
        }
    }
}

/// The window that is open already has taken over.
struct HandedOver;

/// What later starts ask for, if this is the window that they hand over to; `None` for a window of its own.
fn first_window(request: &WindowRequest) -> Result<Option<LaterStarts>, HandedOver> {
    // Properties can hold secrets, which are passed to no other process; a tour is not disturbed.
    let is_alone = request.tour.is_some() || request.cluster.as_ref().is_some_and(|(_, given)| !given.is_empty());
    let cluster = request.cluster.as_ref().map(|(servers, _)| servers.as_str());
    let place = InstancePlace::of(&request.data, cluster, request.work_dir.as_deref());
    let Some(place) = place.filter(|_| !is_alone) else { return Ok(None) };
    let paths: Vec<_> = request.paths.iter().chain(&request.folder).cloned().collect();
    match instance::start(place, &paths, request.new_window) {
        Ok(Start::First(later_starts)) => Ok(Some(later_starts)),
        Ok(Start::Beside) => Ok(None),
        Ok(Start::HandedOver) => Err(HandedOver),
        Err(error) => {
            tracing::warn!("later starts open windows of their own: {error}");
            Ok(None)
        }
    }
}

/// The words of the window library without the place in its source that it puts before them.
fn plain(error: &str) -> String {
    let words = error.rsplit_once(".rs:").and_then(|(_, rest)| rest.split_once(": ")).map_or(error, |(_, words)| words);
    words.trim_end_matches('.').to_owned()
}

/// Opens the window, and returns when it is closed. Later starts hand over to it where it is the first one.
///
/// # Errors
/// No display or no graphics is available.
pub fn run(options: WindowOptions, later_starts: Option<LaterStarts>) -> Result<(), eframe::Error> {
    let options = WindowOptions { draws_in_software: pace::draws_in_software(), ..options };
    let (settings, problem) = SettingsFile::load(&options);
    let size = settings.shared.window_size.unwrap_or([1280.0, 800.0]);
    let mut viewport = ViewportBuilder::default()
        .with_title("Kafka Image Bench")
        .with_app_id("kafka-image-bench")
        .with_inner_size(vec2(size[0].clamp(960.0, 7_680.0), size[1].clamp(600.0, 4_320.0)))
        .with_min_inner_size(vec2(960.0, 600.0))
        .with_drag_and_drop(true);
    match eframe::icon_data::from_png_bytes(ICON) {
        Ok(icon) => viewport = viewport.with_icon(icon),
        Err(error) => tracing::warn!("the window has no icon: {error}"),
    }
    // Nothing here is a gradient that dithering would smooth, and in software it costs a fifth of a frame.
    let native = eframe::NativeOptions { viewport, dithering: false, ..eframe::NativeOptions::default() };
    eframe::run_native(
        "Kafka Image Bench",
        native,
        Box::new(move |creation| {
            let waker = Arc::new(creation.egui_ctx.clone());
            let mut app = WindowApp::new(&waker, options, settings, problem);
            app.later_starts = later_starts.inspect(|starts| starts.wake(&waker));
            Ok(Box::new(app))
        }),
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_error_is_shown_without_its_place_in_the_source() {
        let error = "winit EventLoopError: os error at /a/b/mod.rs:765: neither DISPLAY nor WAYLAND_DISPLAY is set.";
        assert_eq!(super::plain(error), "neither DISPLAY nor WAYLAND_DISPLAY is set");
        assert_eq!(super::plain("no graphics: none"), "no graphics: none");
    }
}
