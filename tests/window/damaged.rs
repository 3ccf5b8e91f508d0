use crate::bench::{Bench, image_name, png};
use crate::broker::produce;
use crate::window::Window;

#[test]
fn broken_images_and_records_are_reported_and_the_others_arrive() {
    let bench = Bench::with_images(5);
    std::fs::write(bench.input().join("notes.png"), "this is no picture").unwrap();
    let whole = png(77);
    std::fs::write(bench.input().join("torn.png"), &whole[..whole.len() / 2]).unwrap();
    let mut window = Window::ready(bench.options());
    // A file with only the extension of an image is not an image; a torn image is sent unchanged.
    window.wait_for_text("Folder: input, 6 images");
    window.stream();
    window.wait_for_text("6 sent, 6 saved in ");
    let saved = bench.saved();
    assert!((0..5).all(|number| saved.get(&image_name(number)) == Some(&png(number))));
    assert!(saved.get("torn.png").is_some_and(|bytes| *bytes == whole[..whole.len() / 2]));
    assert!(!saved.contains_key("notes.png"));

    let servers = window.session().broker.bootstrap_servers.clone().unwrap();
    produce(&servers, "image-data", &[b"{\"image_file\": \"no base64\", \"annotation\": \"x\"}".to_vec()]);
    std::fs::write(bench.input().join(image_name(5)), png(5)).unwrap();
    window.stream();
    window.wait_for_text("1 sent, 1 saved in ");
    assert!(window.tile("Saved").ends_with(" · 1 dead letter"), "{}", window.tile("Saved"));
    assert!(bench.saved().get(&image_name(5)) == Some(&png(5)));
    bench.assert_rows_are_files();

    window.press("Log");
    window.wait_for_text("Dead letters (1)");
    assert!(window.says("Warning"));
    window.press("Dead letters (1)");
    window.wait_for("the table", |window| window.has("Reason") && window.says("image-data-"));
    assert!(window.says("no base64"), "the beginning of the record is shown");
    let kept = window.controls("Show dead_letters/");
    assert_eq!(kept.len(), 1);
    let file = bench.work().join(kept[0].strip_prefix("Show ").unwrap());
    assert!(std::fs::read_to_string(file).unwrap().contains("no base64"));
    window.fill("Filter", "nothing has this");
    assert!(window.has("No dead letters"));

    window.press("Images");
    window.wait_for("the torn one is shown as such", |window| window.has_control("torn.png, damaged"));
    window.press("torn.png, damaged");
    window.wait_for("its facts", |window| window.has("same as sent"));
}
