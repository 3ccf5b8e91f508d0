//! The window stays usable whatever notices are shown at its top.

use eframe::egui::accesskit::Role;
use eframe::egui::{CentralPanel, Frame, Panel, Rect, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable, by};
use kafka_image_bench::gui::action::Action;
use kafka_image_bench::gui::notices::{Banner, Notices, notice_area};
use kafka_image_bench::gui::theme::{apply_style, install_fonts};
use kafka_image_bench::gui::widgets::message::Severity;
use proptest::prelude::*;

use crate::bench::Bench;
use crate::window::Window;

/// The approximate height of the window's header and status line.
const HEADER: f32 = 92.0;
const STATUS: f32 = 32.0;
const TOPICS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

#[derive(Default)]
struct Shown {
    notices: Notices,
    asked: usize,
    area: Option<Rect>,
    central: Option<Rect>,
}

fn harness(size: eframe::egui::Vec2, banners: Vec<Banner>) -> Harness<'static, Shown> {
    let mut shown = Shown::default();
    banners.into_iter().for_each(|banner| shown.notices.show(banner));
    let mut is_styled = false;
    let mut harness = Harness::builder().with_size(size).with_render_cursor(false).build_ui_state(
        move |ui, shown: &mut Shown| {
            if !std::mem::replace(&mut is_styled, true) {
                install_fonts(ui.ctx());
                apply_style(ui.ctx());
                return;
            }
            Panel::top("header").frame(Frame::NONE).exact_size(HEADER).show(ui, |_| {});
            Panel::bottom("status").frame(Frame::NONE).exact_size(STATUS).show(ui, |_| {});
            shown.area = None;
            if !shown.notices.banners.is_empty() {
                let area = Panel::top("notices").frame(Frame::NONE).show(ui, |ui| {
                    shown.asked += notice_area(ui, &mut shown.notices).len();
                });
                shown.area = Some(area.response.rect);
            }
            CentralPanel::default().frame(Frame::NONE).show(ui, |ui| shown.central = Some(ui.max_rect()));
        },
        shown,
    );
    harness.run_steps(4);
    harness
}

/// The visible buttons, without those of the line below the notices.
fn buttons(harness: &Harness<'_, Shown>) -> Vec<(String, Rect)> {
    let area = harness.state().area.unwrap();
    let all = harness.query_all(by().predicate(|node| node.role() == Role::Button));
    let all = all.map(|node| (node.accesskit_node().label().unwrap_or_default(), node.rect()));
    all.filter(|(_, rect)| area.intersects(*rect)).collect()
}

fn click(harness: &mut Harness<'_, Shown>, rect: Rect) {
    harness.hover_at(rect.center());
    harness.run_steps(1);
    for pressed in [true, false] {
        harness.event(eframe::egui::Event::PointerButton {
            pos: rect.center(),
            button: eframe::egui::PointerButton::Primary,
            pressed,
            modifiers: eframe::egui::Modifiers::NONE,
        });
        harness.run_steps(1);
    }
    harness.remove_cursor();
    harness.run_steps(3);
}

/// The banner that must be visible after these were shown in this order: the newest error, or else the newest one.
fn first_line(notices: &Notices) -> Option<String> {
    let error = notices.banners.iter().rev().find(|banner| banner.severity == Severity::Error);
    let first = error
        .or(notices.banners.last().filter(|last| notices.banners.iter().all(|one| one.severity == last.severity)))?;
    Some(format!("Title {} ", first.topic))
}

fn of_topic(banner: Banner, topic: &'static str) -> Banner {
    Banner { topic, title: format!("Title {topic} {}", banner.title), ..banner }
}

