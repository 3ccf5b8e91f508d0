use std::path::Path;

use clap::FromArgMatches;
use clap::error::ErrorKind;

use super::*;
use crate::cli::{Cli, command};

/// A start in `folder/project/deep`, with `project` and `user` as the two files.
#[derive(Default)]
struct Start<'a> {
    project: &'a str,
    user: &'a str,
    variables: &'a [(&'a str, &'a str)],
}

impl Start<'_> {
    fn sources(&self, arguments: &[&str]) -> Result<Sources, String> {
        let folder = tempfile::tempdir().unwrap();
        self.sources_in(folder.path(), arguments)
    }

    fn sources_in(&self, folder: &Path, arguments: &[&str]) -> Result<Sources, String> {
        let (project, deep) = (folder.join("project"), folder.join("project/deep"));
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(project.join(config_file::NAME), self.project).unwrap();
        std::fs::write(folder.join("user.toml"), self.user).unwrap();
        let around = Surroundings {
            current_folder: deep,
            user_file: Some(folder.join("user.toml")),
            variable: &|name| self.variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()),
            variables: self.variables.iter().map(|(name, _)| (*name).to_owned()).collect(),
        };
        let arguments = std::iter::once("kafka-image-bench").chain(arguments.iter().copied()).map(OsString::from);
        Sources::read(&command(), arguments.collect(), &around).map_err(|error| error.to_string())
    }

    fn matches(&self, arguments: &[&str]) -> ArgMatches {
        command().try_get_matches_from(self.sources(arguments).unwrap().arguments).unwrap()
    }

    fn value(&self, arguments: &[&str], id: &str) -> Option<String> {
        let matches = self.matches(arguments);
        let inner = matches.subcommand().map_or(&matches, |(_, inner)| inner);
        let values: Vec<_> = inner.get_raw(id)?.map(|value| value.to_string_lossy().into_owned()).collect();
        Some(values.join(","))
    }

    fn refusal(&self) -> String {
        self.sources(&["--headless"]).unwrap_err()
    }
}

#[test]
fn the_command_line_counts_before_variables_and_those_before_files() {
    let all = Start {
        project: "topic = \"project\"\npartitions = 7\n[produce]\nrate = 2\n",
        user: "topic = \"user\"\npartitions = 8\ngroup = \"user\"\nrate = 9.5\n",
        variables: &[("KIB_TOPIC", "variable"), ("KIB_GROUP", "")],
    };
    assert_eq!(all.value(&["produce", "--topic", "given"], "topic").as_deref(), Some("given"));
    assert_eq!(all.value(&["produce"], "topic").as_deref(), Some("variable"));
    assert_eq!(all.value(&["produce"], "partitions").as_deref(), Some("7"));
    assert_eq!(all.value(&["produce"], "rate").as_deref(), Some("2"));
    assert_eq!(all.value(&["stream"], "rate").as_deref(), Some("9.5"));
    assert_eq!(all.value(&["consume"], "group").as_deref(), Some("user"));
    assert_eq!(all.value(&["--headless"], "topic").as_deref(), Some("variable"));
    // A global option before the command is one of the command line too.
    let format = Start { project: "output-format = \"json\"", ..Start::default() };
    assert_eq!(format.value(&["--output-format", "quiet", "lag"], "output_format").as_deref(), Some("quiet"));
    assert_eq!(format.value(&["lag"], "output_format").as_deref(), Some("json"));
    let cluster = Start { user: "bootstrap-server = \"user:1\"", ..Start::default() };
    assert_eq!(cluster.value(&["lag"], "bootstrap_server").as_deref(), Some("user:1"));
    let usual = [("KAFKA_BOOTSTRAP_SERVERS", "usual:1")];
    let usual = Start { variables: &usual, ..cluster };
    assert!(usual.sources(&["lag"]).unwrap().applied.iter().all(|setting| setting.words.is_empty()));
}

