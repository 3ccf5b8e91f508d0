//! The board that shows through what is transparent.

use eframe::egui::{Color32, ColorImage, Context, Id, Painter, Pos2, Rect, TextureHandle, TextureOptions};

/// The side of a field, in points.
const FIELD: f32 = 8.0;

/// Draws the board in `rect`, as far as `room` shows it.
pub fn checkerboard(painter: &Painter, rect: Rect, room: Rect) {
    let seen = rect.intersect(room);
    if !seen.is_positive() {
        return;
    }
    // The board moves with the picture, and its fields stay as large as they are.
    let uv = |at: Pos2| ((at - rect.min) / (2.0 * FIELD)).to_pos2();
    painter.image(texture(painter.ctx()).id(), seen, Rect::from_min_max(uv(seen.min), uv(seen.max)), Color32::WHITE);
}

fn texture(ctx: &Context) -> TextureHandle {
    let id = Id::unique("checkerboard");
    if let Some(texture) = ctx.data(|data| data.get_temp::<TextureHandle>(id)) {
        return texture;
    }
    // Greys that differ from both themes' backgrounds.
    let [light, dark] = [Color32::from_gray(158), Color32::from_gray(112)];
    let board = ColorImage::new([2, 2], vec![light, dark, dark, light]);
    let texture = ctx.load_texture("checkerboard", board, TextureOptions::NEAREST_REPEAT);
    ctx.data_mut(|data| data.insert_temp(id, texture.clone()));
    texture
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_once() {
        let ctx = Context::default();
        assert_eq!(texture(&ctx).id(), texture(&ctx).id());
    }
}
