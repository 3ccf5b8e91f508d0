//! One day's picture and what is seen on it.

use super::camera::Camera;
use super::day::Day;
use super::film::Film;
use super::maths::{V3, grey};
use super::mesh::Material;
use super::raster::{NOTHING, Pass, Seen, for_each_sample};
use super::scene::{Category, Scene};
use super::shade::Lighting;
use super::sky::Sky;
use super::water::{Mirror, Water};

/// A thing hidden beyond this share is not listed.
const MOST_OCCLUDED: f32 = 0.85;
/// Nor one of which fog leaves less than this.
const LEAST_CONTRAST: f32 = 0.12;
/// Nor one that covers less than this many pixels.
const LEAST_AREA_PX: f32 = 2.5;
/// From these numbers of pixels on fewer samples are taken, to bound the memory.
const PIXELS_FOR_3: usize = 30_000;
const PIXELS_FOR_2: usize = 3_000_000;

/// A thing as it is seen on the picture, in pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    pub category: Category,
    /// Left, top, width and height of what can be seen of it.
    pub bbox: [f32; 4],
    /// Of what can be seen.
    pub area: f32,
    /// The share that other things, the water or the land hide; what lies outside the picture does not count.
    pub occluded: f32,
}

/// The scene of a day, with what is seen where; not yet lit.
pub struct View {
    pub day: Day,
    site: u32,
    camera: Camera,
    scene: Scene,
    seen: Seen,
}

impl View {
    pub fn new(day: Day, site_seed: u64, width_px: usize, height_px: usize) -> Self {
        let camera = Camera::new(width_px, height_px);
        let scene = Scene::new(&day, site_seed);
        let grid = match width_px * height_px {
            PIXELS_FOR_2.. => 2,
            PIXELS_FOR_3.. => 3,
            _ => 4,
        };
        let seen = Seen::draw(&camera, &scene.triangles, grid, day.tide_m, Pass::Direct);
        Self { day, site: site_seed as u32, camera, scene, seen }
    }

    /// All things that are to be annotated.
    pub fn sightings(&self) -> Vec<Sighting> {
        let things = self.scene.things.len() + 1;
        let mut bounds = vec![(usize::MAX, usize::MAX, 0usize, 0usize); things];
        let mut visible = vec![0u32; things];
        for (at, &index) in self.seen.triangles.iter().enumerate() {
            if index == NOTHING {
                continue;
            }
            let thing = usize::from(self.scene.triangles[index as usize].thing);
            if thing == 0 {
                continue;
            }
            let (column, row) = (at % self.seen.width, at / self.seen.width);
            let bound = &mut bounds[thing];
            *bound = (bound.0.min(column), bound.1.min(row), bound.2.max(column + 1), bound.3.max(row + 1));
            visible[thing] += 1;
        }
        let whole = self.whole_samples(things);
        let per_pixel = self.seen.grid as f32;
        let mut sightings = Vec::new();
        for (index, thing) in self.scene.things.iter().enumerate() {
            let number = index + 1;
            let area = visible[number] as f32 / (per_pixel * per_pixel);
            let occluded = 1.0 - visible[number] as f32 / whole[number].max(1) as f32;
            let contrast = self.day.seen_through(thing.distance_m);
            if area < LEAST_AREA_PX || occluded > MOST_OCCLUDED || contrast < LEAST_CONTRAST {
                continue;
            }
            let (left, top, right, bottom) = bounds[number];
            // Outwards to quarters of a pixel, which decimals can say exactly.
            let grid = self.seen.grid;
            let (left, top) = (left * 4 / grid, top * 4 / grid);
            let (right, bottom) = ((right * 4).div_ceil(grid), (bottom * 4).div_ceil(grid));
            let bbox = [left, top, right - left, bottom - top].map(|quarters| quarters as f32 * 0.25);
            sightings.push(Sighting { category: thing.category, bbox, area, occluded: occluded.max(0.0) });
        }
        sightings
    }

    /// How many samples each thing would cover if nothing stood before it, above the water.
    fn whole_samples(&self, things: usize) -> Vec<u32> {
        let mut counts = vec![0u32; things];
        let mut last = vec![0u16; self.seen.triangles.len()];
        let water: Vec<f32> = (0..self.seen.height)
            .map(|row| self.camera.water_nearness((row as f32 + 0.5) / self.seen.grid as f32, self.day.tide_m))
            .collect();
        // The triangles of one thing follow each other, so one mark per sample is enough.
        for triangle in self.scene.triangles.iter().filter(|triangle| triangle.thing > 0) {
            let thing = triangle.thing;
            for_each_sample(&self.camera, triangle, self.seen.grid, None, |column, row, nearness| {
                let mark = &mut last[row * self.seen.width + column];
                if *mark != thing && nearness > water[row] {
                    *mark = thing;
                    counts[usize::from(thing)] += 1;
                }
            });
        }
        counts
    }

