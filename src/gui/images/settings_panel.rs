//! The settings of the sheet: which images, in which order; and how many were found.

use eframe::egui::{CollapsingHeader, ComboBox, DragValue, Slider, Ui};
use egui_material_icons::icons::{ICON_CHEVRON_RIGHT, ICON_DATASET, ICON_REFRESH, ICON_SEARCH};

use super::classes_panel::classes_ui;
use super::facets_panel::facets_ui;
use super::filter_field::filter_ui;
use super::settings::{Captions, GroupBy, SortBy, TopicStart};
use super::tab::ImagesTab;
use crate::gui::format;
use crate::gui::image_source::ImageSource;
use crate::gui::session::Session;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{icon_text_button, icon_text_button_enabled};
use crate::gui::widgets::card::{caption, group_heading};
use crate::gui::widgets::field::{CONTROL_WIDTH, Field, choice, fact, field, number, text, tick};
use kafka_image_bench_core::export::ExportSource;

pub(super) fn settings_ui(ui: &mut Ui, tab: &mut ImagesTab, session: &mut Session) {
    group_heading(ui, "Show");
    let of = Field { name: "From", help: "Saved images, images to be sent, or the records of a topic" };
    choice(ui, &of, &mut tab.settings.source, &ImageSource::ALL, |source| source.name().to_owned());
    if tab.settings.source == ImageSource::Topic {
        topic(ui, tab, session);
    }
    let of = Field { name: "Sort", help: "" };
    choice(ui, &of, &mut tab.settings.sort, &SortBy::ALL, |sort| sort.name().to_owned());
    let of = Field { name: "Size", help: "Of the thumbnails" };
    field(ui, &of, |ui| {
        let slider = Slider::new(&mut tab.settings.size, 64.0..=320.0).show_value(false);
        ui.spacing_mut().slider_width = CONTROL_WIDTH;
        // The rail has the fill of a field, which on a panel is not seen in the light theme.
        ui.visuals_mut().widgets.inactive.bg_fill = Tokens::of(ui).border;
        let response = ui.add(slider);
        response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Size"));
        response
    });
    CollapsingHeader::new("View").show(ui, |ui| view_ui(ui, tab));
    filter_ui(ui, tab);
    if tab.listing.unlabelled > 0 || tab.filter.only_unlabelled {
        let of = Field { name: "Only without a label", help: unlabelled_help(tab.settings.source) };
        tick(ui, &of, &mut tab.filter.only_unlabelled);
    }
    classes_ui(ui, tab);
    group_heading(ui, "Found");
    found(ui, tab);
    let total = tab.listing.total_bytes;
    fact(ui, "Total", format::bytes(total), &format!("{} bytes", format::exact(total)));
    ui.add_space(4.0);
    if tab.settings.source != ImageSource::Topic
        && icon_text_button_enabled(ui, ICON_REFRESH, "Refresh", !tab.is_busy()).clicked()
    {
        tab.refresh(ui.ctx());
    }
    export_ui(ui, tab, session);
    facets_ui(ui, tab);
}

/// How the sheet is shown.
fn view_ui(ui: &mut Ui, tab: &mut ImagesTab) {
    let of = Field { name: "Group by", help: "Under headings, with their numbers of images" };
    choice(ui, &of, &mut tab.settings.group, &GroupBy::ALL, |group| group.name().to_owned());
    let of = Field { name: "Captions", help: "Below the thumbnails" };
    choice(ui, &of, &mut tab.settings.captions, &Captions::ALL, |captions| captions.name().to_owned());
    let of = Field { name: "Keep aspect ratio", help: "Thumbnails of whole images, not squares of their middle" };
    tick(ui, &of, &mut tab.settings.keeps_aspect);
    let of =
        Field { name: "Boxes on thumbnails", help: "In the colours of their classes; hidden classes are left out" };
    tick(ui, &of, &mut tab.settings.thumbnail_boxes);
}

fn export_ui(ui: &mut Ui, tab: &mut ImagesTab, session: &Session) {
    let source = match tab.settings.source {
        ImageSource::Output => ExportSource::Folder(session.work_dir.clone()),
        ImageSource::Topic => ExportSource::Topic(tab.settings.topic.trim().to_owned()),
        // They are in a form that tools read.
        ImageSource::Input => return,
    };
    let has_images = !tab.listing.entries.is_empty();
    if icon_text_button_enabled(ui, ICON_DATASET, "Export…", has_images)
        .on_hover_text("As a training set for other tools: COCO, YOLO, Pascal VOC, LabelMe, Hugging Face, WebDataset or class folders")
        .clicked()
    {
        tab.export.open(source, tab.filter.query());
    }
}

