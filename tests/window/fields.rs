//! Each field of configurations is found on every surface, and so is a property.

use clap::CommandFactory;
use kafka_image_bench::cli::Cli;
use kafka_image_bench::gui::settings::Tab;
use kafka_image_bench_core::configuration::{Configuration, FIELDS, Field, Kind, Lists, Variable, read_toml};
use kafka_image_bench_core::report::html::html;
use kafka_image_bench_core::report::scale::Axes;
use kafka_image_bench_core::results::BenchmarkResults;
use kafka_image_bench_core::results::files::{details_csv, read};
use kafka_image_bench_core::verdict::compare::compare;
use kafka_image_bench_core::verdict::metric::Margin;
use kafka_image_bench_core::verdict::recommend::{Client, recommend};

use crate::bench::Bench;
use crate::window::Window;

const PROPERTY: &str = "consumer.fetch.min.bytes";

/// Another value than the default.
fn other_value(field: &Field) -> String {
    let default = field.get(&Configuration::default());
    match field.kind {
        Kind::Choice(names) => (*names.iter().find(|name| **name != default).unwrap()).to_owned(),
        _ => (default.parse::<f64>().unwrap() + 1.0).to_string(),
    }
}

/// All fields and a property, each with a value that is not its default.
fn all() -> Vec<(Variable, String)> {
    let fields = FIELDS.iter().map(|field| (Variable::Field(field), other_value(field)));
    fields.chain([(Variable::find(PROPERTY).unwrap(), "77777".to_owned())]).collect()
}

fn with(variable: &Variable, value: &str) -> Configuration {
    let mut one = Configuration::default();
    variable.set(&mut one, value).unwrap();
    one.with_short_name()
}

/// Results whose first configuration is this one.
fn results(first: Configuration) -> BenchmarkResults {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/window/results.json");
    let mut results = read(path.as_ref()).unwrap();
    results.configurations[0].configuration = first;
    results
}

#[test]
fn each_is_an_option_and_a_key_in_toml() {
    let command = Cli::command();
    let benchmark = command.find_subcommand("benchmark").unwrap();
    let help = |option: &str| {
        let found = benchmark.get_arguments().find(|argument| argument.get_long() == Some(option));
        found.unwrap_or_else(|| panic!("no option {option}")).get_help().unwrap().to_string()
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("configurations.toml");
    for (variable, value) in all() {
        let key = match &variable {
            Variable::Field(field) => {
                assert!(help(field.option).contains(&field.get(&Configuration::default())), "{field:?}");
                field.option.to_owned()
            }
            Variable::Property(property) => property.to_string(),
        };
        let text =
            format!("[[configuration]]\nname = \"a\"\n\"{key}\" = \"{value}\"\n[lists]\n\"{key}\" = [\"{value}\"]");
        std::fs::write(&file, text).unwrap();
        let read = read_toml(&file).unwrap();
        assert_eq!(read.len(), 2);
        assert!(read.iter().all(|one| variable.get(one).as_ref() == Some(&value)), "{key}: {read:?}");
    }
    assert!(help("sweep").contains(PROPERTY));
}

#[test]
fn each_is_in_the_files_the_report_the_comparison_and_the_recommendation() {
    for (variable, value) in all() {
        let (one, key) = (with(&variable, &value), variable.key());
        let results = results(one.clone());

        let csv = details_csv(&results).unwrap();
        let mut csv = csv::Reader::from_reader(csv.as_slice());
        let column = csv.headers().unwrap().iter().position(|name| name == key).unwrap_or_else(|| panic!("no {key}"));
        let is_value = |row: csv::StringRecord| row.get(column) == Some(value.as_str());
        assert!(csv.records().any(|row| is_value(row.unwrap())), "{key}");

        let json = serde_json::to_value(&results).unwrap();
        let json = &json["configurations"][0]["configuration"];
        let in_json = json.get(&key).unwrap_or_else(|| &json["properties"][&key]);
        let in_json = in_json.as_str().map(str::to_owned).or(in_json.as_f64().map(|number| number.to_string()));
        assert_eq!(in_json.as_ref(), Some(&value), "{key}: {json}");

        let page = html(&results, None, Margin::default(), Axes::default());
        let row = format!("<th scope=\"row\">{}</th><td>{}</td>", variable.label(), variable.shown(&one).unwrap());
        assert!(page.contains(&row) && page.contains(&format!("<dt>{}</dt>", variable.label())), "{row}");

        // What differs keeps both apart, and is in the name.
        let before = self::results(Configuration::default().with_short_name());
        let comparison = compare(&before, &results, Margin::default()).unwrap();
        assert_eq!(comparison.only_candidate, std::slice::from_ref(&one.name), "{key}");
        assert!(one.name.contains(&value), "{key}: {}", one.name);
        assert!(comparison.to_text().contains(&one.name), "{key}");

        let properties = recommend(&results, Margin::default()).unwrap().properties(&one, Client::Librdkafka);
        let lines = match &variable {
            Variable::Field(field) => match field.property() {
                Some(property) => format!("{property}={value}"),
                None => format!("{} {value}", field.name),
            },
            Variable::Property(property) => format!("{}={value}", property.name),
        };
        assert!(properties.contains(&lines), "{lines}: {properties}");
    }
}

#[test]
fn each_is_in_the_windows_table_and_combinations() {
    let bench = Bench::with_images(2);
    let mut window = Window::ready_with(bench.options(), |settings| {
        settings.shared.tab = Tab::Benchmark;
        settings.benchmark.rows[0].configuration.properties = [(PROPERTY.to_owned(), "1".to_owned())].into();
    });
    let rows = window.tabs().benchmark.settings.rows.clone();
    let variables = Variable::of(rows.iter().map(|row| &row.configuration));
    assert_eq!(variables.len(), FIELDS.len() + 1);
    for variable in &variables {
        assert!(window.has_control(&format!("{}, row 1", variable.heading())), "{variable:?}");
    }
    window.fill(&format!("{PROPERTY}, row 2"), "2");
    let second = window.tabs().benchmark.settings.rows[1].configuration.clone();
    assert_eq!(second.properties[PROPERTY], "2");
    assert!(second.name.ends_with("consumer.fetch.min.bytes=2"), "{second:?}");

    window.press("All combinations…");
    for field in &FIELDS {
        assert!(window.has_control(&field.heading()), "{field:?}");
    }
    window.press("Add a property");
    window.fill("Property 1", "producer.linger.ms");
    window.fill("Values of property 1", "1");
    window.wait_for_text("--linger-ms");
    window.fill("Property 1", PROPERTY);
    window.fill("Values of property 1", "1, 1000000");
    window.wait_for_text("36 rows");
    window.press("Make the rows");
    let rows = window.tabs().benchmark.settings.rows.clone();
    let mut expected = Lists::default();
    for field in &FIELDS {
        let values = field.example.split(", ").map(str::to_owned).collect();
        expected.add(Variable::Field(field), values).unwrap();
    }
    expected.add(Variable::find(PROPERTY).unwrap(), vec!["1".to_owned(), "1000000".to_owned()]).unwrap();
    let made: Vec<Configuration> = rows.into_iter().map(|row| row.configuration).collect();
    assert_eq!(made, expected.product().unwrap());
}
