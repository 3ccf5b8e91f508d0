use crate::bench::{Bench, png};
use crate::broker::{create_topic, groups, message, produce};
use crate::window::Window;

#[test]
fn a_topic_is_read_page_by_page_without_a_group() {
    let bench = Bench::new();
    let mut window = Window::ready(bench.options());
    let servers = window.session().broker.bootstrap_servers.clone().unwrap();
    let mut records: Vec<Vec<u8>> = (0..9).map(|number| message(&png(number), &format!("boat {number}"))).collect();
    records.push(b"this is no message".to_vec());
    create_topic(&servers, "harbour", 3);
    produce(&servers, "harbour", &records);
    let before = groups(&servers);
    window.press("Images");
    window.choose("From", "topic");
    window.wait_for("the topics", |window| window.tabs().images.topics.iter().any(|topic| topic.name == "harbour"));
    window.press("Topic");
    window.press("harbour · 10 records");
    window.set("Records", 10.0);
    window.press("Read");
    window.wait_for("the newest", |window| window.tabs().images.order.len() == 10);
    window.wait_for("the damaged one is shown as such", |window| window.controls(", damaged").len() == 1);
    assert_eq!(window.tabs().images.listing.damaged, 1);
    window.fill("Filter", "boat");
    window.wait_for("those with this label", |window| window.tabs().images.order.len() == 9);
    assert!(window.controls(", damaged").is_empty());
    window.fill("Filter", " ");
    window.wait_for("all", |window| window.tabs().images.order.len() == 10);
    let damaged = window.controls(", damaged").remove(0);
    window.press(&damaged);
    window.wait_for("why", |window| window.has("Encoding") && window.has("none known"));
    let said = window.texts();
    // The header and the settings come first.
    let fact = |name: &str| said.iter().rposition(|text| text == name).map(|at| said[at + 1].clone());
    assert!(fact("Problem").is_some() && fact("Annotation").is_none(), "{said:?}");
    assert_eq!(fact("Key").as_deref(), Some("none"));
    assert_eq!(["Images", "Damaged"].map(fact), ["9", "1"].map(|number| Some(number.to_owned())));

    window.choose("Begin at", "beginning");
    window.set("Records", 4.0);
    window.press("Read");
    window
        .wait_for("the first page", |window| !window.tabs().images.is_busy() && window.tabs().images.order.len() == 4);
    let first: Vec<String> = entries(&window);
    let mut seen = first.clone();
    for _ in 0..2 {
        window.press("Next page");
        let last = seen.clone();
        window.wait_for("the next page", |window| {
            !window.tabs().images.is_busy() && entries(window).iter().all(|name| !last.contains(name))
        });
        seen.extend(entries(&window));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 10, "{seen:?}");
    window.wait_for_text("The end of the topic is reached");
    assert_eq!(groups(&servers), before, "no group was made");
}

fn entries(window: &Window) -> Vec<String> {
    window.tabs().images.listing.entries.iter().map(|entry| entry.name.to_string()).collect()
}