fn banner() -> impl Strategy<Value = Banner> {
    let severity = prop_oneof![Just(Severity::Error), Just(Severity::Warning), Just(Severity::Info)];
    let text = |most: usize| {
        prop_oneof![
            proptest::collection::vec("[a-z]{1,12}", 0..most).prop_map(|words| words.join(" ")),
            proptest::collection::vec("[a-z ]{0,90}", 0..most / 4 + 1).prop_map(|lines| lines.join("\n")),
            // One word, as a path or a base64 text is.
            (0..most * 8).prop_map(|length| "/x".repeat(length)),
        ]
    };
    (severity, text(40), text(400), 0..4_usize).prop_map(|(severity, title, detail, actions)| Banner {
        topic: "",
        severity,
        title,
        detail,
        actions: ["Try again", "Show the log", "Stop"][..actions.min(3)]
            .iter()
            .map(|name| (*name, (|| Action::Stop) as fn() -> Action))
            .collect(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_window_stays_of_use(
        height in 360.0_f32..1_400.0,
        width in 960.0_f32..2_000.0,
        banners in proptest::collection::vec(banner(), 1..8),
        in_full in any::<bool>(),
    ) {
        let count = banners.len();
        let banners: Vec<Banner> =
            banners.into_iter().zip(TOPICS).map(|(banner, topic)| of_topic(banner, topic)).collect();
        let mut harness = harness(vec2(width, height), banners);
        if in_full && let Some(link) = harness.query_by_label("Show all in full") {
            let rect = link.rect();
            click(&mut harness, rect);
        }
        for _ in 0..=count {
            let (area, central) = (harness.state().area, harness.state().central.unwrap());
            let Some(area) = area else { break };
            prop_assert!(area.height() <= (height * 0.3).max(94.0) + 2.0, "{area:?} of {height}");
            prop_assert!(central.height() >= (height - HEADER - STATUS) * 0.45, "{central:?} of {height}");
            if let Some(title) = first_line(&harness.state().notices) {
                let found: Vec<Rect> = harness.query_all_by_label_contains(&title).map(|node| node.rect()).collect();
                let is_in_sight =
                    |rect: &Rect| rect.top() >= area.top() - 0.5 && rect.top() + 14.0 <= area.bottom() + 0.5;
                prop_assert!(found.iter().any(is_in_sight), "{title:?} at {found:?} in {area:?}");
            }
            let buttons = buttons(&harness);
            prop_assert!(!buttons.is_empty());
            for (name, rect) in &buttons {
                prop_assert!(rect.left() >= 0.0 && rect.right() <= width + 0.5, "{name}: {rect:?}");
            }
            // Press the last visible one, which removes its notice.
            let whole: Vec<_> = buttons.iter().filter(|(_, rect)| area.expand(0.5).contains_rect(*rect)).collect();
            prop_assert!(!whole.is_empty(), "{buttons:?} in {area:?}");
            let (before, asked) = (harness.state().notices.banners.len(), harness.state().asked);
            let (name, rect) = whole[whole.len() - 1].clone();
            click(&mut harness, rect);
            prop_assert_eq!(harness.state().notices.banners.len(), before - 1, "{} at {:?}", name, rect);
            prop_assert_eq!(harness.state().asked, asked + usize::from(name != "Dismiss"));
        }
        prop_assert!(harness.state().notices.banners.is_empty());
        prop_assert!(!harness.state().notices.history.is_empty());
    }
}

#[test]
fn what_has_no_room_is_counted_and_stands_in_the_log() {
    let bench = Bench::with_images(2);
    let mut window = Window::open_with(bench.options(), vec2(960.0, 600.0), |_| {});
    window.wait_for_text("Broker: Embedded broker, ready");
    let whole = format!("The beginning. {}The end", "Because of something that takes many words. ".repeat(80));
    for topic in TOPICS {
        window.session_mut().notices.error(topic, format!("Failure {topic}"), whole.clone());
    }
    window.settle();
    assert!(window.has("Failure h") && !window.has("Failure a"), "the newest is in sight");
    assert!(window.has("6 more notices"));
    let tile = window.harness.get_by_label_contains("Sent: 0 images").rect();
    assert!(tile.bottom() < 568.0, "the tab is in sight: {tile:?}");
    window.press("Show all in full");
    assert!(window.has("Failure a") && window.says("The end"));
    let tile = window.harness.get_by_label_contains("Sent: 0 images").rect();
    assert!(tile.bottom() < 568.0, "the tab is in sight: {tile:?}");
    window.press("Show fewer");
    window.press("Open in Log");
    assert!(window.has("Notices (8)"));
    let shown = window.texts().into_iter().filter(|text| *text == whole).count();
    assert!(shown >= 8, "each stands there in full: {shown}");
    window.press("Dismiss all");
    assert!(!window.has("6 more notices") && window.has("Failure a"), "the history stays");
    // A toast disappears after a few seconds; here it stays.
    window.session_mut().notices.toast("For a moment");
    window.settle();
    assert!(window.has("Notices (9)"));
}
