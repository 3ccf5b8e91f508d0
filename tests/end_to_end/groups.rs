use crate::bench::{Bench, Process, files_in, image_name, png, wait_until};

#[test]
fn members_in_one_process_share_the_work() {
    let bench = Bench::new();
    bench.write_images(60);
    let run = bench.run("stream", "a", &["--consumers", "3", "--partitions", "6"]).expect_code(0);
    assert_eq!(run.number("received"), 60, "{run:?}");
    bench.assert_all_saved("a", 60);
}

#[test]
fn two_processes_share_a_group_and_nothing_is_lost() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.create_topic(&served.bootstrap_servers, 4, &[]);
    let consume = |work: &str| Process::start(bench.command("consume", work, &["-v"]));
    let mut first = consume("a");
    first.wait_for_line(|line| line.contains("assigned 4 partitions"));
    let mut second = consume("b");
    second.wait_for_line(|line| line.contains("assigned 2 partitions"));
    first.wait_for_line(|line| line.contains("assigned 2 partitions"));
    let images: Vec<Vec<u8>> = (0..40).map(|number| png(number, 8)).collect();
    let names: Vec<String> = (0..40).map(image_name).collect();
    let values: Vec<Vec<u8>> =
        images.iter().zip(&names).map(|(image, name)| crate::bench::message(image, name)).collect();
    let records: Vec<_> = values
        .iter()
        .enumerate()
        .map(|(index, value)| crate::bench::Record {
            value: Some(value),
            partition: Some(index as i32 % 4),
            ..crate::bench::Record::default()
        })
        .collect();
    bench.send(&served.bootstrap_servers, &records);
    wait_until("all are saved", || bench.rows_so_far("a") + bench.rows_so_far("b") >= 40);
    for (work, process) in [("a", first), ("b", second)] {
        assert_eq!(bench.rows(work).len(), 20);
        assert_eq!(files_in(&bench.work(work).join("output_images")).len(), 20);
        drop(process);
    }
}
