use crate::bench::Bench;
use crate::broker::{produce, read_values};
use crate::window::Window;

#[test]
fn dead_letters_are_sent_again_from_the_log() {
    let bench = Bench::with_images(1);
    let mut window = Window::ready(bench.options());
    window.stream();
    let servers = window.session().broker.bootstrap_servers.clone().unwrap();
    let broken = b"{\"image_file\": \"no base64\", \"annotation\": \"x\"}".to_vec();
    produce(&servers, "image-data", std::slice::from_ref(&broken));
    window.stream();
    window.press("Log");
    assert!(!window.has_control("Send again…"), "there is nothing to send among the messages");
    window.wait_for_text("Dead letters (1)");
    window.press("Dead letters (1)");
    window.press("Send again…");
    window.wait_for_text("1 letter is listed, 1 still to send");
    window.fill("Reason contains", "another reason");
    window.press("Send again");
    window.wait_for_text("0 dead letters sent again");
    window.wait_for_end();

    window.press("Send again…");
    window.press("Send again");
    window.wait_for_text("1 dead letter sent again");
    window.wait_for_end();
    window.wait_for("where it went is shown", |window| {
        window.tabs().log.dead_letters.iter().all(|letter| letter.sent_to.starts_with("image-data-"))
    });
    let on_topic = read_values(&servers, "image-data");
    assert_eq!(on_topic.iter().filter(|value| **value == broken).count(), 2);

    window.press("Send again…");
    window.wait_for_text("1 letter is listed, 0 still to send");
    window.fill("Send to", "nowhere");
    window.press("Also those sent before");
    window.press("Send again");
    window.wait_for_text("0 dead letters sent again, 1 not sent");
    assert!(window.says("the topic nowhere does not exist"), "{:?}", window.texts());
    window.wait_for_end();
    assert_eq!(read_values(&servers, "image-data").len(), on_topic.len());
}

#[test]
fn dead_letters_are_sent_again_from_a_topic() {
    let bench = Bench::with_images(1);
    let mut window = Window::ready_with(bench.options(), |settings| {
        settings.stream.dead_letter_topic = "broken-images".to_owned();
    });
    // Creates both topics.
    window.stream();
    let servers = window.session().broker.bootstrap_servers.clone().unwrap();
    produce(&servers, "broken-images", &[b"hello".to_vec()]);
    window.press("Log");
    window.press("Dead letters (0)");
    // There are none in the folder, so the topic is offered first.
    window.press("Send again…");
    assert_eq!(window.control("Read from").value().as_deref(), Some("a dead letter topic"));
    window.wait_for_text("Name the dead letter topic first");
    window.fill("Letters on", " broken-images ");
    window.press("Send again");
    // The record was put there by hand: it does not name its topic.
    window.wait_for_text("0 dead letters sent again, 1 not sent");
    window.wait_for_end();
    window.press("Send again…");
    assert_eq!(window.control("Letters on").value().as_deref(), Some(" broken-images "), "as it was");
    window.fill("Send to", "image-data");
    window.press("Send again");
    window.wait_for_text("1 dead letter sent again");
    window.wait_for_end();
    assert!(read_values(&servers, "image-data").contains(&b"hello".to_vec()));
    let sent = read_values(&servers, "image-data").len();

    window.press("Send again…");
    window.fill("Send to", "image-data");
    window.press("Send again");
    window.wait_for_text("0 dead letters sent again");
    window.wait_for_end();
    assert_eq!(read_values(&servers, "image-data").len(), sent, "the group has the mark");
    window.press("Send again…");
    window.choose("Read from", "the folder");
    window.wait_for_text("0 letters are listed, 0 still to send");
}

#[test]
fn a_stream_of_the_window_has_a_dead_letter_topic() {
    let bench = Bench::with_images(1);
    let mut window = Window::ready_with(bench.options(), |settings| {
        settings.stream.dead_letter_topic = " broken-images ".to_owned();
    });
    window.stream();
    let servers = window.session().broker.bootstrap_servers.clone().unwrap();
    produce(&servers, "image-data", &[b"hello".to_vec()]);
    window.stream();
    assert_eq!(read_values(&servers, "broken-images"), [b"hello".to_vec()]);
    assert_eq!(window.control("Dead letter topic").value().as_deref(), Some(" broken-images "));
}
