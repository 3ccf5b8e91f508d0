use std::fs;
use std::io::Write;

use crate::bench::{Bench, Process, image_name, png, wait_until};

#[test]
fn new_files_are_sent_once_they_are_whole() {
    let bench = Bench::new();
    bench.write_images(3);
    let watching = Process::start(bench.command("stream", "a", &["--watch"]));
    wait_until("what was there is saved", || bench.rows_so_far("a") == 3);

    // Written slowly.
    let whole = png(3, 8);
    let mut file = fs::File::create(bench.input().join(image_name(3))).unwrap();
    file.write_all(&whole[..whole.len() / 2]).unwrap();
    file.flush().unwrap();
    // Renamed into the folder.
    let elsewhere = bench.folder.path().join("elsewhere.png");
    fs::write(&elsewhere, png(4, 8)).unwrap();
    fs::rename(&elsewhere, bench.input().join(image_name(4))).unwrap();
    // In a new folder.
    fs::create_dir(bench.input().join("sub")).unwrap();
    fs::write(bench.input().join("sub").join(image_name(5)), png(5, 8)).unwrap();
    wait_until("the others are saved", || bench.rows_so_far("a") == 5);
    assert!(!bench.processed("a").contains(&image_name(3)), "half a file was sent");
    file.write_all(&whole[whole.len() / 2..]).unwrap();
    drop(file);
    wait_until("all are saved", || bench.rows_so_far("a") == 6);
    watching.interrupt();
    let (code, printed) = watching.wait();
    assert_eq!(code, 130, "{printed}");
    bench.assert_all_saved("a", 6);
    assert!(bench.processed("a").contains(&format!("sub/{}", image_name(5))));
}
