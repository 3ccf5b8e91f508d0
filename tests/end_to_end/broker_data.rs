use crate::bench::{Bench, Process, wait_until};

#[test]
fn a_second_program_finds_the_broker_and_takes_it_over() {
    let bench = Bench::embedded();
    bench.write_images(300);
    let consumer = Process::start(bench.text_command("consume", "c", &[]));
    wait_until("the consumer serves the data folder", || bench.folder.path().join("data/broker.address").exists());
    let mut producer = Process::start(bench.text_command("produce", "p", &["--rate", "150"]));
    producer.wait_for_line(|line| line.contains("the embedded broker of another program"));
    wait_until("some images are acknowledged", || bench.processed("p").len() > 30);
    wait_until("some images are saved", || bench.rows_so_far("c") > 10);
    consumer.kill();
    producer.wait_for_line(|line| line.contains("this one now serves the data"));
    let (code, printed) = producer.wait();
    assert_eq!(code, 0, "{printed}");
    assert_eq!(bench.processed("p").len(), 300);
    bench.run("consume", "c", &["--until-idle", "2"]).expect_code(0);
    bench.assert_all_saved("c", 300);
}
