//! What Stream shows before a run and after it, and the streams that are kept.

use std::path::PathBuf;

use kafka_image_bench::gui::action::Action;
use kafka_image_bench::gui::image_source::ImageSource;
use kafka_image_bench::gui::paths::{Export, PathPurpose};
use kafka_image_bench::gui::results::ResultsView;
use kafka_image_bench::gui::settings::Tab;
use kafka_image_bench::gui::stream::{LabelChoice, Sides};
use kafka_image_bench::gui::{WindowOptions, settings_file::SettingsFile};
use kafka_image_bench_core::broker::DataPlace;
use kafka_image_bench_core::results::stream::{StreamResults, read_stream};
use kafka_image_bench_core::results::{STREAM_FIGURES, StreamFigure};

use crate::bench::{Bench, image_name};
use crate::broker::produce;
use crate::window::Window;

/// Labels for the first `count` images.
fn label(bench: &Bench, count: u32) -> PathBuf {
    let labels = bench.folder.path().join("labels.csv");
    let rows: String = (0..count).map(|number| format!("{},boat\n", image_name(number))).collect();
    std::fs::write(&labels, format!("file,label\n{rows}")).unwrap();
    labels
}

fn with_labels(labels: PathBuf) -> impl FnOnce(&mut SettingsFile) {
    move |settings| {
        settings.stream.labels = LabelChoice::Csv;
        settings.stream.label_path = Some(labels);
    }
}

fn on_disk(bench: &Bench) -> WindowOptions {
    WindowOptions { data: DataPlace::Directory(bench.folder.path().join("data")), ..bench.options() }
}

/// The streams that are kept, newest first.
fn kept(bench: &Bench) -> Vec<StreamResults> {
    let Ok(files) = std::fs::read_dir(bench.runs().join("streams")) else { return Vec::new() };
    let mut all: Vec<StreamResults> = files.map(|file| read_stream(&file.unwrap().path()).unwrap()).collect();
    all.sort_by(|a, b| b.started_at.cmp(&a.started_at));
    all
}

fn wait_for_outline(window: &mut Window) {
    window.wait_for("the next start was looked at", |window| window.tabs().stream.outline().is_some());
    window.settle();
}

#[test]
fn before_the_start_it_is_shown_what_would_be_sent() {
    let bench = Bench::with_images(6);
    std::fs::write(bench.input().join("notes.txt"), "no image").unwrap();
    let mut window = Window::ready_with(bench.options(), with_labels(label(&bench, 4)));
    wait_for_outline(&mut window);
    assert!(window.has("Before Start") && window.says("4 images · "), "{:?}", window.texts());
    assert!(window.has("4 of 6 labelled; 2 without a label, not sent"));
    assert!(window.says("1 file is not an image") && window.says("image-data will be created with 4 partitions"));
    assert!(window.says(" to save, ") && window.says(" free"), "the room on the disk");
    // The names, with the reason.
    assert!(window.has_control("2 images without a label") && window.has_control("1 file that is not an image"));
    assert!(window.has(&image_name(4)) && window.has(&image_name(5)) && !window.has(&image_name(3)));
    assert!(window.says("no row for it in ") && window.has("notes.txt"));
    window.press("2 images without a label");
    assert!(!window.has(&image_name(5)));
    assert_eq!(bench.saved().len(), 0);
    assert!(std::fs::read_dir(bench.work()).unwrap().next().is_none(), "looking leaves no trace");

    // What was sent is not sent again; the summary makes room for the next start.
    window.stream();
    assert!(!window.has("Before Start"));
    window.press("Close the summary");
    wait_for_outline(&mut window);
    assert!(window.has("nothing new; 4 sent before"), "{:?}", window.texts());
    assert!(window.has("image-data, 4 partitions"), "the broker in memory is asked");
    // Other labels are looked at as well.
    window.tabs_mut().stream.settings.labels = LabelChoice::Stem;
    window.wait_for_text("2 of 2 labelled");
}

