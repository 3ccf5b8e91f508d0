//! The settings of a benchmark.

use eframe::egui::{CollapsingHeader, DragValue, RichText, Ui};

use super::BenchmarkTab;
use super::outline::Outline;
use super::settings::{BenchmarkSettings, PaceChoice};
use crate::gui::format;
use crate::gui::session::Session;
use crate::gui::theme::Tokens;
use crate::gui::widgets::card::{caption, group_heading};
use crate::gui::widgets::field::{Field, choice, client_properties, number, text, tick};
use crate::gui::widgets::load_shape::{burst_ui, ramp_ui, replay_ui};
use kafka_image_bench_core::benchmark::plan::GROUPS_MAX;
use kafka_image_bench_core::pipeline::consumer::MEMBERS_MAX;
use kafka_image_bench_core::pipeline::producer::PRODUCERS_MAX;
use kafka_image_bench_core::results::{LimitMetric, RaceGoal};

/// How many clients of each kind.
fn clients(ui: &mut Ui, settings: &mut BenchmarkSettings) {
    let of = Field { name: "Producers", help: "They share the images; a fixed rate is that of all together" };
    number(ui, &of, DragValue::new(&mut settings.producers).range(1..=PRODUCERS_MAX).speed(0.05));
    let of = Field { name: "Consumers", help: "Members of each consumer group" };
    number(ui, &of, DragValue::new(&mut settings.consumers).range(1..=MEMBERS_MAX).speed(0.05));
    ui.add_enabled_ui(!settings.pipeline, |ui| {
        let of = Field {
            name: "Groups",
            help: "Consumer groups: each receives every record, and is accounted for by itself",
        };
        number(ui, &of, DragValue::new(&mut settings.groups).range(1..=GROUPS_MAX).speed(0.05));
    });
}

const PACE: &str = "As fast as possible; at a fixed rate, on a ramp, in bursts or as a replay of the capture times, where latency counts \
                    from the intended time of sending; the highest rate that keeps a latency; or a ladder: latency and loss at \
                    rising rates, until one does not hold";
const SLICED: &str =
    "Short slices in turns, with topics and clients kept in between: what the machine does to all of them cancels";
const WHOLE_RUNS: &str = "Whole runs in turns: latency and given loads need them";

/// How long a run is.
fn length(ui: &mut Ui, settings: &mut BenchmarkSettings) {
    let of = Field { name: "A run ends", help: "After a time, or after a number of images" };
    choice(ui, &of, &mut settings.by_time, &[true, false], |by_time| {
        if *by_time { "after seconds" } else { "after images" }.to_owned()
    });
    if settings.by_time {
        let of = Field { name: "Seconds", help: "Of sending, after the warm-up" };
        number(ui, &of, DragValue::new(&mut settings.seconds).range(0.5..=86_400.0).speed(0.1).suffix(" s"));
    } else {
        let of = Field { name: "Images", help: "Sent, after the warm-up" };
        number(ui, &of, DragValue::new(&mut settings.images).range(1..=1_000_000_000_u64).speed(10.0));
    }
    let of = Field { name: "Warm-up", help: "Sending before the clock starts" };
    number(ui, &of, DragValue::new(&mut settings.warmup_s).range(0.0..=3_600.0).speed(0.1).suffix(" s"));
}

