//! The top: the folder, the broker, Start and Stop, the tabs.

use std::collections::BTreeMap;

use eframe::egui::containers::menu::{MenuButton, MenuConfig};
use eframe::egui::{
    Align, Button, CornerRadius, Frame, Label, Layout, Margin, PopupCloseBehavior, RichText, Role, Sense, Stroke, Ui,
    Vec2, WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons::{
    ICON_ARROW_DROP_DOWN, ICON_CONTRAST, ICON_DARK_MODE, ICON_FOLDER, ICON_FOLDER_OPEN, ICON_HELP, ICON_LIGHT_MODE,
    ICON_PLAY_ARROW, ICON_SEARCH, ICON_STOP, ICON_TUNE,
};

use super::action::{Action, Command};
use super::broker::broker_menu;
use super::format;
use super::paths::{PathAsk, PathPurpose, PathRule, path_field};
use super::session::Session;
use super::settings::{ContrastChoice, MotionChoice, Tab, ThemeChoice};
use super::shortcuts::keys_of;
use super::theme::tokens::EDGE;
use super::theme::{Tokens, in_visual_order, semibold};
use super::widgets::button::{icon_button, icon_text_button, named, primary_button};
use super::widgets::card::caption;
use kafka_image_bench_core::model::units::counted as exactly;

/// What the header shows of the tabs.
pub struct HeaderFacts {
    /// Warnings and errors since Log was open last.
    pub unseen_warnings: u64,
    /// How long the benchmark takes that Start would start.
    pub time: Option<String>,
}

/// Draws it.
pub fn header(ui: &mut Ui, session: &mut Session, facts: &HeaderFacts) {
    Frame::new().inner_margin(Margin { left: EDGE as i8, right: EDGE as i8, top: 10, bottom: 8 }).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.set_min_height(32.0);
            folder_chip(ui, session);
            if icon_text_button(ui, ICON_FOLDER_OPEN, "Open folder…").on_hover_text("Ctrl+O").clicked() {
                session.actions.push(Action::ChooseFolder);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                start_and_stop(ui, session, facts.time.as_deref());
                broker_menu(ui, session);
            });
        });
    });
    let line = ui.max_rect().x_range();
    let y = ui.cursor().top();
    ui.painter().hline(line, y, Stroke::new(1.0, Tokens::of(ui).border));
    tabs(ui, session, facts.unseen_warnings);
}

fn start_and_stop(ui: &mut Ui, session: &mut Session, time: Option<&str>) {
    if session.run.is_running() {
        let text = if session.run.is_stopping { "Stopping" } else { "Stop" };
        let atoms = (ICON_STOP.rich_text().size(16.0), RichText::new(text).font(semibold(14.0)));
        let button = Button::new(atoms).min_size(vec2(82.0, 32.0));
        let hover = "Ends the run in good order: what is in flight is delivered and saved (Esc)";
        if named(ui.add_enabled(!session.run.is_stopping, button), text).on_hover_text(hover).clicked() {
            session.actions.push(Action::Stop);
        }
        return;
    }
    start_button(ui, session);
    if let Some(time) = time {
        caption(ui, time);
    }
}

fn start_button(ui: &mut Ui, session: &mut Session) {
    let hover = match session.settings.tab {
        Tab::Benchmark => "Measures the ticked configurations (F5)",
        _ => "Sends the images and saves what arrives (F5)",
    };
    if primary_button(ui, ICON_PLAY_ARROW, "Start", true).on_hover_text(hover).clicked() {
        session.actions.push(Action::Start);
    }
}

