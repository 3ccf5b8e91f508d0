use std::fs;
use std::path::PathBuf;

use egui_kittest::kittest::NodeT;

use crate::bench::Bench;
use crate::broker::produce;
use crate::window::Window;

/// Says in the open dialog what is written, into a new folder of the bench.
fn fill(window: &mut Window, bench: &Bench, format: &str, split: &str) -> PathBuf {
    window.choose("Format", format);
    let set = bench.folder.path().join("set");
    window.fill("Set folder", set.to_str().unwrap());
    window.fill("Split", split);
    set
}

#[test]
fn saved_images_are_exported_and_what_is_lost_is_shown() {
    let bench = Bench::with_images(4);
    let mut window = Window::ready(bench.options());
    window.stream();
    window.press("Images");
    window.wait_for("the images are listed", |window| window.tabs().images.listing.entries.len() == 4);
    window.press("Export…");
    window.wait_for_text("Name a new or an empty folder first");
    let set = fill(&mut window, &bench, "YOLO", "50/40");
    window.wait_for_text("add up to 100, not to 90");
    window.fill("Split", "50/25/25");
    window.set("Seed", 3.0);
    window.press("Export");
    window.wait_for_text("4 images and 0 objects exported as YOLO");
    assert!(window.says("train 2, val 1, test 1"), "{:?}", window.texts());
    assert!(set.join("data.yaml").is_file());
    assert_eq!(fs::read_dir(set.join("images/train")).unwrap().count(), 2);
    assert!(window.has_control("Open folder"));
    window.press("Close");
    assert!(!window.has_control("Open folder"));

    // The same folder again, and what the filter shows.
    window.fill("Filter", "size > 1");
    window.press("Export…");
    assert_eq!(window.control("Only where").value().as_deref(), Some("size > 1B"));
    window.press("Export");
    window.wait_for_text("is not empty, and nothing is overwritten");
    window.press("Back");
    assert_eq!(window.control("Set folder").value().as_deref(), set.to_str(), "as it was");
    window.press("Cancel");
    assert!(!window.has_control("Set folder"));
}

#[test]
fn a_topic_is_exported_from_the_window() {
    let bench = Bench::with_images(2);
    let mut window = Window::ready(bench.options());
    window.stream();
    let servers = window.session().broker.bootstrap_servers.clone().unwrap();
    produce(&servers, "image-data", &[b"hello".to_vec()]);
    window.press("Images");
    window.choose("From", "topic");
    assert!(window.control("Export…").accesskit_node().is_disabled(), "nothing was read");
    window.press("Read");
    window.wait_for("the records are listed", |window| window.tabs().images.listing.entries.len() == 3);
    window.press("Export…");
    window.wait_for_text("All images on the topic image-data");
    let set = fill(&mut window, &bench, "class folders", "100/0");
    window.press("Export");
    window.wait_for_text("2 images and 0 objects exported as class folders");
    assert!(window.says("1 record holds no image"), "{:?}", window.texts());
    assert_eq!(fs::read_dir(set.join("train")).unwrap().count(), 2);
}
