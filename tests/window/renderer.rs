//! Draws a frame in software: pictures of the window need no graphics hardware and no driver.
//!
//! Textures, vertex colours and blending are as in egui's own shader: all in gamma space, with premultiplied alpha.

use std::collections::HashMap;

use eframe::egui::epaint::{ImageData, ImageDelta, Mesh, Primitive, Vertex};
use eframe::egui::{Color32, ColorImage, Context, FullOutput, Rect, TextureFilter, TextureId, TexturesDelta};
use egui_kittest::TestRenderer;
use image::RgbaImage;
use kafka_image_bench::gui::theme::Tokens;

struct Texture {
    image: ColorImage,
    is_smooth: bool,
}

#[derive(Default)]
pub struct CpuRenderer {
    textures: HashMap<TextureId, Texture>,
}

impl TestRenderer for CpuRenderer {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        for (id, parts) in delta.set.drain() {
            for part in parts {
                self.update(id, part);
            }
        }
        for id in delta.free.drain() {
            self.textures.remove(&id);
        }
    }

    fn render(&mut self, ctx: &Context, output: &FullOutput) -> Result<RgbaImage, String> {
        let scale = ctx.pixels_per_point();
        let size = ctx.content_rect().size() * scale;
        let (width, height) = (size.x.round() as usize, size.y.round() as usize);
        // The colour that the window is cleared to before a frame.
        let background = Tokens::of_visuals(&ctx.global_style().visuals).background.to_normalized_gamma_f32();
        let mut canvas = Canvas { width, height, pixels: vec![background; width * height] };
        for primitive in ctx.tessellate(output.shapes.clone(), output.pixels_per_point) {
            let Primitive::Mesh(mesh) = primitive.primitive else {
                return Err("something is drawn by a callback".to_owned());
            };
            let texture = self.textures.get(&mesh.texture_id).ok_or("a texture is not there")?;
            canvas.mesh(&mesh, texture, primitive.clip_rect, scale);
        }
        canvas.into_image()
    }
}

impl CpuRenderer {
    fn update(&mut self, id: TextureId, delta: ImageDelta) {
        let ImageData::Color(image) = delta.image;
        let is_smooth = delta.options.magnification == TextureFilter::Linear;
        let Some([left, top]) = delta.pos else {
            self.textures.insert(id, Texture { image: (*image).clone(), is_smooth });
            return;
        };
        let Some(texture) = self.textures.get_mut(&id) else { return };
        let [width, height] = image.size;
        let row_width = texture.image.size[0];
        for row in 0..height {
            let to = (top + row) * row_width + left;
            texture.image.pixels[to..to + width].copy_from_slice(&image.pixels[row * width..(row + 1) * width]);
        }
    }
}

struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<[f32; 4]>,
}

impl Canvas {
    fn mesh(&mut self, mesh: &Mesh, texture: &Texture, clip: Rect, scale: f32) {
        let side = |value: f32, end: usize| (value * scale).round().clamp(0.0, end as f32) as usize;
        let clip = [
            side(clip.min.x, self.width),
            side(clip.min.y, self.height),
            side(clip.max.x, self.width),
            side(clip.max.y, self.height),
        ];
        for corners in mesh.indices.as_chunks::<3>().0 {
            self.triangle(corners.map(|index| mesh.vertices[index as usize]), texture, clip, scale);
        }
    }