#[test]
fn a_tables_options_are_those_of_its_command() {
    let start = Start {
        project: "consumers = 2\n[stream]\nconsumers = 3\n[monitor]\nrepeats = 5\nlinger-ms = [0, 2.5]\n",
        ..Start::default()
    };
    assert_eq!(start.value(&["--headless"], "consumers").as_deref(), Some("3"));
    assert_eq!(start.value(&["stream"], "consumers").as_deref(), Some("3"));
    assert_eq!(start.value(&["consume"], "consumers").as_deref(), Some("2"));
    assert_eq!(start.value(&["benchmark"], "repeats").as_deref(), Some("5"));
    assert_eq!(start.value(&["benchmark"], "linger-ms").as_deref(), Some("0,2.5"));
    assert_eq!(start.value(&["benchmark", "--linger-ms", "7"], "linger-ms").as_deref(), Some("7"));
}

#[test]
fn mistakes_are_named_with_file_line_and_key() {
    for (project, words) in [
        ("topic = \"x\"\ntpoic = \"y\"\n", &["kafka-image-bench.toml, line 2", "tpoic", "similar: topic"][..]),
        ("work_dir = \".\"\n", &["line 1", "work_dir", "similar: work-dir"]),
        ("\n[benchmrk]\nrepeats = 3\n", &["line 2", "benchmrk", "[benchmark]"]),
        ("[lag]\nrepeats = 3\n", &["line 2", "repeats", "not an option of lag"]),
        ("rate = \"fast\"\n", &["line 1", "rate", "a number"]),
        ("rate = \"2\"\n", &["line 1", "rate", "without quotation marks"]),
        ("rate = -2\n", &["line 1", "rate", "0 or more"]),
        ("topic = 5\n", &["line 1", "topic", "quotation marks"]),
        ("resend = \"yes\"\n", &["line 1", "resend", "true or false"]),
        ("# a\n\nacks = \"two\"\n", &["line 3", "acks", "all"]),
        ("output-format = \"xml\"\n", &["line 1", "output-format", "text, json, csv, quiet"]),
        ("[benchmark]\nduration = [1]\n", &["line 2", "duration", "a number"]),
        ("[benchmark]\nsweep = [\"fetch.min.bytes=1\"]\n", &["line 2", "sweep", "begins with"]),
        ("compression-type = [\"none\", \"lz4\"]\n", &["line 1", "compression-type", "quotation marks"]),
        ("print-config = true\n", &["print-config", "not an option"]),
        ("topic = \"a\ngroup = 1\n", &["line "]),
        ("[properties]\nhunter2 = []\n", &["line ", "properties"]),
    ] {
        let refusal = Start { project, ..Start::default() }.refusal();
        for word in words {
            assert!(refusal.contains(word), "{word}: {refusal}");
        }
    }
    for (variable, value, word) in [
        ("KIB_RATE", "fast", "0 or more"),
        ("KIB_RESEND", "perhaps", "true or false"),
        ("KIB_PROPERTIES", "hunter2", "NAME=VALUE"),
        ("KIB_PARTITIONS", "four", "invalid digit"),
    ] {
        let refusal = Start { variables: &[(variable, value)], ..Start::default() }.refusal();
        assert!(refusal.contains(variable) && refusal.contains(word), "{refusal}");
        assert!(!refusal.contains("hunter2"), "{refusal}");
    }
}

#[test]
fn a_flag_can_be_off_and_properties_are_merged() {
    let start = Start {
        project: "resend = false\n[properties]\n\"a.b\" = 2\nc.d = true\n",
        user: "resend = true\nverbose = 2\n[properties]\n\"a.b\" = 1\n",
        variables: &[("KIB_PROPERTIES", "e.f=x y\ng.h=1=2"), ("KIB_WATCH", "1")],
    };
    let matches = start.matches(&["produce", "-X", "a.b=9"]);
    let (_, inner) = matches.subcommand().unwrap();
    assert_eq!((inner.get_flag("resend"), inner.get_flag("watch"), inner.get_count("verbose")), (false, true, 2));
    let sources = start.sources(&["produce", "-X", "a.b=9"]).unwrap();
    assert_eq!(sources.properties, 5);
    let values = start.value(&["produce", "-X", "a.b=9"], "properties").unwrap();
    assert_eq!(values, "a.b=1,a.b=2,c.d=true,e.f=x y,g.h=1=2,a.b=9");
}