/// How often each configuration is measured: a number of times, or until one can be taken.
fn how_often(ui: &mut Ui, settings: &mut BenchmarkSettings) {
    let can_race = !settings.is_search();
    ui.add_enabled_ui(can_race, |ui| {
        let of = Field {
            name: "Until decided",
            help: "A race: measure in turns, drop what is certainly slower, and stop when one can be taken. Replaces Repeats",
        };
        tick(ui, &of, &mut settings.until_decided);
    });
    if !settings.is_race() {
        let of = Field {
            name: "Repeats",
            help: "Runs of each configuration, interleaved. With two or more, the spread shows the noise",
        };
        number(ui, &of, DragValue::new(&mut settings.repeats).range(1..=1_000).speed(0.05));
        return;
    }
    let goals = settings.goals();
    let lines: Vec<String> = goals.iter().map(|goal| format!("{goal}: {}", goal.description())).collect();
    let help = format!("What is compared\n{}\nWhich there are depends on Pace", lines.join("\n"));
    let mut goal = settings.goal();
    if choice(ui, &Field { name: "Goal", help: &help }, &mut goal, &goals, RaceGoal::to_string).changed() {
        settings.race_goal = goal;
    }
    let of = Field {
        name: "Budget",
        help: "The most that measuring may take; 0 for less than half of what the runs would take that it replaces",
    };
    let value = DragValue::new(&mut settings.budget_minutes).range(0.0..=100_000.0).speed(0.1);
    number(ui, &of, value.custom_formatter(or("automatic", "min")).custom_parser(|text| parsed(text, "min")));
    let of =
        Field { name: "Margin", help: "Differences up to this count as none: the race ends when less may be lost" };
    number(ui, &of, DragValue::new(&mut settings.margin_percent).range(0.5..=50.0).speed(0.1).suffix(" %"));
}

/// Writes a number with its unit, and a word for 0.
fn or(zero: &'static str, unit: &'static str) -> impl Fn(f64, std::ops::RangeInclusive<usize>) -> String {
    move |value, _| match value {
        value if value <= 0.0 => zero.to_owned(),
        value => format!("{value} {unit}"),
    }
}

pub(super) fn settings_ui(ui: &mut Ui, tab: &mut BenchmarkTab, session: &mut Session) {
    let is_idle = !session.run.is_running();
    let outline = tab.outline();
    ui.add_enabled_ui(is_idle, |ui| {
        let settings = &mut tab.settings;
        group_heading(ui, "What is measured");
        measured(ui, settings);
        clients(ui, settings);
        group_heading(ui, "How long");
        // Slices of a race have their own length.
        let is_sliced = outline.race.is_some_and(|race| race.is_sliced);
        ui.add_enabled_ui(!is_sliced, |ui| length(ui, settings));
        how_often(ui, settings);
        group_heading(ui, "How fast");
        pace(ui, settings);
        let of = Field { name: "Seed", help: "For the order of the runs: the same seed gives the same order" };
        number(ui, &of, DragValue::new(&mut settings.seed).range(0..=u64::MAX).speed(0.05));
        group_heading(ui, "What it has to reach");
        thresholds_ui(ui, settings);
        CollapsingHeader::new("More").show(ui, |ui| client_properties(ui, &mut settings.properties));
    });
    ui.add_space(6.0);
    outline_ui(ui, tab.outline());
}

/// Which part of the way is measured, and with which files.
fn measured(ui: &mut Ui, settings: &mut BenchmarkSettings) {
    let of = Field {
        name: "Measure",
        help: "transport: images encoded beforehand, from memory to receipt\npipeline: from the folder to the saved file",
    };
    choice(ui, &of, &mut settings.pipeline, &[false, true], |pipeline| {
        if *pipeline { "pipeline" } else { "transport" }.to_owned()
    });
    ui.add_enabled_ui(!settings.pipeline, |ui| {
        let of = Field {
            name: "Backlog",
            help: "Consume only after everything has been produced: measures each side by itself",
        };
        tick(ui, &of, &mut settings.backlog);
    });
    let of = Field { name: "Any file", help: "Send files of any kind in the folder, not only images" };
    tick(ui, &of, &mut settings.any_file);
}

/// How fast is sent.
fn pace(ui: &mut Ui, settings: &mut BenchmarkSettings) {
    let of = Field { name: "Pace", help: PACE };
    choice(ui, &of, &mut settings.pace, &PaceChoice::ALL, |pace| pace.name().to_owned());
    match settings.pace {
        PaceChoice::FullSpeed => {}
        PaceChoice::Fixed => {
            let of = Field { name: "Rate", help: "Images a second" };
            let value = DragValue::new(&mut settings.rate_images_per_s).range(0.1..=1e6).speed(1.0);
            number(ui, &of, value.suffix(" /s"));
        }
        PaceChoice::FindMax => {
            let of = Field { name: "p99 within", help: "The end-to-end latency that 99 in 100 images must hold" };
            let value = DragValue::new(&mut settings.max_rate_p99_ms).range(0.1..=60_000.0).speed(0.5);
            number(ui, &of, value.suffix(" ms"));
        }
        PaceChoice::Ramp => ramp_ui(ui, &mut settings.load),
        PaceChoice::Bursts => burst_ui(ui, &mut settings.load),
        PaceChoice::Replay => {
            replay_ui(ui, &mut settings.load);
            let of =
                Field { name: "Whole folder", help: "Each run sends every image once, in place of the length above" };
            tick(ui, &of, &mut settings.replays_folder);
        }
        PaceChoice::Ladder => ladder_ui(ui, settings),
    }
}