    fn triangle(&mut self, corners: [Vertex; 3], texture: &Texture, clip: [usize; 4], scale: f32) {
        let [mut a, mut b, mut c] = corners;
        for corner in [&mut a, &mut b, &mut c] {
            corner.pos = (corner.pos.to_vec2() * scale).to_pos2();
        }
        let cross = |from: Vertex, to: Vertex, x: f32, y: f32| {
            (to.pos.x - from.pos.x) * (y - from.pos.y) - (to.pos.y - from.pos.y) * (x - from.pos.x)
        };
        let mut area = cross(a, b, c.pos.x, c.pos.y);
        if area < 0.0 {
            std::mem::swap(&mut b, &mut c);
            area = -area;
        }
        if area < 1e-6 {
            return;
        }
        // A pixel on an edge shared by two triangles belongs to one of them.
        let owns_edge = |from: Vertex, to: Vertex| {
            let (x, y) = (to.pos.x - from.pos.x, to.pos.y - from.pos.y);
            y < 0.0 || (y == 0.0 && x > 0.0)
        };
        let edges = [(b, c), (c, a), (a, b)].map(|(from, to)| (from, to, owns_edge(from, to)));
        let range = |all: [f32; 3], low: usize, high: usize| {
            let least = all.into_iter().fold(f32::MAX, f32::min).floor().max(low as f32) as usize;
            let most = all.into_iter().fold(f32::MIN, f32::max).ceil().clamp(0.0, high as f32) as usize;
            least..most
        };
        let across = range([a.pos.x, b.pos.x, c.pos.x], clip[0], clip[2]);
        let colors = [a, b, c].map(|corner| corner.color.to_array().map(f32::from));
        for row in range([a.pos.y, b.pos.y, c.pos.y], clip[1], clip[3]) {
            for column in across.clone() {
                let (x, y) = (column as f32 + 0.5, row as f32 + 0.5);
                let weights = edges.map(|(from, to, _)| cross(from, to, x, y));
                let is_inside =
                    weights.iter().zip(&edges).all(|(weight, edge)| *weight > 0.0 || (*weight == 0.0 && edge.2));
                if !is_inside {
                    continue;
                }
                let weights = weights.map(|weight| weight / area);
                let mix = |values: [f32; 3]| values.iter().zip(weights).map(|(value, weight)| value * weight).sum();
                let (u, v): (f32, f32) = (mix([a.uv.x, b.uv.x, c.uv.x]), mix([a.uv.y, b.uv.y, c.uv.y]));
                let texel = texture.sample(u, v);
                let source: [f32; 4] = std::array::from_fn(|channel| {
                    let vertex: f32 = mix(colors.map(|color| color[channel]));
                    vertex / 255.0 * texel[channel]
                });
                let pixel = &mut self.pixels[row * self.width + column];
                *pixel = std::array::from_fn(|channel| source[channel] + pixel[channel] * (1.0 - source[3]));
            }
        }
    }

    fn into_image(self) -> Result<RgbaImage, String> {
        let byte = |value: f32| (value.clamp(0.0, 1.0) * 255.0).round() as u8;
        let bytes = self.pixels.into_iter().flat_map(|[red, green, blue, _]| [byte(red), byte(green), byte(blue), 255]);
        RgbaImage::from_raw(self.width as u32, self.height as u32, bytes.collect()).ok_or("no picture".to_owned())
    }
}

impl Texture {
    fn sample(&self, u: f32, v: f32) -> [f32; 4] {
        let [width, height] = self.image.size;
        let (x, y) = (u * width as f32, v * height as f32);
        let texel = |x: f32, y: f32| -> Color32 {
            let column = x.clamp(0.0, width as f32 - 1.0) as usize;
            let row = y.clamp(0.0, height as f32 - 1.0) as usize;
            self.image.pixels[row * width + column]
        };
        if !self.is_smooth {
            return texel(x.floor(), y.floor()).to_array().map(|channel| f32::from(channel) / 255.0);
        }
        let (x, y) = (x - 0.5, y - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (right, down) = (x - left, y - top);
        let parts = [
            (texel(left, top), (1.0 - right) * (1.0 - down)),
            (texel(left + 1.0, top), right * (1.0 - down)),
            (texel(left, top + 1.0), (1.0 - right) * down),
            (texel(left + 1.0, top + 1.0), right * down),
        ];
        let mut sum = [0.0; 4];
        for (color, weight) in parts {
            for (sum, channel) in sum.iter_mut().zip(color.to_array()) {
                *sum += f32::from(channel) / 255.0 * weight;
            }
        }
        sum
    }
}