/// How many there are of what.
fn found(ui: &mut Ui, tab: &ImagesTab) {
    let listing = &tab.listing;
    let (shown, all) = (tab.order.len() as u64, listing.entries.len() as u64);
    let number = |ui: &mut Ui, name: &str, number: u64, what: &str| {
        fact(ui, name, format::count(number), &format!("{} {what}", format::exact(number)));
    };
    let source = tab.settings.source;
    if source == ImageSource::Topic {
        let damaged = listing.damaged as u64;
        number(ui, "Records", all, "records of this page");
        number(ui, "Images", all.saturating_sub(damaged), "of them hold an image");
        number(ui, "Damaged", damaged, "of them hold no image; each shows why");
    } else {
        number(ui, "Images", all, "files");
        if listing.unlabelled > 0 {
            number(ui, "Without a label", listing.unlabelled as u64, unlabelled_help(source));
        }
        if listing.other_files > 0 {
            number(ui, "Other files", listing.other_files as u64, "files whose names are not those of images");
        }
    }
    if shown != all {
        number(ui, "Shown", shown, "match the filter");
    }
}

fn unlabelled_help(source: ImageSource) -> &'static str {
    match source {
        ImageSource::Output => "images have no row in annotation.csv",
        ImageSource::Input => "images are not named by the labels, and are not sent",
        ImageSource::Topic => "records hold no image",
    }
}

fn topic(ui: &mut Ui, tab: &mut ImagesTab, session: &mut Session) {
    if topic_name(ui, tab) {
        tab.list_topics(session);
    }
    let settings = &mut tab.settings;
    let of = Field { name: "Partition", help: "−1 for all" };
    let value = DragValue::new(&mut settings.partition).range(-1..=100_000).speed(0.05);
    number(
        ui,
        &of,
        value.custom_formatter(|value, _| if value < 0.0 { "all".to_owned() } else { format!("{value:.0}") }),
    );
    let of = Field {
        name: "Begin at",
        help: "Start at the newest records, the oldest, an offset of each partition, or a time",
    };
    choice(ui, &of, &mut settings.from, &TopicStart::ALL, |from| from.name().to_owned());
    match settings.from {
        TopicStart::Offset => {
            number(ui, &Field { name: "Offset", help: "" }, DragValue::new(&mut settings.offset).range(0..=i64::MAX));
        }
        TopicStart::Time => {
            text(ui, &Field { name: "Time", help: "On this machine's clock" }, &mut settings.time, "2026-11-24 14:03");
        }
        TopicStart::Latest | TopicStart::Beginning => {}
    }
    let of = Field { name: "Records", help: "Of a page" };
    number(ui, &of, DragValue::new(&mut settings.records).range(1..=10_000).speed(1.0));
    let is_busy = tab.is_busy();
    let has_next = tab.next_page().is_some();
    ui.horizontal(|ui| {
        if icon_text_button_enabled(ui, ICON_SEARCH, "Read", !is_busy).clicked() {
            tab.browse(session, None);
        }
        if icon_text_button_enabled(ui, ICON_CHEVRON_RIGHT, "Next page", !is_busy && has_next).clicked() {
            tab.browse_next(session);
        }
    });
    if let Some(page) = &tab.page {
        if page.cut_by_budget {
            caption(ui, "The page ends early: its records have filled the memory limit of a page");
        } else if page.end_reached {
            caption(ui, "The end of the topic is reached");
        }
    }
}

/// The choice of a topic. True: Refresh was pressed.
fn topic_name(ui: &mut Ui, tab: &mut ImagesTab) -> bool {
    let mut lists_topics = false;
    let (settings, topics) = (&mut tab.settings, &tab.topics);
    field(ui, &Field { name: "Topic", help: "Any topic with image records" }, |ui| {
        let combo = ComboBox::from_id_salt("topic-name").width(CONTROL_WIDTH + 24.0).truncate();
        let shown = settings.topic.clone();
        let response = combo
            .selected_text(shown.clone())
            .show_ui(ui, |ui| {
                for topic in topics {
                    let records = format::counted(topic.records, "record", "records");
                    let label = format!("{} · {records}", topic.name);
                    ui.selectable_value(&mut settings.topic, topic.name.clone(), label);
                }
                lists_topics |= icon_text_button(ui, ICON_REFRESH, "Refresh").clicked();
            })
            .response;
        response.widget_info(|| {
            let mut info = eframe::egui::WidgetInfo::labeled(eframe::egui::Role::ComboBox, true, "Topic");
            info.current_text_value = Some(shown.clone());
            info
        });
        response
    });
    lists_topics
}
