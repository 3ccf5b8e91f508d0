use crate::bench::{Bench, png};
use crate::broker::produce;
use crate::window::Window;

#[test]
fn broken_images_and_records_are_told_and_the_others_arrive() {
    let bench = Bench::with_images(5);
    std::fs::write(bench.input().join("notes.png"), "this is no picture").unwrap();
    let whole = png(77);
    std::fs::write(bench.input().join("torn.png"), &whole[..whole.len() / 2]).unwrap();
    let mut window = Window::ready(bench.options());
    let servers = window.state().broker.bootstrap_servers.clone().unwrap();
    produce(&servers, "image-data", &[b"{\"image_file\": \"no base64\", \"annotation\": \"x\"}".to_vec()]);
    window.stream();
    window.wait_for_text("did not make it");
    assert!(window.tile("Sent").contains(" rejected"), "{}", window.tile("Sent"));
    window.wait_for_text("1 dead letter");
    let saved = bench.saved();
    let good: Vec<_> = (0..5).filter(|&number| saved.get(&crate::bench::image_name(number)) == Some(&png(number))).collect();
    assert_eq!(good.len(), 5);
    assert!(!saved.contains_key("notes.png"));
    bench.assert_rows_are_files();

    // The tab says how many there are before it is opened.
    assert!(window.state().log.unseen >= 2, "{}", window.state().log.unseen);
    window.press("Log");
    window.wait_for_text("notes.png");
    assert!(window.says("Warning"));
    window.wait_for_text("Dead letters (1)");
    window.press("Dead letters (1)");
    window.wait_for("the table", |window| window.has("Reason") && window.says("image-data-"));
    assert!(window.says("no base64"), "the beginning of the record is shown");
    let kept = window.controls("Show dead_letters/");
    assert_eq!(kept.len(), 1);
    let file = bench.work().join(kept[0].strip_prefix("Show ").unwrap());
    assert!(std::fs::read_to_string(file).unwrap().contains("no base64"));
    window.fill("Filter", "nothing has this");
    assert!(window.has("No dead letters"));
}