#[test]
fn paths_of_a_file_are_relative_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let start = Start {
        project: "input = \"photos\"\nlabels = \"csv:labels.csv\"\ndata = \"memory\"\nwork-dir = \"/absolute\"\n",
        ..Start::default()
    };
    let sources = start.sources_in(folder.path(), &["--headless"]).unwrap();
    let matches = command().try_get_matches_from(&sources.arguments).unwrap();
    let value = |id: &str| matches.get_raw(id).unwrap().next().unwrap().to_string_lossy().into_owned();
    let project = folder.path().join("project");
    assert_eq!(value("input"), project.join("photos").to_str().unwrap());
    assert_eq!(value("labels"), format!("csv:{}", project.join("labels.csv").display()));
    assert_eq!((value("data"), value("work_dir")), ("memory".to_owned(), "/absolute".to_owned()));
    std::fs::write(folder.path().join("project/deep/own.toml"), "input = \"here\"").unwrap();
    std::fs::write(folder.path().join("elsewhere.toml"), "topic = \"elsewhere\"").unwrap();
    let named = |file: &str| start.sources_in(folder.path(), &["--headless", "--config", file]);
    let has = |sources: &Sources, word: &str| sources.arguments.iter().any(|known| known == word);
    assert!(has(&named("own.toml").unwrap(), "--input=here"));
    assert!(has(&named("../../elsewhere.toml").unwrap(), "--topic=elsewhere"));
    assert!(named("none").unwrap().applied.is_empty());
    assert!(named("missing.toml").unwrap_err().contains("missing.toml"));
}

#[test]
fn what_counts_more_displaces_what_cannot_be_used_beside_it() {
    let start = Start {
        project: "bootstrap-server = \"project:1\"\n[benchmark]\nduration = 2\npreset = \"encodings\"\nrate = 5\n",
        user: "data = \"memory\"\n",
        ..Start::default()
    };
    assert_eq!(start.value(&["lag"], "data"), None);
    assert_eq!(start.value(&["lag", "--data", "d"], "bootstrap_server"), None);
    assert_eq!(start.value(&["broker"], "data").as_deref(), Some("memory"));
    let of_person = ["benchmark", "--images", "9", "--linger-ms", "1", "--find-max-rate", "--p99-ms", "5"];
    assert_eq!(start.value(&of_person, "preset"), None);
    assert_eq!(start.value(&of_person, "rate"), None);
    // Both stand in one file: the person has to choose, and is shown where.
    let both = Start { project: "[benchmark]\nduration = 2\nimages = 3\n", ..Start::default() };
    let sources = both.sources(&["benchmark"]).unwrap();
    let error = command().try_get_matches_from(&sources.arguments).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ArgumentConflict);
    assert!(sources.explanation(&error.to_string()).contains("line 3"), "{sources:?}");
}

#[test]
fn what_needs_another_option_is_left_out_without_it() {
    let start = Start {
        project: "[benchmark]\nthreshold = \"throughput=-5%\"\nstrict = true\n[report]\ntheme = \"dark\"\n",
        ..Start::default()
    };
    let sources = start.sources(&["benchmark"]).unwrap();
    assert!(sources.applied.is_empty(), "{sources:?}");
    assert_eq!(sources.notes.len(), 2);
    assert!(sources.notes[0].contains("line 2") && sources.notes[0].contains("--baseline"), "{:?}", sources.notes);
    let sources = start.sources(&["benchmark", "--baseline", "b.json"]).unwrap();
    assert_eq!(sources.applied.len(), 2);
    assert!(start.sources(&["report", "r.json", "--out", "o.html"]).unwrap().applied.is_empty());
    // What every run has to reach needs no baseline, and is not left out because of what stands beside it.
    for value in ["p99<50ms", "p99<50ms,throughput=-5%"] {
        let project = format!("[benchmark]\nthreshold = \"{value}\"\n");
        let start = Start { project: &project, ..Start::default() };
        assert_eq!(start.value(&["benchmark"], "threshold").as_deref(), Some(value));
    }
    assert_eq!(start.value(&["report", "r.json", "--charts", "c"], "theme").as_deref(), Some("dark"));
}

