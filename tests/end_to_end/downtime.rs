use crate::bench::{Bench, Process, program, wait_until};

#[test]
fn both_sides_wait_for_a_broker_that_went_and_came_back() {
    let bench = Bench::embedded();
    bench.write_images(300);
    let served = bench.serve_embedded("127.0.0.1:0");
    let address = served.bootstrap_servers.clone();
    let mut command = program();
    command.args(["--headless", "stream", "--rate", "150", "--bootstrap-server", &address, "--topic", &bench.topic]);
    command.arg("--input").arg(bench.input()).arg("--work-dir").arg(bench.work("a"));
    let mut stream = Process::start(command);
    wait_until("some images are acknowledged", || bench.processed("a").len() > 30);
    served.kill();
    stream.wait_for_line(|line| line.contains("has not answered since"));
    let before = bench.processed("a").len();
    let _served = bench.serve_embedded(&address);
    stream.wait_for_line(|line| line.contains("answers again"));
    let (code, printed) = stream.wait();
    assert_eq!(code, 0, "{printed}");
    assert!(before < 300, "{printed}");
    assert_eq!(printed.matches("has not answered since").count(), 1, "{printed}");
    assert_eq!(printed.matches("answers again").count(), 1, "{printed}");
    bench.assert_all_saved("a", 300);
}

/// The broker closes no connection and answers nothing, as if its machine hung.
#[cfg(unix)]
#[test]
fn a_broker_that_hangs_is_announced_and_nothing_is_lost() {
    let bench = Bench::embedded();
    bench.write_images(300);
    let served = bench.serve_embedded("127.0.0.1:0");
    let mut stream = Process::start(bench.text_command("stream", "a", &["--rate", "100"]));
    wait_until("some images are acknowledged", || bench.processed("a").len() > 30);
    served.process().pause();
    stream.wait_for_line(|line| line.contains("has not answered since"));
    served.process().resume();
    stream.wait_for_line(|line| line.contains("answers again"));
    let (code, printed) = stream.wait();
    assert_eq!(code, 0, "{printed}");
    bench.assert_all_saved("a", 300);
}

/// Images that are acknowledged and not saved are counted, no matter how the run ends.
#[cfg(unix)]
#[test]
fn a_stopped_stream_says_what_it_leaves_on_the_topic() {
    let bench = Bench::embedded();
    bench.write_images(200);
    // Another member of the group holds the only partition.
    let served = bench.serve_embedded("127.0.0.1:0");
    bench.create_topic(&served.bootstrap_servers, 1, &[]);
    let mut holder = Process::start(bench.command("consume", "holder", &["-v"]));
    holder.wait_for_line(|line| line.contains("assigned 1 partitions"));
    holder.pause();
    let mut stream = Process::start(bench.command("stream", "a", &["-v"]));
    wait_until("all images are acknowledged", || bench.processed("a").len() == 200);
    stream.interrupt();
    stream.wait_for_line(|line| line.contains("acknowledged images are left on the topic, not saved"));
    let (_, printed) = stream.wait();
    let report: serde_json::Value = serde_json::from_str(&printed[printed.find("\n{").unwrap()..]).unwrap();
    let number = |name: &str| report["accounting"][name].as_u64().unwrap();
    let sum: u64 = ["saved", "dead_letters", "lost", "taken_by_others", "on_topic"].map(number).iter().sum();
    assert_eq!((number("acknowledged"), sum), (200, 200), "{printed}");
    holder.resume();
    drop(holder);
}