fn folder_chip(ui: &mut Ui, session: &mut Session) {
    let tokens = Tokens::of(ui);
    let name = match &session.settings.folder {
        Some(folder) => folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned(),
        None => "No folder".to_owned(),
    };
    let survey = &session.folder.survey;
    let made = session.samples.as_ref().and_then(|samples| Some((samples.written()?, samples.count)));
    let (one, many) = if session.folder.any_file { ("file", "files") } else { ("image", "images") };
    let facts = match (&session.settings.folder, made) {
        (_, Some((done, count))) => format!("making sample images: {done} of {count}"),
        (None, None) => "choose one, or use the sample images".to_owned(),
        (Some(_), None) if session.folder.problem.is_some() => "cannot be read".to_owned(),
        (Some(_), None) => {
            let more = if session.folder.is_scanning() { "…" } else { "" };
            format!("{}{more} · {}", format::counted(survey.images, one, many), format::bytes(survey.bytes))
        }
    };
    let atoms = (
        ICON_FOLDER.rich_text().size(16.0).color(tokens.muted),
        RichText::new(in_visual_order(&format::shortened(&name, 28))).font(semibold(14.0)),
        RichText::new(&facts).color(tokens.muted),
        ICON_ARROW_DROP_DOWN.rich_text().color(tokens.muted),
    );
    let hover = match &session.settings.folder {
        None => String::new(),
        Some(folder) => {
            format!(
                "{}\n{}, {}\nWith a label: {}\nOther files: {}{}, and {}{}",
                folder.display(),
                exactly(survey.images, one, many),
                exactly(survey.bytes, "byte", "bytes"),
                format::exact(survey.labels_found),
                format::exact(survey.not_images),
                kinds(&survey.other_formats),
                exactly(survey.label_files, "label file", "label files"),
                match survey.content_missing {
                    0 => String::new(),
                    missing => format!("\nContent not here: {}", exactly(missing, "image", "images")),
                }
            ) + &survey.label_findings.as_ref().map(|found| format!("\n{}", found.summary())).unwrap_or_default()
        }
    };
    let button = Button::new(atoms).min_size(vec2(0.0, 32.0));
    // A click into the field must not close the menu.
    let stays = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let (response, _) = MenuButton::from_button(button).config(stays).ui(ui, |ui| folder_menu(ui, session));
    let response = named(response, &format!("Folder: {name}, {facts}"));
    if !hover.is_empty() {
        response.on_hover_text(hover);
    }
}

/// How many files there are of each kind, in parentheses.
fn kinds(counts: &BTreeMap<String, u64>) -> String {
    let kinds: Vec<String> = counts.iter().map(|(name, files)| format!("{} {name}", format::exact(*files))).collect();
    if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) }
}

fn folder_menu(ui: &mut Ui, session: &mut Session) {
    ui.set_min_width(360.0);
    if !session.settings.recent_folders.is_empty() {
        caption(ui, "Recent folders");
    }
    for folder in &session.settings.recent_folders {
        let path = folder.to_string_lossy();
        if ui.button(format::shortened(&path, 60)).on_hover_text(&*path).clicked() {
            session.actions.push(Action::OpenFolder(folder.clone()));
            ui.close();
        }
    }
    if session.is_making_samples() {
        if ui.button("Cancel making the sample images").clicked() {
            session.actions.push(Action::CancelSamples);
            ui.close();
        }
    } else if icon_text_button(ui, ICON_FOLDER, "Use the sample images").clicked() {
        session.actions.push(Action::UseSamples);
        ui.close();
    }
    ui.separator();
    caption(ui, "Or type or paste a folder and press Enter");
    let current = session.settings.folder.as_deref();
    let (purpose, rule) = (PathPurpose::Folder, PathRule::Folder);
    let ask =
        PathAsk { purpose, rule, name: "Folder path", hint: "/path/to/images", current, room: 0.0, is_setting: false };
    if path_field(ui, &mut session.paths.fields, &ask) {
        ui.close();
    }
    ui.separator();
    let work_dir = session.work_dir.to_string_lossy();
    caption(ui, format!("Images are saved to {}", format::shortened(&work_dir, 60))).on_hover_text(&*work_dir);
    if icon_text_button(ui, ICON_FOLDER_OPEN, "Save to another folder…").clicked() {
        session.choose_work_dir();
        ui.close();
    }
}

