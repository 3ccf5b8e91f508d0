//! Everything is reached with Tab, in the order in which it is read, and shows that it has the focus.

use std::collections::{BTreeSet, HashSet};

use eframe::egui::accesskit::Role;
use eframe::egui::epaint::ClippedShape;
use eframe::egui::{Id, Key, Rect, Shape};
use egui_kittest::kittest::{NodeT, Queryable, by};
use kafka_image_bench::gui::image_source::ImageSource;
use kafka_image_bench::gui::settings::{MotionChoice, Tab};

use crate::bench::{Bench, image_name};
use crate::results::keep_fixture;
use crate::window::Window;

/// More than there are controls.
const STEPS_MAX: usize = 400;
/// Below this are the tab's own controls.
const HEADER_HEIGHT: f32 = 98.0;

/// The enabled controls of the window.
fn controls(window: &Window) -> Vec<(String, Rect)> {
    let is_control = |role| {
        matches!(
            role,
            Role::Button | Role::CheckBox | Role::ComboBox | Role::TextInput | Role::SpinButton | Role::Slider
        )
    };
    let nodes = window.harness.query_all(by().predicate(move |node| is_control(node.role())));
    let nodes = nodes.filter(|node| !node.accesskit_node().is_disabled());
    nodes.filter_map(|node| Some((node.accesskit_node().label()?, node.rect()))).collect()
}

/// How what is painted in `rect` looks, without its places: these change when something is scrolled.
fn look(window: &Window, rect: Rect) -> Vec<String> {
    // The ring is around it; that of a neighbour goes beyond.
    let rect = rect.expand(4.0);
    fn collect(shape: &Shape, rect: Rect, found: &mut Vec<String>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, rect, found)),
            other if !rect.contains_rect(other.visual_bounding_rect()) => {}
            Shape::Rect(one) => found.push(format!("{:?} {:?}", one.fill, one.stroke)),
            Shape::LineSegment { stroke, .. } => found.push(format!("{stroke:?}")),
            Shape::Path(path) => found.push(format!("{:?} {:?}", path.fill, path.stroke)),
            Shape::Circle(circle) => found.push(format!("{:?} {:?}", circle.fill, circle.stroke)),
            Shape::Text(text) => found.push(format!("{:?} {:?}", text.fallback_color, text.override_text_color)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for ClippedShape { shape, .. } in &window.harness.output().shapes {
        collect(shape, rect, &mut found);
    }
    found.sort();
    found
}

fn focused(window: &Window) -> Option<Id> {
    window.harness.ctx.memory(|memory| memory.focused())
}

fn focused_control(window: &Window) -> Option<(String, Rect)> {
    let mut all = window.harness.query_all(by().predicate(|node| node.is_focused()));
    all.next().map(|node| (node.accesskit_node().label().unwrap_or_default(), node.rect()))
}

/// Presses Tab until the focus comes back. The result: the controls in their order; where the focus is not seen is a problem.
#[track_caller]
fn walk(window: &mut Window, what: &str, problems: &mut Vec<String>) -> Vec<(String, Rect)> {
    let (mut seen, mut order, mut hidden) = (HashSet::new(), Vec::new(), Vec::new());
    window.key(Key::Tab);
    for _ in 0..STEPS_MAX {
        let Some(id) = focused(window) else {
            window.key(Key::Tab);
            continue;
        };
        if seen.contains(&id) {
            problems.extend((!hidden.is_empty()).then(|| format!("{what}: the focus is not seen on {hidden:?}")));
            return order;
        }
        let Some((name, rect)) = focused_control(window) else {
            panic!("{what}: something without a node has the focus after {:?}", order.last());
        };
        seen.insert(id);
        order.push((name.clone(), rect));
        let with_focus = look(window, rect);
        window.key(Key::Tab);
        let moved = window.harness.query_all(by().predicate(|_| true));
        let now = moved.filter(|node| node.accesskit_node().label().as_ref() == Some(&name)).map(|node| node.rect());
        let now = now.min_by_key(|other| ((*other).center().distance(rect.center()) * 10.0) as i64).unwrap_or(rect);
        if look(window, now) == with_focus {
            hidden.push(name);
        }
    }
    panic!("{what}: the focus does not come back after {STEPS_MAX} steps");
}

