//! Type: Inter, with digits of one width, and the symbols.

use std::sync::Arc;

use eframe::egui::{Context, FontData, FontDefinitions, FontFamily, FontId};

const SEMIBOLD: &str = "semibold";

/// Makes Inter the font of all text; egui's own fonts and the system's stand in for what it lacks.
pub fn install_fonts(ctx: &Context) {
    let mut fonts = FontDefinitions::default();
    let regular = FontData::from_static(include_bytes!("../../../assets/fonts/Inter-Regular.otf"));
    let semibold = FontData::from_static(include_bytes!("../../../assets/fonts/Inter-SemiBold.otf"));
    fonts.font_data.insert("inter".to_owned(), Arc::new(regular));
    fonts.font_data.insert("inter-semibold".to_owned(), Arc::new(semibold));
    let emoji = FontData::from_static(include_bytes!("../../../assets/fonts/NotoEmoji.ttf"));
    fonts.font_data.insert("emoji".to_owned(), Arc::new(emoji));
    let rest = fonts.families.entry(FontFamily::Proportional).or_default();
    rest.insert(0, "inter".to_owned());
    rest.push("emoji".to_owned());
    let mut bold = rest.clone();
    bold.insert(0, "inter-semibold".to_owned());
    fonts.families.insert(FontFamily::Name(SEMIBOLD.into()), bold);
    ctx.set_fonts(fonts);
    egui_material_icons::initialize(ctx);
}

/// The semibold font, for headings and figures.
pub fn semibold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(SEMIBOLD.into()))
}
