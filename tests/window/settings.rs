use kafka_image_bench::gui::WindowOptions;
use kafka_image_bench::gui::settings::{Tab, ThemeChoice};
use kafka_image_bench_core::configuration::{Compression, Encoding};

use crate::bench::Bench;
use crate::window::Window;

#[test]
fn what_was_chosen_is_there_after_a_restart() {
    let bench = Bench::with_images(2);
    {
        let mut window = Window::ready(bench.options());
        assert!(!bench.settings().exists());
        window.press("Theme: as the system");
        window.press("Theme: dark");
        window.set("batch.size", 4_321.0);
        window.set("Rate limit", 75.0);
        window.choose("compression.type", "zstd");
        window.choose("Encoding", "raw");
        window.fill("Topic", "harbour");
        let broker = window.controls("Broker: Embedded").remove(0);
        window.press(&broker);
        window.press("New connection…");
        window.fill("Name", "Yard");
        window.fill("Bootstrap servers", "127.0.0.1:1");
        window.choose("Security protocol", "sasl_plaintext");
        window.fill("User", "alice");
        window.fill("Password", "geheim");
        window.fill("Further client properties", "client.id=yard\nssl.key.password=geheim");
        window.press("Connect");
        assert!(window.says("Broker: Yard, "));
        window.press("Benchmark");
        // Written without closing the window, as if the power failed.
        window.wait_for("the settings are written", |window| {
            let text = std::fs::read_to_string(window.session().options.settings_path.as_ref().unwrap());
            text.is_ok_and(|text| text.contains("Yard") && text.contains("\"tab\": \"benchmark\""))
        });
    }
    let text = std::fs::read_to_string(bench.settings()).unwrap();
    assert!(text.contains("alice") && text.contains("client.id=yard") && !text.contains("geheim"), "{text}");

    let window = Window::open(WindowOptions { folder: None, work_dir: None, ..bench.options() });
    let settings = &window.session().settings;
    assert_eq!((settings.tab, settings.theme), (Tab::Benchmark, ThemeChoice::Light));
    assert!(window.has_control("Theme: light") && window.has("Configurations"));
    let stream = &window.tabs().stream.settings;
    assert_eq!((stream.batch_size_bytes, stream.rate_images_per_s), (4_321, 75.0));
    assert_eq!(
        (stream.compression_type, stream.encoding, &*stream.topic),
        (Compression::Zstd, Encoding::Raw, "harbour")
    );
    assert!(window.says("Broker: Yard, "));
    assert!(window.says("Folder: input, "));
}

#[test]
fn unreadable_settings_are_set_aside_and_reported() {
    let bench = Bench::with_images(2);
    std::fs::write(bench.settings(), "{ nonsense").unwrap();
    let mut window = Window::ready(bench.options());
    assert!(window.has("Settings could not be used; defaults are in use"));
    assert!(window.says("settings.unreadable-1.json"));
    let aside = bench.folder.path().join("settings.unreadable-1.json");
    assert_eq!(std::fs::read_to_string(aside).unwrap(), "{ nonsense");
    window.press("Dismiss");
    assert!(!window.has("Settings could not be used; defaults are in use"));
}
