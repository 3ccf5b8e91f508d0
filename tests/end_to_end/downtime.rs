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
    stream.wait_for_line(|line| line.contains("does not answer since"));
    let before = bench.processed("a").len();
    let _served = bench.serve_embedded(&address);
    stream.wait_for_line(|line| line.contains("answers again"));
    let (code, printed) = stream.wait();
    assert_eq!(code, 0, "{printed}");
    assert!(before < 300, "{printed}");
    assert_eq!(printed.matches("does not answer since").count(), 1, "{printed}");
    assert_eq!(printed.matches("answers again").count(), 1, "{printed}");
    bench.assert_all_saved("a", 300);
}
