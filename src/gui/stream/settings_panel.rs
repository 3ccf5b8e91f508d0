//! The settings of a stream.

use eframe::egui::{CollapsingHeader, DragValue, Ui};
use egui_material_icons::icons::ICON_TIMER;

use super::StreamTab;
use super::found_labels::found_ui;
use super::label_choice::{LabelChoice, PathKind};
use super::settings::{Sides, StreamPace, StreamSettings};
use crate::gui::action::Action;
use crate::gui::paths::{PathPurpose, PathRule, path_row};
use crate::gui::session::Session;
use crate::gui::widgets::button::icon_text_button;
use crate::gui::widgets::card::{caption, group_heading};
use crate::gui::widgets::field::{Field, choice, client_properties, number, size_bytes, text, tick};
use crate::gui::widgets::load_shape::{burst_ui, ramp_ui, replay_ui};
use kafka_image_bench_core::configuration::{Acks, Compression, Encoding, RecordKey};
use kafka_image_bench_core::pipeline::consumer::MEMBERS_MAX;
use kafka_image_bench_core::pipeline::producer::PRODUCERS_MAX;

pub(super) fn settings_ui(ui: &mut Ui, tab: &mut StreamTab, session: &mut Session) {
    let is_enabled = !session.run.is_running();
    ui.add_enabled_ui(is_enabled, |ui| {
        let before =
            (tab.settings.labels, tab.settings.labels_scale, tab.settings.label_path.clone(), tab.settings.any_file);
        producer(ui, tab, session);
        consumer(ui, tab, session);
        if topic(ui, &mut tab.settings) {
            tab.lag.open(&tab.settings.group);
        }
        let after =
            (tab.settings.labels, tab.settings.labels_scale, tab.settings.label_path.clone(), tab.settings.any_file);
        if before != after {
            if (before.0, &before.2) != (after.0, &after.2) {
                tab.settings.labels_chosen = true;
            }
            let rule = tab.settings.label_rule();
            if rule.is_err() {
                session.folder.labels.rule = rule;
            } else {
                // How many images have labels is shown beside the folder.
                session.actions.extend(session.settings.folder.clone().map(Action::OpenFolder));
            }
        }
    });
    if !is_enabled {
        caption(ui, "Locked while running");
    }
}

fn producer(ui: &mut Ui, tab: &mut StreamTab, session: &mut Session) {
    let settings = &mut tab.settings;
    group_heading(ui, "Producer");
    let of = Field {
        name: "Encoding",
        help: "json: the image as base64 in JSON, with its label, as the Python scripts write it; a third larger\nraw: the file's bytes as they are, the label in a header",
    };
    choice(ui, &of, &mut settings.encoding, &Encoding::ALL, Encoding::to_string);
    let of = Field {
        name: "Key",
        help: "Records with equal keys go to the same partition\nnone: the client spreads them\nfile: the image's path in the folder\nlabel: its label\nfolder: its folder",
    };
    choice(ui, &of, &mut settings.key, &RecordKey::ALL, RecordKey::to_string);
    let of = Field {
        name: "batch.size",
        help: "Bytes of uncompressed records that are sent to one partition together. Below one image's size it changes nothing (batch.size, default 1,000,000)",
    };
    number(ui, &of, size_bytes(&mut settings.batch_size_bytes));
    let of = Field { name: "linger.ms", help: "How long a batch waits for more records (linger.ms, default 5)" };
    number(ui, &of, DragValue::new(&mut settings.linger_ms).range(0.0..=900_000.0).speed(0.5).suffix(" ms"));
    compression(ui, &mut settings.compression_type);
    acks(ui, &mut settings.acks);
    let of = Field { name: "Partitions", help: "Of the topic, if the run creates it; an existing topic keeps its own" };
    number(ui, &of, DragValue::new(&mut settings.partitions).range(1..=1_000).speed(0.1));
    let of = Field { name: "Producers", help: "They share the images; the rate limit is that of all together" };
    number(ui, &of, DragValue::new(&mut settings.producers).range(1..=PRODUCERS_MAX).speed(0.05));
    pace(ui, settings);
    let of = Field {
        name: "Any file",
        help: "Send and save files of any kind, not only images: each under its own name, with its media type",
    };
    tick(ui, &of, &mut settings.any_file);
    let of = Field { name: "Watch folder", help: "Continue with new files until stopped" };
    tick(ui, &of, &mut settings.watch);
    let of = Field {
        name: "Labels",
        help: "Where an image's label comes from: automatic looks in the folder and beside it. Formats of labelling tools, from COCO on, add boxes, which travel in a header",
    };
    choice(ui, &of, &mut settings.labels, &LabelChoice::ALL, |labels| labels.name().to_owned());
    if found_ui(ui, settings, session) {
        tab.labels_question.open();
    }
    let settings = &mut tab.settings;
    if settings.labels.wants_path().is_some() {
        let rule = match settings.labels.wants_path() {
            Some(PathKind::Folder) => PathRule::Folder,
            _ => PathRule::Existing,
        };
        let of = Field {
            name: "Scale boxes",
            help: "Scale the boxes of labels that state another size than the image has; otherwise such images are only reported",
        };
        tick(ui, &of, &mut settings.labels_scale);
        let of = Field { name: "Labels from", help: "The file or folder of the labels" };
        if path_row(ui, &mut session.paths.fields, &of, PathPurpose::Labels, rule, settings.label_path.as_deref()) {
            tab.ask_labels(session);
        }
    }
}

