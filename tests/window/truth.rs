//! The window shows the current state, and always offers a way forward and back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eframe::egui::{Key, Modifiers};
use kafka_image_bench::gui::WindowOptions;
use kafka_image_bench::gui::action::Action;
use kafka_image_bench::gui::benchmark::PaceChoice;
use kafka_image_bench::gui::paths::PathPurpose;
use kafka_image_bench::gui::samples::SamplesJob;
use kafka_image_bench::gui::settings::Tab;
use kafka_image_bench::gui::workers::job::Job;

use crate::bench::Bench;
use crate::broker::Cluster;
use crate::window::Window;

fn checking(bench: &Bench) -> WindowOptions {
    WindowOptions { check_interval: Duration::from_millis(60), ..bench.options() }
}

#[test]
fn a_folder_that_goes_is_said_and_comes_back() {
    let bench = Bench::with_images(3);
    let mut window = Window::ready(checking(&bench));
    assert!(window.says("Folder: input, 3 images"));
    let away = bench.folder.path().join("away");
    std::fs::rename(bench.input(), &away).unwrap();
    window.wait_for_text("Folder: input, cannot be read");
    assert!(window.has("The folder of images cannot be read") && !window.says("3 images"));
    let banner_has = |window: &Window, name: &str| window.has_control(name);
    assert!(banner_has(&window, "Open folder…") && banner_has(&window, "Use the sample images"));
    std::fs::rename(&away, bench.input()).unwrap();
    window.wait_for_text("Folder: input, 3 images");
    assert!(!window.has("The folder of images cannot be read"));
}

#[test]
fn the_folder_before_is_one_press_away() {
    let bench = Bench::with_images(3);
    let other = bench.folder.path().join("other");
    std::fs::create_dir(&other).unwrap();
    let mut window = Window::ready(checking(&bench));
    window.session_mut().actions.push(Action::OpenFolder(other.clone()));
    window.wait_for_text("Folder: other, 0 images");
    std::fs::remove_dir(&other).unwrap();
    window.wait_for_text("The folder of images cannot be read");
    window.press("Previous folder");
    window.wait_for_text("Folder: input, 3 images");
}

#[test]
fn a_cluster_that_stops_while_nothing_runs_is_not_called_ready() {
    let bench = Bench::with_images(2);
    let mut cluster = Cluster::start(bench.folder.path().join("cluster"));
    let servers = cluster.servers();
    let mut window = Window::open(WindowOptions { cluster: Some((servers.clone(), Vec::new())), ..checking(&bench) });
    window.wait_for_text(&format!("Broker: {servers}, ready"));
    cluster.stop();
    window.wait_for_text(&format!("Broker: {servers}, not reachable"));
    cluster.start_again();
    window.wait_for_text(&format!("Broker: {servers}, ready"));
}

#[test]
fn a_run_that_finds_no_broker_does_not_call_it_ready() {
    let bench = Bench::with_images(2);
    let mut cluster = Cluster::start(bench.folder.path().join("cluster"));
    let servers = cluster.servers();
    let options = WindowOptions { cluster: Some((servers.clone(), Vec::new())), ..bench.options() };
    let mut window = Window::open_with(options, eframe::egui::vec2(1280.0, 800.0), |settings| {
        settings.stream.broker_timeout_s = 1.0;
    });
    window.wait_for_text(&format!("Broker: {servers}, ready"));
    window.wait_for_text("Folder: input, 2 images");
    cluster.stop();
    window.press("Start");
    window.wait_for("it fails", |window| window.session().run.last_stream.is_some());
    window.wait_for_text(&format!("Broker: {servers}, not reachable"));
    assert!(window.has("Failed") && window.session().notices.last_warning().is_none(), "the status line");
    cluster.start_again();
    window.stream();
    window.wait_for_text(&format!("Broker: {servers}, ready"));
    bench.assert_all_saved(2);
}

#[test]
fn start_says_that_samples_are_being_made() {
    let bench = Bench::with_images(2);
    let mut window = Window::ready(bench.options());
    let was_stopped = Arc::new(AtomicBool::new(false));
    let (stopped, ctx) = (Arc::clone(&was_stopped), window.harness.ctx.clone());
    let job = Job::start("samples", &ctx, move |stop| {
        while !stop.is_requested() {
            std::thread::yield_now();
        }
        stopped.store(true, Ordering::Release);
        Ok(None)
    });
    let is_making = Arc::new(AtomicBool::new(true));
    window.session_mut().samples = Some(SamplesJob {
        is_making,
        done: Arc::default(),
        count: 192,
        started: std::time::Instant::now(),
        shown: None,
        job,
    });
    window.settle();
    assert!(window.has("Making the sample images") && window.has("0 of 192"), "the status line");
    window.press("Start");
    assert!(window.has("The sample images are still being made") && !window.session().run.is_running());
    window.press("Cancel making them");
    window.wait_for("it is stopped", |_| was_stopped.load(Ordering::Acquire));
    assert!(window.session().samples.is_none() && !window.has("The sample images are still being made"));
    assert!(window.has("Ready"));
}

