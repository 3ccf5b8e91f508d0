//! `docs/reference/cli.md` is what the program's definition of its options makes of it.

use std::path::Path;

#[path = "../../examples/cli_docs/markdown.rs"]
mod markdown;

#[test]
fn the_page_on_the_command_line_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/cli.md");
    let written = std::fs::read_to_string(&path).unwrap();
    let made = markdown::page(kafka_image_bench::cli::command());
    let differs = written.lines().zip(made.lines()).find(|(written, made)| written != made);
    assert!(
        written == made,
        "docs/reference/cli.md is out of date; `just cli-docs` renews it. First difference: {differs:#?}"
    );
}