#[track_caller]
fn look_around(window: &mut Window, what: &str, problems: &mut Vec<String>) {
    let placed = controls(window);
    let order = walk(window, what, problems);
    let reached: BTreeSet<&str> = order.iter().map(|(name, _)| name.as_str()).collect();
    let all = controls(window);
    assert!(all.len() > 10, "{what}: {all:?}");
    let missing: BTreeSet<&str> =
        all.iter().map(|(name, _)| name.as_str()).filter(|name| !reached.contains(name)).collect();
    problems.extend((!missing.is_empty()).then(|| format!("{what}: not reached with Tab: {missing:?}")));
    // The header comes as one part, and not between the controls of the tab.
    let is_header: Vec<bool> = order.iter().map(|(_, rect)| rect.bottom() < HEADER_HEIGHT).collect();
    let changes = is_header.windows(2).filter(|pair| pair[0] != pair[1]).count();
    problems.extend((changes > 2).then(|| format!("{what}: the header's controls are in between: {order:?}")));
    // The settings at the left, from the top to the bottom.
    let place = |name: &String| {
        let mut of_name = placed.iter().filter(|(other, _)| other == name);
        of_name.next().filter(|_| of_name.next().is_none())
    };
    // As they were before anything was scrolled.
    let side: Vec<&(String, Rect)> = order
        .iter()
        .filter(|(_, rect)| rect.right() < 260.0 && rect.top() > HEADER_HEIGHT)
        .filter_map(|(name, _)| place(name))
        .collect();
    for pair in side.windows(2) {
        let is_before = pair[1].1.top() > pair[0].1.top() - 30.0 || pair[1].1.left() > pair[0].1.right();
        problems.extend((!is_before).then(|| format!("{what}: {:?} comes after {:?}", pair[1], pair[0])));
    }
}

#[test]
fn tab_reaches_every_control_of_every_tab_and_is_seen_there() {
    let bench = Bench::with_images(3);
    keep_fixture(&bench, "kept", |_| {});
    let mut window = Window::ready_with(bench.options(), |settings| {
        settings.images.source = ImageSource::Input;
        settings.shared.motion = MotionChoice::Reduced;
    });
    window.wait_for("the kept run", |window| window.tabs().results.shown().is_some());
    let mut problems = Vec::new();
    for tab in Tab::ALL {
        window.press(tab.name());
        if tab == Tab::Images {
            window.wait_for("the images", |window| window.has_control(&image_name(0)));
            window.wait_for("all of them", |window| window.session().thumbnails.is_idle());
        }
        window.harness.run_steps(4);
        look_around(&mut window, tab.name(), &mut problems);
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn dialogs_keep_the_focus_and_escape_closes_them() {
    let bench = Bench::with_images(3);
    let mut window = Window::ready_with(bench.options(), |settings| {
        settings.shared.motion = MotionChoice::Reduced;
    });
    window.open_new_connection();
    window.choose("Security protocol", "sasl_ssl");
    let mut problems = Vec::new();
    let order = walk(&mut window, "a connection", &mut problems);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let names: Vec<&str> = order.iter().map(|(name, _)| name.as_str()).collect();
    let expected = ["Preset", "Name", "Bootstrap servers", "Security protocol", "SASL mechanism", "User", "Password"];
    let places = expected.map(|name| names.iter().position(|other| *other == name).unwrap_or(usize::MAX));
    assert!(places.is_sorted() && places[6] < usize::MAX, "{names:?}");
    for name in ["Test connection", "Connect", "Cancel", "CA certificate"] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    assert!(!names.contains(&"Start"), "the focus stays in the dialog: {names:?}");
    window.key(Key::Escape);
    window.key(Key::Escape);
    assert!(!window.has_control("Bootstrap servers"));
    for (opens, inside) in [("Appearance and commands", "Commands…"), ("Help and keys (F1)", "Close")] {
        window.press(opens);
        assert!(window.has_control(inside));
        window.key(Key::Escape);
        assert!(!window.has_control(inside), "{opens}");
    }
}