/// How many runs the settings make, and how long they take.
fn outline_ui(ui: &mut Ui, outline: Outline) {
    let runs = format::counted(outline.runs.into(), "run", "runs");
    let rows = format::counted(outline.rows as u64, "configuration", "configurations");
    let time = outline.time_text().map(|text| capitalized(&text));
    let text = match time {
        Some(time) if outline.race.is_some() && outline.rows > 1 => format!("{time}: a race of {rows}"),
        _ if outline.race.is_some() => "Tick at least two configurations for a race".to_owned(),
        _ if outline.rows == 0 => "Tick at least one configuration".to_owned(),
        Some(time) => {
            let repeats = format::counted(outline.repeats.into(), "repeat", "repeats");
            format!("{time}: {rows} × {repeats}")
        }
        None if outline.is_replay => format!("{runs}; the time depends on the capture times"),
        None if outline.is_search => format!("At most {runs}; the time depends on which rates hold"),
        None => runs,
    };
    ui.label(RichText::new(text).color(Tokens::of(ui).text));
    let Some(race) = outline.race else {
        caption(ui, "Each run has a topic of its own, which is deleted afterwards");
        return;
    };
    if let Some(full) = race.full.filter(|_| outline.rows > 1) {
        let repeats = format::counted(outline.repeats.into(), "run", "runs");
        caption(ui, format!("{repeats} of each would take about {}", format::duration(full)));
    }
    caption(ui, if race.is_sliced { SLICED } else { WHOLE_RUNS });
}

/// With a capital letter.
fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What every run has to reach.
fn thresholds_ui(ui: &mut Ui, settings: &mut BenchmarkSettings) {
    let without = settings.without_limits();
    let names = LimitMetric::names();
    let help = format!(
        "The first run that misses one ends the benchmark, for example p99<50ms,throughput>=500,loss=0. Names: {names}"
    );
    ui.add_enabled_ui(without.is_none(), |ui| {
        let of = Field { name: "Thresholds", help: &help };
        text(ui, &of, &mut settings.thresholds, "p99<50ms,loss=0");
    });
    if let Some(why) = without {
        caption(ui, why);
    } else if let Err(problem) = settings.limits() {
        caption(ui, problem);
    }
}

/// The first step is a tenth of the highest rate.
fn ladder_ui(ui: &mut Ui, settings: &mut BenchmarkSettings) {
    let of = Field {
        name: "Up to",
        help: "The highest rate, images a second; 0 to find it by a run at full speed, and try beyond it if it holds",
    };
    let value = DragValue::new(&mut settings.ladder_top_images_per_s).range(0.0..=1e6).speed(1.0);
    number(ui, &of, value.custom_formatter(or("full speed", "/s")).custom_parser(|text| parsed(text, "/s")));
    let of = Field {
        name: "p99 within",
        help: "A step whose end-to-end p99 is above this does not hold, and ends the ladder; 0 for no limit",
    };
    let value = DragValue::new(&mut settings.ladder_p99_ms).range(0.0..=60_000.0).speed(0.5);
    number(ui, &of, value.custom_formatter(or("no limit", "ms")).custom_parser(|text| parsed(text, "ms")));
}

/// A number with or without its unit; words are 0.
fn parsed(text: &str, unit: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches(unit).trim();
    if text.is_empty() || text.chars().all(|letter| letter.is_alphabetic() || letter == ' ') {
        return Some(0.0);
    }
    text.parse().ok()
}