fn tabs(ui: &mut Ui, session: &mut Session, unseen_warnings: u64) {
    let tokens = Tokens::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.add_space(EDGE);
        for tab in Tab::ALL {
            let is_open = tab == session.settings.tab;
            let text = match tab {
                Tab::Log if unseen_warnings > 0 => format!("Log ({})", format::count(unseen_warnings)),
                _ => tab.name().to_owned(),
            };
            let color = if is_open { tokens.text } else { tokens.muted };
            let font = if is_open { semibold(14.0) } else { eframe::egui::FontId::proportional(14.0) };
            let galley = ui.painter().layout_no_wrap(text.clone(), font, color);
            let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 28.0, 38.0), Sense::click());
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_open, tab.name()));
            if response.hovered() && !is_open {
                ui.painter().rect_filled(rect.shrink2(vec2(2.0, 5.0)), CornerRadius::same(6), tokens.grid);
            }
            let at = pos2(rect.center().x - galley.size().x * 0.5, rect.center().y - galley.size().y * 0.5);
            ui.painter().galley(at, galley, color);
            if is_open {
                ui.painter().hline(rect.x_range(), rect.bottom() - 1.0, Stroke::new(2.0, tokens.accent));
            }
            if response.clicked() {
                session.actions.push(Action::Show(tab));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(EDGE - 4.0);
            if icon_button(ui, ICON_HELP, "Help and keys (F1)").clicked() {
                session.shows_help = true;
            }
            let (icon, name, next) = match session.settings.theme {
                ThemeChoice::System => (ICON_CONTRAST, "Theme: as the system", ThemeChoice::Dark),
                ThemeChoice::Dark => (ICON_DARK_MODE, "Theme: dark", ThemeChoice::Light),
                ThemeChoice::Light => (ICON_LIGHT_MODE, "Theme: light", ThemeChoice::System),
            };
            if icon_button(ui, icon, name).clicked() {
                session.actions.push(Action::Theme(next));
            }
            look_button(ui, session);
        });
    });
}

fn look_button(ui: &mut Ui, session: &mut Session) {
    let button = Button::new(ICON_TUNE.rich_text().size(16.0).color(Tokens::of(ui).muted))
        .frame_when_inactive(false)
        .min_size(Vec2::splat(26.0));
    let stays = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let (response, _) = MenuButton::from_button(button).config(stays).ui(ui, |ui| look_menu(ui, session));
    named(response, "Appearance and commands").on_hover_text("Appearance and commands");
}

/// Theme, contrast and motion, and the list of commands.
fn look_menu(ui: &mut Ui, session: &mut Session) {
    ui.set_min_width(330.0);
    let (settings, actions) = (&session.settings, &mut session.actions);
    choices(ui, "Theme", &ThemeChoice::ALL, settings.theme, |choice| actions.push(Action::Theme(choice)));
    let mut command = |command| actions.push(Action::Command(command));
    choices(ui, "Contrast", &ContrastChoice::ALL, settings.contrast, |choice| command(Command::Contrast(choice)));
    choices(ui, "Motion", &MotionChoice::ALL, settings.motion, |choice| command(Command::Motion(choice)));
    ui.separator();
    let keys = keys_of(Command::ShowCommands).map(|keys| ui.ctx().format_shortcut(&keys)).unwrap_or_default();
    if icon_text_button(ui, ICON_SEARCH, "Commands…").on_hover_text(keys).clicked() {
        command(Command::ShowCommands);
        ui.close();
    }
}

fn choices<T: Copy + PartialEq>(ui: &mut Ui, name: &str, all: &[(T, &str)], chosen: T, mut choose: impl FnMut(T)) {
    ui.horizontal(|ui| {
        ui.add_sized([70.0, 20.0], Label::new(RichText::new(name).color(Tokens::of(ui).muted)));
        for (choice, text) in all {
            let is_chosen = *choice == chosen;
            let response = ui.add(Button::selectable(is_chosen, *text));
            response
                .widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_chosen, format!("{name}: {text}")));
            if response.clicked() {
                choose(*choice);
            }
        }
    });
}