    /// Lights the scene and exposes a film.
    pub fn expose(&self) -> Film {
        let (width, height) = (self.camera.width_px, self.camera.height_px);
        let lighting = Lighting::new(&self.day, &self.scene.triangles);
        let sky = Sky::new(&self.day, &self.camera, self.site);
        let mirror = self.mirror(&lighting);
        let water = Water { day: &self.day, camera: &self.camera, sky: &sky, mirror: &mirror, lighting: &lighting };

        let mut pixels = Vec::with_capacity(width * height);
        for row in 0..height {
            for column in 0..width {
                pixels.push(self.pixel(row, column, &lighting, &sky, &water));
            }
        }
        let mut film = Film { width, height, pixels };
        film.add_precipitation(&self.day);
        film.soften();
        film
    }

    /// The mean of a pixel's samples. Each triangle in it is shaded once; water and sky change down a pixel only,
    /// and near water not even from one row of samples to the next.
    fn pixel(&self, row: usize, column: usize, lighting: &Lighting, sky: &Sky, water: &Water) -> V3 {
        let grid = self.seen.grid;
        let horizon_y = self.camera.horizon_y;
        let (middle_x, middle_y) = (column as f32 + 0.5, row as f32 + 0.5);
        let rows_alike = if middle_y - horizon_y > self.camera.height_px as f32 * 0.11 { grid.div_ceil(2) } else { 1 };
        let mut known = Known::default();
        let mut sky_here = None;
        let mut shadow_here = None;
        let mut water_here = None;
        let mut sum = V3::ZERO;
        for sub_row in 0..grid {
            if sub_row % rows_alike == 0 {
                water_here = None;
            }
            let y = row as f32 + (sub_row as f32 + 0.5) / grid as f32;
            for sub_column in 0..grid {
                let at = (row * grid + sub_row) * self.seen.width + column * grid + sub_column;
                let index = self.seen.triangles[at];
                let colour = if index != NOTHING {
                    let x = column as f32 + (sub_column as f32 + 0.5) / grid as f32;
                    known.find_or(self.shaded_as(index), || self.surface(lighting, index, x, y, None))
                } else if y <= horizon_y {
                    *sky_here.get_or_insert_with(|| sky.at(middle_x, horizon_y - middle_y))
                } else {
                    *water_here.get_or_insert_with(|| {
                        let shadow = *shadow_here.get_or_insert_with(|| water.shadow(middle_x, middle_y));
                        let y = y + (rows_alike - 1) as f32 * 0.5 / grid as f32;
                        let x = column as f32 + (((sub_row * 3) % grid) as f32 + 0.5) / grid as f32;
                        water.colour(x, y, shadow)
                    })
                };
                sum = sum + colour;
            }
        }
        sum * (1.0 / (grid * grid) as f32)
    }

    /// Which colour a triangle shares within a pixel: its own, but one for all of a wood, whose triangles are
    /// smaller than pixels and dear to shade.
    fn shaded_as(&self, index: u32) -> u32 {
        let wooded = self.scene.triangles[index as usize].material == Material::Leaves;
        if wooded { NOTHING } else { index }
    }

    fn surface(&self, lighting: &Lighting, index: u32, x: f32, y: f32, mirror: Option<f32>) -> V3 {
        let (eye, ray) = self.camera.ray(x, y, mirror);
        lighting.colour(&self.scene.triangles[index as usize], eye, ray)
    }

    /// The scene upside down in the water, two samples a pixel each way.
    fn mirror(&self, lighting: &Lighting) -> Mirror {
        const GRID: usize = 2;
        let water_m = self.day.tide_m;
        let (width, height) = (self.camera.width_px, self.camera.height_px);
        let seen = Seen::draw(&self.camera, &self.scene.triangles, GRID, water_m, Pass::Mirrored);
        let mut pixels = Vec::with_capacity(width * height);
        for row in 0..height {
            for column in 0..width {
                let mut known = Known::default();
                let (mut sum, mut hits) = (V3::ZERO, 0.0);
                for sub in 0..GRID * GRID {
                    let (sub_row, sub_column) = (sub / GRID, sub % GRID);
                    let index = seen.triangles[(row * GRID + sub_row) * seen.width + column * GRID + sub_column];
                    if index != NOTHING {
                        let x = column as f32 + (sub_column as f32 + 0.5) / GRID as f32;
                        let y = row as f32 + (sub_row as f32 + 0.5) / GRID as f32;
                        sum = sum
                            + known
                                .find_or(self.shaded_as(index), || self.surface(lighting, index, x, y, Some(water_m)));
                        hits += 1.0;
                    }
                }
                let colour = if hits > 0.0 { sum * (1.0 / hits) } else { grey(0.0) };
                pixels.push((colour, hits / (GRID * GRID) as f32));
            }
        }
        Mirror { width, height, pixels }
    }
}

/// The colours found in one pixel so far: most pixels show only one or two triangles.
#[derive(Default)]
struct Known {
    colours: [(u32, V3); 4],
    count: usize,
}

impl Known {
    fn find_or(&mut self, index: u32, make: impl FnOnce() -> V3) -> V3 {
        let filled = self.count.min(self.colours.len());
        if let Some((_, colour)) = self.colours[..filled].iter().find(|(known, _)| *known == index) {
            return *colour;
        }
        let colour = make();
        self.colours[self.count % 4] = (index, colour);
        self.count += 1;
        colour
    }
}