#[test]
fn an_end_says_what_was_done_and_what_was_refused_and_why() {
    let bench = Bench::with_images(9);
    let mut window = Window::ready_with(bench.options(), with_labels(label(&bench, 2)));
    window.stream();
    let report = window.session().run.last_stream.clone().unwrap();
    assert_eq!((report.snapshot.saved, report.snapshot.rejected), (2, 7));
    window.wait_for_text("not complete: 2 sent, 2 saved");
    assert!(window.says("images/s") && window.says("end to end p50 "), "{:?}", window.texts());
    assert!(window.has(&bench.work().join("output_images").display().to_string()));
    assert!(window.has("7 images not sent"));
    let reason = window.controls("7 images not sent: no row for it in ").remove(0);
    assert!(!window.has(&image_name(8)), "many names are shown when they are asked for");
    window.press(&reason);
    for number in 2..9 {
        assert!(window.has(&image_name(number)) || number > 7, "{number}");
    }
    assert!(!window.has_control("Receive the rest"), "nothing waits on the topic");

    // The reason is mended for four of them, and only what was refused is sent again.
    label(&bench, 6);
    std::fs::write(bench.input().join("new.png"), crate::bench::png(99)).unwrap();
    window.press("Send the refused again");
    window.wait_for("it runs", |window| window.session().run.is_running());
    window.wait_for_end();
    let again = window.session().run.last_stream.clone().unwrap();
    assert_eq!((again.snapshot.found, again.snapshot.saved, again.snapshot.rejected), (7, 4, 3));
    assert_eq!(again.snapshot.already_processed, 0, "what was not selected was not looked at");
    assert_eq!(bench.saved().len(), 6);
    assert!(!bench.saved().contains_key("new.png"));
    window.wait_for_text("3 images not sent");
    // The reason can also be a setting.
    window.tabs_mut().stream.settings.labels = LabelChoice::Stem;
    window.press("Send the refused again");
    window.wait_for("it runs", |window| window.session().run.is_running());
    window.wait_for_end();
    assert_eq!(bench.saved().len(), 9);
    assert!(!window.has_control("Send the refused again") && !bench.saved().contains_key("new.png"));

    window.press("Show images");
    assert_eq!(window.session().settings.tab, Tab::Images);
    assert_eq!(window.tabs().images.settings.source, ImageSource::Output);
}

#[test]
fn the_rest_is_received() {
    let bench = Bench::with_images(30);
    let mut window = Window::ready_with(on_disk(&bench), |settings| settings.stream.sides = Sides::Produce);
    window.stream();
    window.wait_for_text("30 images wait on the topic image-data, sent and not received by this run");
    assert!(bench.saved().is_empty() && !window.has_control("Show images"));
    window.press("Receive the rest");
    window.wait_for("it runs", |window| window.session().run.is_running());
    window.wait_for_end();
    assert!(window.has("Finished") && window.says("30 saved"), "{:?}", window.texts());
    bench.assert_all_saved(30);
    assert!(!window.has_control("Receive the rest"));
    assert_eq!(window.tabs().stream.settings.sides, Sides::Produce, "the settings stay");
}

#[test]
fn the_rest_of_a_stopped_stream_is_received_from_memory() {
    let bench = Bench::with_images(4);
    let mut window = Window::ready(bench.options());
    window.stream();
    let servers = window.session().broker.bootstrap_servers.clone().unwrap();
    // As if a stopped run had left it there.
    let value = serde_json::json!({"image_file": base64(&crate::bench::png(77)), "annotation": "left"}).to_string();
    produce(&servers, "image-data", &[value.into_bytes()]);
    window.session_mut().actions.push(Action::ReceiveRest);
    window.wait_for("it runs", |window| window.session().run.is_running());
    window.wait_for_end();
    let report = window.session().run.last_stream.clone().unwrap();
    assert_eq!((report.snapshot.sent, report.snapshot.saved), (0, 1));
    assert!(!window.says("Nothing new"));
}

fn base64(bytes: &[u8]) -> String {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    BASE64_STANDARD.encode(bytes)
}

#[test]
fn dead_letters_are_listed_by_reason() {
    let bench = Bench::with_images(1);
    let mut window = Window::ready(bench.options());
    window.stream();
    let servers = window.session().broker.bootstrap_servers.clone().unwrap();
    produce(&servers, "image-data", &[b"hello".to_vec(), b"hello again".to_vec()]);
    window.stream();
    window.wait_for_text("2 dead letters: ");
    assert!(window.says("image-data [") && window.says("] at offset "), "{:?}", window.texts());
    window.press("Send dead letters again…");
    assert!(window.has("Send dead letters again") && window.session().settings.tab == Tab::Log);
    window.wait_for_text("2 letters are listed, 2 still to send");
}