#[test]
fn the_printed_options_are_a_configuration_file() {
    let start = Start {
        project: "topic = \"a \\\"b\\\"\"\n[properties]\nsasl.password = \"hunter2\"\n",
        variables: &[("KIB_LINGER_MS", "0,5"), ("KIB_MARGIN", "4%")],
        ..Start::default()
    };
    let arguments = ["benchmark", "--repeats", "2", "-X", "z.z=c"];
    let sources = start.sources(&arguments).unwrap();
    let matches = command().try_get_matches_from(&sources.arguments).unwrap();
    let printed = sources.print(&command(), &matches);
    assert!(!printed.contains("hunter2"), "{printed}");
    for line in [
        "repeats = 2  # the command line",
        "linger-ms = [0, 5]  # the variable KIB_LINGER_MS",
        "margin = \"4%\"  # the variable KIB_MARGIN",
        "duration = 5  # the default",
        "# baseline is not set",
        "output-format = \"text\"  # the default",
        "\"sasl.password\" = \"[hidden]\"",
    ] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
    let properties = printed.lines().find(|line| line.starts_with("properties")).unwrap();
    assert!(properties.contains("# the command line, ") && properties.contains("line 2"), "{properties}");
    // From the same folder, since paths are relative to the file.
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("project/deep")).unwrap();
    std::fs::write(folder.path().join("project/deep/printed.toml"), &printed).unwrap();
    let again = Start::default().sources_in(folder.path(), &["benchmark", "--config", "printed.toml"]).unwrap();
    let arguments = again.arguments.iter().filter(|word| *word != "--config" && *word != "printed.toml");
    let second = command().try_get_matches_from(arguments).unwrap();
    let (first, second) = (Cli::from_arg_matches(&matches).unwrap(), Cli::from_arg_matches(&second).unwrap());
    let shown = |cli: &Cli| format!("{cli:?}").replace("hunter2", "[hidden]");
    assert_eq!(shown(&first), shown(&second));
}

#[cfg(feature = "window")]
#[test]
fn the_window_takes_its_own_options_only() {
    let start = Start { project: "topic = \"x\"\ninput = \"/photos\"\n", ..Start::default() };
    let names = |arguments: &[&str]| -> Vec<String> {
        start.sources(arguments).unwrap().applied.into_iter().map(|setting| setting.name).collect()
    };
    assert_eq!(names(&[]), ["input"]);
    assert_eq!(names(&["--headless"]).len(), 2);
    let displaced = start.sources(&["--new-window", "photos"]).unwrap().applied;
    assert!(displaced.is_empty(), "{displaced:?}");
    let headless = Start { variables: &[("KIB_HEADLESS", "1")], ..start };
    assert_eq!(headless.sources(&[]).unwrap().applied.len(), 3);
}

#[test]
fn help_needs_no_file() {
    let broken = Start { project: "topic = ", ..Start::default() };
    for arguments in [&["--help"][..], &["stream", "--help"], &["--version"], &["-V"], &["--no-such-option"]] {
        assert!(broken.sources(arguments).unwrap().applied.is_empty(), "{arguments:?}");
    }
    assert!(broken.sources(&["lag"]).is_err());
}

#[test]
fn a_variable_that_is_nearly_an_option_is_noted() {
    let start = Start {
        variables: &[("KIB_TOPICS", "x"), ("KIB_KAFKA_STATE", "x"), ("KIB_LOG", "debug"), ("KIB_REPEATS", "2")],
        ..Start::default()
    };
    let notes = start.sources(&["lag"]).unwrap().notes;
    assert_eq!(notes, ["The variable KIB_TOPICS has no effect; did you mean KIB_TOPIC?"]);
}

#[test]
fn files_with_an_effect_are_noted() {
    let start = Start { project: "topic = \"x\"\nrate = 1\n", user: "group = \"g\"\n", ..Start::default() };
    let notes = start.sources(&["consume", "--topic", "y"]).unwrap().notes;
    let [note] = &notes[..] else { panic!("{notes:?}") };
    assert!(note.starts_with("Options from ") && note.ends_with("user.toml: group"), "{note}");
}

#[test]
fn the_build_gives_the_program_no_variable_that_looks_like_an_option() {
    // `cargo run` passes the variables of a build script on. There are none.
    let script = include_str!("../../../build.rs");
    let given = script.split("rustc-env=").skip(1).filter_map(|text| text.split('=').next());
    let given: Vec<String> = given.map(str::to_owned).collect();
    assert_eq!(given, [""; 0]);
    assert_eq!(variables::unknown(&command(), &given), [""; 0]);
}
