//! The controls of the window by their accessible names: what a screen reader would be given, read when the commands are
//! opened. So every control can be found there, without a list of them.

use eframe::egui::accesskit::{self, ActionRequest, Node, NodeId, Role, TreeId};
use eframe::egui::{Context, Event, FullOutput, Plugin, RawInput};

/// Frames until a control can be used: one draws the window without the commands over it.
const FRAMES_UNTIL_FREE: u8 = 2;

/// A control of the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// Its place in the tree.
    pub id: NodeId,
    /// Its accessible name.
    pub name: String,
    /// What it holds, if that can be seen.
    pub value: Option<String>,
    /// Whether it is pressed; the others are given the focus.
    pub is_button: bool,
    /// Whether it can be used.
    pub is_enabled: bool,
}

/// Reads the tree, and uses controls as a screen reader would.
#[derive(Default)]
pub struct ControlTree {
    is_wanted: bool,
    /// Whether the last frame had a tree for others, such as a screen reader.
    has_reader: bool,
    /// Whether this frame has a tree for this alone.
    is_ours: bool,
    controls: Option<Vec<Control>>,
    requests: Vec<(u8, ActionRequest)>,
}

impl ControlTree {
    /// Asks for the controls of the next frame.
    pub fn ask(&mut self) {
        self.is_wanted = true;
        self.controls = None;
    }

    /// The controls, once they are read.
    pub fn controls(&self) -> Option<&[Control]> {
        self.controls.as_deref()
    }

    /// Presses a button, or puts the focus on another control and scrolls to it.
    pub fn activate(&mut self, control: &Control) {
        let actions: &[accesskit::Action] = match control.is_button {
            true => &[accesskit::Action::Click],
            false => &[accesskit::Action::Focus, accesskit::Action::ScrollIntoView],
        };
        let request = |action| ActionRequest { action, target_tree: TreeId::ROOT, target_node: control.id, data: None };
        self.requests.extend(actions.iter().map(|action| (FRAMES_UNTIL_FREE, request(*action))));
    }

    /// Whether a control is still to be used.
    pub fn is_waiting(&self) -> bool {
        self.is_wanted || !self.requests.is_empty()
    }
}

impl Plugin for ControlTree {
    fn debug_name(&self) -> &'static str {
        "control tree"
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        if self.is_wanted && !self.has_reader {
            ctx.enable_accesskit();
            self.is_ours = true;
        }
        for (frames, request) in std::mem::take(&mut self.requests) {
            match frames.checked_sub(1) {
                Some(left) => self.requests.push((left, request)),
                None => input.events.push(Event::AccessKitActionRequest(request)),
            }
        }
    }

    fn output_hook(&mut self, ctx: &Context, output: &mut FullOutput) {
        let tree = &mut output.platform_output.accesskit_update;
        if let Some(tree) = tree.as_ref().filter(|_| self.is_wanted) {
            self.controls = Some(controls_of(&tree.nodes));
            self.is_wanted = false;
        }
        self.has_reader = tree.is_some() && !self.is_ours;
        if std::mem::take(&mut self.is_ours) {
            ctx.disable_accesskit();
            *tree = None;
        }
    }
}

fn controls_of(nodes: &[(NodeId, Node)]) -> Vec<Control> {
    let named = |node: &Node| node.label().or(node.value()).map(str::to_owned);
    let of_label = |node: &Node| {
        let labels = node.labelled_by().iter().filter_map(|id| nodes.iter().find(|(other, _)| other == id));
        labels.filter_map(|(_, label)| named(label)).find(|name| !name.trim().is_empty())
    };
    let control = |(id, node): &(NodeId, Node)| {
        let is_button = match node.role() {
            Role::Button | Role::Link => true,
            Role::CheckBox
            | Role::ComboBox
            | Role::TextInput
            | Role::MultilineTextInput
            | Role::PasswordInput
            | Role::SpinButton
            | Role::Slider
            | Role::RadioButton => false,
            _ => return None,
        };
        let name = node.label().map(str::to_owned).filter(|name| !name.trim().is_empty()).or_else(|| of_label(node))?;
        let value = node.value().filter(|_| node.role() == Role::ComboBox).map(str::to_owned);
        Some(Control { id: *id, name, value, is_button, is_enabled: !node.is_disabled() })
    };
    // The nodes are not in order.
    let place = |node: &Node| node.bounds().map_or((0, 0), |bounds| (bounds.y0 as i64, bounds.x0 as i64));
    let mut found: Vec<_> = nodes.iter().filter_map(|node| Some((place(&node.1), control(node)?))).collect();
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, control)| control).collect()
}
