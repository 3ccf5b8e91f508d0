use eframe::egui::Key;
use kafka_image_bench::gui::settings::Tab;
use kafka_image_bench::gui::stream::LabelChoice;

use crate::bench::{Bench, samples};
use crate::window::Window;

const DAYS: [&str; 4] = ["2024-09-10", "2024-09-11", "2024-09-12", "2024-10-01"];

fn png(day: &str) -> String {
    format!("{day}.png")
}

/// The names of the thumbnails in the sheet, in their order.
fn sheet(window: &Window) -> Vec<String> {
    window.controls(".png").into_iter().filter(|name| !name.starts_with("Image ")).collect()
}

#[test]
fn saved_images_are_listed_shown_and_described() {
    let bench = Bench::new();
    for day in DAYS {
        std::fs::copy(samples().join(png(day)), bench.input().join(png(day))).unwrap();
    }
    let mut window = Window::ready_with(bench.options(), |settings| {
        settings.stream.labels = LabelChoice::Coco;
        settings.stream.label_path = Some(samples().join("_annotations.coco.json"));
    });
    window.stream();
    assert!(window.has("Finished"));
    assert!(std::fs::read_to_string(bench.work().join("image_records.csv")).unwrap().contains("bbox"));
    window.press("Images");
    window.wait_for("the sheet", |window| sheet(window) == DAYS.map(png));
    window.fill("Filter", "2024-09");
    window.wait_for("the filter", |window| sheet(window) == ["2024-09-10", "2024-09-11", "2024-09-12"].map(png));
    window.fill("Filter", "nowhere");
    window.wait_for_text("Nothing found");
    window.press("Show all");
    window.wait_for("all again", |window| sheet(window).len() == 4);
    window.choose("Sort", "largest first");
    let mut by_size = DAYS.map(png).to_vec();
    by_size.sort_by_key(|name| std::cmp::Reverse(std::fs::metadata(samples().join(name)).unwrap().len()));
    window.wait_for("sorted by size", |window| sheet(window) == by_size);
    window.choose("Sort", "name");
    window.wait_for("sorted by name", |window| sheet(window) == DAYS.map(png));

    window.press("2024-09-11.png");
    window.wait_for("its facts", |window| window.has("same as sent"));
    assert!(window.has_control("Image 2024-09-11.png"));
    for fact in ["Annotation", "Objects", "Size", "Record", "Sent", "Received", "Latency", "SHA-256"] {
        assert!(window.has(fact), "{fact}");
    }
    let said = window.texts().join("\n");
    assert!(said.contains("image-data-") && said.contains(" px · PNG · "), "{said}");
    // The boxes are drawn on the image until they are hidden.
    window.press("Hide boxes");
    assert!(window.has_control("Show boxes"));

    window.key(Key::ArrowRight);
    window.wait_for("the next one", |window| window.has_control("Image 2024-09-12.png"));
    window.key(Key::ArrowLeft);
    window.key(Key::ArrowLeft);
    window.wait_for("the one before", |window| window.has_control("Image 2024-09-10.png"));
    window.key(Key::Enter);
    assert!(window.tabs().images.is_expanded && sheet(&window).is_empty());
    window.key(Key::ArrowRight);
    window.wait_for("the next one, large", |window| window.has_control("Image 2024-09-11.png"));
    window.key(Key::Escape);
    assert!(!window.tabs().images.is_expanded && sheet(&window).len() == 4);
    window.key(Key::Escape);
    assert!(!window.says("Image 2024"));

    // A file that was changed after it was saved is reported.
    std::fs::copy(samples().join("2024-09-20.png"), bench.work().join("output_images/2024-09-12.png")).unwrap();
    window.press("Refresh");
    window.wait_for("it is read", |window| !window.tabs().images.is_busy() && sheet(window).len() == 4);
    window.press("2024-09-12.png");
    window.wait_for("it differs", |window| window.has("differ from what was sent"));

    window.choose("From", "input folder");
    window.wait_for("the input folder", |window| sheet(window) == DAYS.map(png) && !window.has("Record"));
    assert_eq!(window.session().settings.tab, Tab::Images);
}

#[test]
fn images_that_are_sent_again_with_other_labels_show_these() {
    let bench = Bench::new();
    let labels = bench.folder.path().join("labels.csv");
    let write = |word: &str| {
        let rows: String = DAYS.iter().map(|day| format!("{day}.png,{word} {day}\n")).collect();
        std::fs::write(&labels, format!("file,label\n{rows}")).unwrap();
    };
    for day in DAYS {
        std::fs::copy(samples().join(png(day)), bench.input().join(png(day))).unwrap();
    }
    write("boat");
    let mut window = Window::ready_with(bench.options(), |settings| {
        settings.stream.labels = LabelChoice::Csv;
        settings.stream.label_path = Some(labels.clone());
    });
    window.stream();
    write("ship");
    window.stream();
    window.press("Send again");
    window.wait_for("it is running", |window| window.session().run.is_running());
    window.wait_for_end();
    window.wait_for_text("4 labels changed");
    let rows = bench.rows();
    assert!(rows.len() == 4 && rows.iter().all(|(_, label)| label.starts_with("ship ")), "{rows:?}");
    window.press("Images");
    window.wait_for("the sheet", |window| sheet(window).len() == 4);
    window.press("2024-09-11.png");
    window.wait_for_text("ship 2024-09-11");
    assert!(!window.says("boat"));
}
