//! Shows what has the focus, whichever control it is: a ring around it while keys move the focus, and what is out of sight is
//! scrolled to. egui scrolls to fields of text only, and not all of its controls change their look.

use eframe::egui::accesskit::{Action, ActionRequest, NodeId, TreeId};
use eframe::egui::{Context, CornerRadius, Event, FullOutput, Id, Key, Plugin, RawInput, Stroke, StrokeKind, Ui};

use super::theme::Tokens;
use super::theme::tokens::FIELD_RADIUS;

/// Between a control and its ring.
const DISTANCE: f32 = 2.0;

/// Follows the focus.
#[derive(Default)]
pub struct FocusView {
    focused: Option<Id>,
    /// Whether keys move the focus; a press of the pointer ends that.
    by_keys: bool,
    /// The control that is scrolled to in the next frame.
    target: Option<NodeId>,
    is_scrolling: bool,
}

impl Plugin for FocusView {
    fn debug_name(&self) -> &'static str {
        "focus view"
    }

    fn input_hook(&mut self, _ctx: &Context, input: &mut RawInput) {
        for event in &input.events {
            match event {
                Event::Key { key: Key::Tab, pressed: true, .. } => self.by_keys = true,
                Event::PointerButton { pressed: true, .. } => self.by_keys = false,
                _ => {}
            }
        }
        self.is_scrolling = self.target.is_some();
        input.events.extend(self.target.take().map(|target_node| {
            let action = Action::ScrollIntoView;
            Event::AccessKitActionRequest(ActionRequest { action, target_tree: TreeId::ROOT, target_node, data: None })
        }));
    }

    fn on_end_pass(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx();
        let focused = ctx.memory(|memory| memory.focused()).filter(|_| self.by_keys);
        let Some(response) = focused.and_then(|id| ctx.read_response(id)) else { return };
        if response.interact_rect.is_positive() {
            let tokens = Tokens::of(ui);
            let (rect, stroke) =
                (response.interact_rect.expand(DISTANCE), Stroke::new(tokens.focus_width(), tokens.accent));
            let painter = ctx.layer_painter(response.layer_id);
            painter.rect_stroke(rect, CornerRadius::same(FIELD_RADIUS), stroke, StrokeKind::Inside);
        }
    }

    fn output_hook(&mut self, ctx: &Context, _output: &mut FullOutput) {
        let focused = ctx.memory(|memory| memory.focused());
        if self.focused != focused {
            self.focused = focused;
            let hidden = focused.filter(|id| self.by_keys && is_hidden(ctx, *id));
            self.target = hidden.map(|id| id.accesskit_id());
        }
        if self.target.is_some() || self.is_scrolling {
            ctx.request_repaint();
        }
    }
}

/// Whether a part of a control is out of sight.
fn is_hidden(ctx: &Context, id: Id) -> bool {
    ctx.read_response(id).is_some_and(|response| !response.interact_rect.contains_rect(response.rect.shrink(1.0)))
}
