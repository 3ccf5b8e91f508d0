//! The tokens as egui's style.

use std::collections::BTreeMap;

use eframe::egui::style::{self, ScrollAnimation};
use eframe::egui::{Context, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Theme, Vec2};

use super::fonts::semibold;
use super::tokens::{CAPTION_SIZE, CARD_RADIUS, DARK, DARK_HIGH, FIELD_RADIUS, LIGHT, LIGHT_HIGH, TEXT_SIZE, Tokens};

/// How both themes look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Whether contrasts are high.
    pub high_contrast: bool,
    /// Whether nothing moves by itself.
    pub reduced_motion: bool,
}

/// Styles both themes in the usual look.
pub fn apply_style(ctx: &Context) {
    apply_look(ctx, Look::default());
}

/// Styles both themes.
pub fn apply_look(ctx: &Context, look: Look) {
    let (dark, light) = if look.high_contrast { (&DARK_HIGH, &LIGHT_HIGH) } else { (&DARK, &LIGHT) };
    for (theme, tokens) in [(Theme::Dark, dark), (Theme::Light, light)] {
        ctx.style_mut_of(theme, |style| {
            restyle(style, tokens);
            motion(style, look.reduced_motion);
        });
    }
}

/// Transitions, scrolling to a place, and the cursor of fields.
fn motion(style: &mut Style, is_reduced: bool) {
    style.animation_time = if is_reduced { 0.0 } else { 0.08 };
    style.scroll_animation = if is_reduced { ScrollAnimation::none() } else { ScrollAnimation::default() };
    style.visuals.text_cursor.blink = !is_reduced;
}

fn restyle(style: &mut Style, tokens: &Tokens) {
    let text = |size| FontId::new(size, FontFamily::Proportional);
    style.text_styles = BTreeMap::from([
        (TextStyle::Small, text(CAPTION_SIZE)),
        (TextStyle::Body, text(TEXT_SIZE)),
        (TextStyle::Button, text(TEXT_SIZE)),
        (TextStyle::Heading, semibold(TEXT_SIZE)),
        (TextStyle::Monospace, FontId::new(13.0, FontFamily::Monospace)),
    ]);
    style.drag_value_text_style = TextStyle::Body;
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(8.0, 8.0);
    spacing.button_padding = Vec2::new(10.0, 5.0);
    spacing.interact_size = Vec2::new(40.0, 28.0);
    spacing.menu_margin = Margin::same(8);
    spacing.window_margin = Margin::same(16);
    spacing.combo_width = 96.0;
    spacing.text_edit_width = 200.0;
    spacing.slider_width = 140.0;
    spacing.tooltip_width = 380.0;
    spacing.icon_width = 18.0;
    spacing.icon_width_inner = 10.0;
    spacing.scroll.bar_width = 8.0;
    spacing.scroll.floating = true;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.4;
    colours(style, tokens);
}

fn colours(style: &mut Style, tokens: &Tokens) {
    let visuals = &mut style.visuals;
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(tokens.muted);
    visuals.panel_fill = tokens.panel;
    visuals.window_fill = tokens.panel;
    visuals.window_stroke = Stroke::new(tokens.border_width, tokens.border);
    visuals.window_corner_radius = CornerRadius::same(CARD_RADIUS);
    visuals.menu_corner_radius = CornerRadius::same(CARD_RADIUS);
    visuals.window_shadow = Shadow::NONE;
    visuals.popup_shadow = Shadow::NONE;
    visuals.extreme_bg_color = tokens.background;
    visuals.text_edit_bg_color = Some(if visuals.dark_mode { tokens.background } else { tokens.card });
    visuals.faint_bg_color = tokens.grid.gamma_multiply(0.5);
    visuals.code_bg_color = tokens.grid;
    visuals.hyperlink_color = tokens.accent;
    visuals.warn_fg_color = tokens.warning;
    visuals.error_fg_color = tokens.error;
    visuals.selection.bg_fill = tokens.accent.gamma_multiply(if visuals.dark_mode { 0.35 } else { 0.18 });
    visuals.selection.stroke = Stroke::new(1.0, tokens.text);
    visuals.slider_trailing_fill = true;
    visuals.disabled_alpha = if tokens.border_width > 1.0 { 0.75 } else { 0.55 };
    let field = if visuals.dark_mode { tokens.background } else { tokens.card };
    let widget = |fill, stroke, text, width| style::WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(width, stroke),
        fg_stroke: Stroke::new(1.0, text),
        corner_radius: CornerRadius::same(FIELD_RADIUS),
        expansion: 0.0,
    };
    let hover = if visuals.dark_mode { tokens.border } else { tokens.grid };
    let width = tokens.border_width;
    visuals.widgets.noninteractive = widget(tokens.panel, tokens.border, tokens.text, width);
    visuals.widgets.inactive = widget(field, tokens.border, tokens.text, width);
    visuals.widgets.hovered = widget(hover, tokens.muted, tokens.text, width);
    // Also of what has the focus.
    visuals.widgets.active = widget(hover, tokens.accent, tokens.text, tokens.focus_width());
    visuals.widgets.open = widget(field, tokens.accent, tokens.text, width);
}