#[test]
fn streams_are_kept_compared_exported_and_deleted() {
    let bench = Bench::with_images(5);
    let mut window = Window::ready_with(bench.options(), with_labels(label(&bench, 4)));
    window.stream();
    std::fs::write(bench.input().join("one-more.png"), crate::bench::png(50)).unwrap();
    window.tabs_mut().stream.settings.labels = LabelChoice::Stem;
    window.tabs_mut().stream.settings.linger_ms = 7.0;
    window.stream();
    let streams = kept(&bench);
    assert_eq!(streams.len(), 2, "a stream that has nothing to do is not kept");
    let report = window.session().run.last_stream.clone().unwrap();
    assert_eq!(streams[0].run_id, report.run_id);
    assert_eq!(
        serde_json::to_value(&streams[0].figures.snapshot).unwrap(),
        serde_json::to_value(&report.snapshot).unwrap()
    );
    assert!(streams[0].settings.iter().any(|one| (&*one.name, &*one.value) == ("linger.ms", "7")));
    assert_eq!((streams[1].refused[0].count, streams[1].refused[0].entries[0].name.as_str()), (1, &*image_name(4)));

    window.press("Earlier streams");
    window.wait_for("it is shown", |window| {
        window.tabs().results.streams.shown.as_ref().is_some_and(|shown| shown.results.run_id == report.run_id)
    });
    assert_eq!(window.tabs().results.view, ResultsView::Streams);
    window.wait_for("both are listed", |window| window.controls("Stream input, today ").len() == 2);
    assert!(window.says("linger.ms 7") && window.has("Figures"), "{:?}", window.texts());
    let saved: &StreamFigure = STREAM_FIGURES.iter().find(|figure| figure.key == "consumer_images_per_s").unwrap();
    assert!(window.has(&saved.shown(&streams[0].figures)), "the figures are those of the file");

    window.press("Compare with");
    let other = window.tabs().results.streams.runs.all[1].clone();
    let when = other.started_at.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%H:%M").to_string();
    window.press(&format!("input, today {when}"));
    window.wait_for_text("Figures compared");
    assert!(window.has(&saved.shown(&streams[1].figures)) && window.says("noise cannot be judged"));

    let (csv, json) = (bench.folder.path().join("all.csv"), bench.folder.path().join("one.json"));
    for (what, path) in [(Export::StreamsCsv, &csv), (Export::StreamJson, &json)] {
        window.session_mut().actions.push(Action::TakePath(PathPurpose::Export(what), path.clone()));
        window.wait_for("the file", |_| path.exists());
    }
    let rows = std::fs::read_to_string(&csv).unwrap();
    assert_eq!(rows.lines().count(), 3, "{rows}");
    assert_eq!(read_stream(&json).unwrap().run_id, report.run_id);

    // Deleting asks, and takes the figures alone.
    let images = bench.saved().len();
    window.press("Delete stream input");
    assert_eq!(kept(&bench).len(), 2);
    window.press("Keep");
    window.press("Delete stream input");
    window.press("Delete input for good");
    window.wait_for("one is left", |window| window.tabs().results.streams.runs.all.len() == 1);
    assert_eq!((kept(&bench).len(), bench.saved().len()), (1, images));

    // The next launch lists it; a file from elsewhere is opened too.
    drop(window);
    let mut window = Window::ready(bench.options());
    window.wait_for("the list", |window| window.tabs().results.streams.runs.all.len() == 1);
    window.session_mut().actions.push(Action::TakePath(PathPurpose::RunFile, json));
    window.press("Results");
    window.wait_for("the file", |window| {
        window.tabs().results.streams.shown.as_ref().is_some_and(|shown| shown.results.run_id == report.run_id)
    });
    window.assert_named();
}

#[test]
fn samples_are_shown_as_they_are_made() {
    let bench = Bench::new();
    let own = bench.folder.path().join("data").join("Labeled_Images");
    let samples = kafka_image_bench::samples::SampleFolders { own: Some(own.clone()), shipped: Vec::new() };
    let mut window = Window::open(WindowOptions { samples, folder: None, ..bench.options() });
    window.wait_for_text("No folder of images yet");
    window.press("Use the sample images");
    window.wait_for("the first ones are listed", |window| {
        window.session().is_making_samples() && window.session().folder.survey.images > 0
    });
    window.wait_for_text(" left");
    window.press("Images");
    window.choose("From", ImageSource::Input.name());
    window.wait_for("an image to open", |window| window.has_control("2024-09-10.png"));
    window.session_mut().actions.push(Action::CancelSamples);
    window.wait_for("as before", |window| window.session().settings.folder.is_none());
}
