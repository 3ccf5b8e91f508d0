use std::fs;

use crate::bench::Bench;
use crate::benchmark::{command, result_files, run};

#[test]
fn a_benchmark_becomes_a_page_and_pictures() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.write_images(20);
    let options = ["--encoding", "json,raw", "--images", "50", "--repeats", "2", "--warmup", "0"];
    let (finished, results) = run(&bench, &served.bootstrap_servers, &options);
    assert_eq!(finished.code, 0, "{finished:?}");
    let file = result_files(&bench).remove(0);
    let before = fs::read(&file).unwrap();
    let file = file.to_str().unwrap();
    let (page, charts) = (bench.work("a").join("report.html"), bench.work("a").join("charts"));
    let (page_text, charts_text) = (page.to_str().unwrap(), charts.to_str().unwrap());
    let report = |options: &[&str]| command(&[&["report", file], options].concat());

    fs::write(&page, "an older report").unwrap();
    let written = report(&["--baseline", file, "--out", page_text, "--charts", charts_text]).expect_code(0);
    assert_eq!(written.stdout.lines().count(), 17, "{written:?}");
    let html = fs::read_to_string(&page).unwrap();
    for one in results["configurations"].as_array().unwrap() {
        let name = one["configuration"]["name"].as_str().unwrap();
        // In the charts, in the tables and in the comparison.
        assert!(html.matches(name).count() > 10, "{name}");
    }
    assert!(html.ends_with("</html>\n") && html.contains("<h3>Verdicts</h3>"));
    let pictures: Vec<_> = fs::read_dir(&charts).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(pictures.len(), 16, "{pictures:?}");
    for picture in pictures {
        let head = fs::read(&picture).unwrap();
        assert!(head.starts_with(b"\x89PNG\r\n") || head.starts_with(b"<svg "), "{picture:?}");
    }

    // The results themselves are never replaced, whatever path leads to them.
    let other_name = bench.work("a").join("charts").join("..").join(file.rsplit(['/', '\\']).next().unwrap());
    for out in [file, other_name.to_str().unwrap()] {
        let refused = report(&["--out", out]).expect_code(2);
        assert!(refused.stderr.contains("--out"), "{refused:?}");
    }
    assert_eq!(fs::read(file).unwrap(), before);
    report(&[]).expect_code(2);
    let unwritable = report(&["--out", charts_text]).expect_code(1);
    assert!(unwritable.stderr.contains("the report cannot be written"), "{unwritable:?}");
}