fn pace(ui: &mut Ui, settings: &mut StreamSettings) {
    let of = Field {
        name: "Pace",
        help: "A rate limit; or a ramp, bursts or a replay of the capture times, where latency counts from the time at which an image was to be sent. Not for a watched folder",
    };
    choice(ui, &of, &mut settings.pace, &StreamPace::ALL, |pace| pace.name().to_owned());
    match settings.pace {
        StreamPace::Ramp => return ramp_ui(ui, &mut settings.load),
        StreamPace::Bursts => return burst_ui(ui, &mut settings.load),
        StreamPace::Replay => return replay_ui(ui, &mut settings.load),
        StreamPace::Limit => {}
    }
    let of = Field { name: "Rate limit", help: "Send at most this many images per second; 0 for as fast as possible" };
    let rate = DragValue::new(&mut settings.rate_images_per_s).range(0.0..=1e6).speed(1.0);
    let rate =
        rate.custom_formatter(|rate, _| if rate <= 0.0 { "unlimited".to_owned() } else { format!("{rate:.0} /s") });
    number(ui, &of, rate.custom_parser(parse_rate));
}

fn compression(ui: &mut Ui, value: &mut Compression) {
    let of = Field {
        name: "compression.type",
        help: "How batches are compressed. Pictures are compressed already: it mostly costs processor time (compression.type, default none)",
    };
    choice(ui, &of, value, &Compression::ALL, Compression::to_string);
}

fn acks(ui: &mut Ui, value: &mut Acks) {
    let of = Field {
        name: "acks",
        help: "Which replicas must have a record before it counts as sent: none (0), the leader (1), all in-sync replicas (all, which is also idempotent) (acks, default all)",
    };
    choice(ui, &of, value, &Acks::ALL, Acks::to_string);
}

fn parse_rate(text: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches("/s").trim();
    if text.eq_ignore_ascii_case("unlimited") || text.is_empty() { Some(0.0) } else { text.parse().ok() }
}

fn consumer(ui: &mut Ui, tab: &mut StreamTab, session: &mut Session) {
    group_heading(ui, "Consumer");
    let of = Field { name: "Consumers", help: "Members of the consumer group; more than partitions stay idle" };
    number(ui, &of, DragValue::new(&mut tab.settings.consumers).range(1..=MEMBERS_MAX).speed(0.05));
    let of = Field { name: "Save to", help: "Images go into output_images/ there, their labels into annotation.csv" };
    let fields = &mut session.paths.fields;
    if path_row(ui, fields, &of, PathPurpose::WorkDir, PathRule::NewFolder, Some(&session.work_dir)) {
        session.choose_work_dir();
    }
}

/// True: the lag of a group was asked for.
fn topic(ui: &mut Ui, settings: &mut StreamSettings) -> bool {
    let mut asks_lag = false;
    group_heading(ui, "Topic and group");
    let of = Field { name: "Direction", help: "The whole pipeline, or one side of it, while the other runs elsewhere" };
    choice(ui, &of, &mut settings.sides, &Sides::ALL, |sides| sides.name().to_owned());
    text(ui, &Field { name: "Topic", help: "Created if it does not exist" }, &mut settings.topic, "image-data");
    let of = Field { name: "Group", help: "The consumer group, whose offsets show what was received (group.id)" };
    text(ui, &of, &mut settings.group, "image-consumer-group");
    if settings.sides != Sides::Produce {
        let of = Field {
            name: "Dead letter topic",
            help: "Records that hold no image go there too, described by Kafka Connect's headers, before their offsets are committed; without it only into dead_letters/",
        };
        text(ui, &of, &mut settings.dead_letter_topic, "none");
    }
    if settings.sides == Sides::Consume {
        let of = Field { name: "Stop after", help: "Records; 0 for no limit" };
        number(ui, &of, DragValue::new(&mut settings.count).speed(1.0).suffix(" records"));
        let of = Field {
            name: "Stop when idle",
            help: "Stop when nothing has arrived for this many seconds; 0 for no limit",
        };
        number(ui, &of, DragValue::new(&mut settings.until_idle_s).range(0.0..=86_400.0).speed(0.1).suffix(" s"));
    }
    if icon_text_button(ui, ICON_TIMER, "Lag of a group…").clicked() {
        asks_lag = true;
    }
    CollapsingHeader::new("More").show(ui, |ui| {
        let of = Field { name: "Broker timeout", help: "How long to wait for the broker at the start" };
        number(ui, &of, DragValue::new(&mut settings.broker_timeout_s).range(1.0..=3_600.0).speed(0.2).suffix(" s"));
        client_properties(ui, &mut settings.properties);
    });
    asks_lag
}
