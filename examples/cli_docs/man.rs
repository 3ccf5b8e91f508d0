//! Manual pages: what `clap_mangen` makes of a command, with the examples that it leaves out.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::Command;
use clap_mangen::Man;
use kafka_image_bench::cli;

/// Writes a page for the program and one for each command, and returns their number.
pub fn write(folder: &Path) -> io::Result<usize> {
    let mut program = cli::command();
    program.build();
    let pages: Vec<Command> = program.get_subcommands().cloned().chain([program.clone()]).collect();
    for command in &pages {
        let source = format!("Kafka Image Bench {}", program.get_version().unwrap_or_default());
        let page = Man::new(command.clone()).manual("Kafka Image Bench").source(source);
        let mut file = io::BufWriter::new(fs::File::create(folder.join(page.get_filename()))?);
        write_page(&page, command, &mut file)?;
        if command.get_name() != program.get_name() {
            writeln!(file, ".SH SEE ALSO\n.BR kafka\\-image\\-bench (1)")?;
        }
        file.flush()?;
    }
    Ok(pages.len())
}

fn write_page(page: &Man, command: &Command, file: &mut dyn Write) -> io::Result<()> {
    page.render_title(file)?;
    page.render_name_section(file)?;
    page.render_synopsis_section(file)?;
    page.render_description_section(file)?;
    if let Some(examples) = command.get_before_help() {
        file.write_all(section("EXAMPLES", &examples.to_string(), "Examples:").as_bytes())?;
    }
    page.render_options_section(file)?;
    if command.has_subcommands() {
        page.render_subcommands_section(file)?;
    }
    if let Some(after) = command.get_after_help() {
        let after = after.to_string();
        let (codes, more) = after.split_once('\n').unwrap_or((&after, ""));
        file.write_all(section("EXIT STATUS", codes, "Exit codes:").as_bytes())?;
        file.write_all(section("FILES AND VARIABLES", more, "").as_bytes())?;
    }
    // Of the program alone.
    if command.get_version().is_some() { page.render_version_section(file) } else { Ok(()) }
}

/// Text with its own line breaks, without the words that its heading repeats.
fn section(heading: &str, text: &str, repeated: &str) -> String {
    let text = text.strip_prefix(repeated).unwrap_or(text);
    let text = text.strip_prefix(['\n', ' ']).unwrap_or(text);
    let lines = text.lines().map(|line| {
        // A step of `--help`.
        let line = line.strip_prefix("  ").unwrap_or(line).replace('\\', "\\e").replace('-', "\\-");
        // A full stop or an apostrophe at the beginning would be a request to the formatter.
        if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line }
    });
    format!(".SH {heading}\n.nf\n{}\n.fi\n", lines.collect::<Vec<_>>().join("\n"))
}