#[test]
fn a_benchmark_that_was_stopped_says_so() {
    let bench = Bench::with_images(6);
    let mut window = Window::ready_with(bench.options(), |settings| {
        settings.shared.tab = Tab::Benchmark;
        let benchmark = &mut settings.benchmark;
        (benchmark.by_time, benchmark.images, benchmark.warmup_s, benchmark.repeats) = (false, 150, 0.0, 2);
        (benchmark.pace, benchmark.rate_images_per_s) = (PaceChoice::Fixed, 150.0);
    });
    window.press("Start");
    window.wait_for("a run is finished", |window| {
        let results = window.session().run.results.as_ref();
        results.is_some_and(|results| results.configurations.iter().any(|one| !one.representative_runs().is_empty()))
    });
    assert!(window.has("waiting"));
    window.press("Stop");
    window.wait_for_end();
    window.wait_for_text("The benchmark was stopped after 1 of 10 runs");
    assert!(window.has("Stopped") && window.says("benchmark: 1 of 10 runs in "), "the status line");
    assert!(window.has("not run") && window.has("1 of 2 runs") && !window.has("waiting"));
    // The number of planned runs stays the same if the settings change now.
    window.set("Repeats", 7.0);
    assert!(window.has("1 of 2 runs"));
    window.press("Show results");
    window.wait_for_text("not complete");
}

#[test]
fn rows_of_a_benchmark_come_back() {
    let bench = Bench::with_images(2);
    let mut window = Window::ready_with(bench.options(), |settings| settings.shared.tab = Tab::Benchmark);
    let before = window.tabs().benchmark.settings.rows.clone();
    window.press("Delete row 2");
    window.press("Presets");
    window.press("Compression");
    assert_ne!(window.tabs().benchmark.settings.rows[0].configuration, before[0].configuration);
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.press("Undo");
    assert_eq!(window.tabs().benchmark.settings.rows, before);
    assert!(!window.has_control("Undo"));
}

#[test]
fn images_of_a_stream_are_shown_where_it_saved_them() {
    let bench = Bench::with_images(3);
    let mut window = Window::ready(bench.options());
    window.stream();
    let other = bench.folder.path().join("other");
    std::fs::create_dir(&other).unwrap();
    window.session_mut().actions.push(Action::TakePath(PathPurpose::WorkDir, other.clone()));
    window.wait_for("another place", |window| window.session().work_dir == other);
    window.wait_for("the latest images", |window| window.controls("image-0000, ").len() == 1);
    let image = window.controls("image-0000, ").remove(0);
    window.press_hidden(&image);
    assert!(window.has("This image was saved in another folder") && window.says(&other.display().to_string()));
    assert_eq!(window.session().settings.tab, Tab::Stream);
    window.press("Save to it again");
    assert_eq!(window.session().work_dir, bench.work());
    window.press_hidden(&image);
    window.wait_for_text("Image image-0000.png");
}

#[test]
fn the_connection_dialog_keeps_still_and_forgets_old_tests() {
    let bench = Bench::new();
    let mut window = Window::ready(bench.options());
    window.open_new_connection();
    let place = |window: &Window| (window.control("Test connection").rect(), window.control("Connect").rect());
    let before = place(&window);
    window.choose("Security protocol", "sasl_ssl");
    assert_eq!(place(&window), before);
    window.choose("Security protocol", "plaintext");
    window.fill("Bootstrap servers", "127.0.0.1:1");
    window.press("Test connection");
    window.wait_for_text("127.0.0.1:1");
    window.wait_for("the result", |window| !window.has("Connecting"));
    assert_eq!(place(&window), before);
    let errors = |window: &Window| window.texts().iter().filter(|text| text.contains(": 127.0.0.1:1")).count();
    assert!(errors(&window) > 0, "{:?}", window.texts());
    window.fill("Bootstrap servers", "127.0.0.1:2");
    assert_eq!(errors(&window), 0, "the result was of another address");
}

#[test]
fn a_connection_that_was_removed_comes_back() {
    let bench = Bench::new();
    let mut window = Window::ready(bench.options());
    let open = |window: &mut Window| {
        let broker = window.controls("Broker: ").remove(0);
        window.press(&broker);
    };
    open(&mut window);
    window.press("New connection…");
    window.fill("Name", "Yard");
    window.fill("Bootstrap servers", "127.0.0.1:1");
    window.choose("Security protocol", "sasl_plaintext");
    window.fill("Password", "geheim");
    window.press("Connect");
    let kept = window.session().settings.connections.clone();
    // Its name changes with the answer.
    window.wait_for("the answer", |window| window.has_control("Broker: Yard, not reachable"));
    open(&mut window);
    window.press("Forget Yard");
    assert!(window.session().settings.connections.is_empty() && window.says("Broker: Embedded broker"));
    window.press("Undo");
    assert_eq!(window.session().settings.connections, kept);
    assert_eq!(window.session().broker.secrets.0["Yard"].password, "geheim");
}

#[test]
fn a_start_without_the_folder_says_so_and_not_the_command_line_s_words() {
    let bench = Bench::with_images(2);
    let mut window = Window::ready_with(bench.options(), |settings| settings.shared.tab = Tab::Benchmark);
    std::fs::remove_dir_all(bench.input()).unwrap();
    for tab in ["Benchmark", "Stream"] {
        window.press(tab);
        window.press("Start");
        window.wait_for("it is refused", |window| !window.session().run.is_running());
        window.wait_for_text("The folder is gone. Choose another: ");
        assert!(!window.says("--input"), "{}", window.texts().join("\n"));
        window.session_mut().notices.clear("run");
    }
}
