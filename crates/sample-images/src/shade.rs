//! The colour of a surface in the light of the day.

use super::day::Day;
use super::maths::{V3, cos_turns, floor, fraction, grey, mix, mix3, power_of_two, smooth, unit, v3};
use super::mesh::{Material, Triangle};
use super::noise::{fbm, noise};
use super::random::hash_unit;
use super::shadow::ShadowMap;
use super::sky::haze_colour;

/// High water at spring tide: up to here weed grows on what stands in the water.
const HIGH_WATER_M: f32 = 1.15;

/// The light of one day on one scene.
pub struct Lighting<'a> {
    day: &'a Day,
    /// None on days without shadows.
    sun: Option<ShadowMap>,
    overhead: ShadowMap,
}

/// A surface before light falls on it.
struct Surface {
    colour: V3,
    /// Strength of its highlight, and how narrow it is (a power of two).
    gloss: f32,
    sharpness: u32,
    /// Light that goes through, as in a sail.
    through: f32,
    /// Light of its own.
    glows: f32,
    mirror: f32,
}

impl<'a> Lighting<'a> {
    pub fn new(day: &'a Day, triangles: &[Triangle]) -> Self {
        let shadows = day.sun_light.luminance() > 0.08;
        Self {
            day,
            sun: shadows.then(|| ShadowMap::new(triangles, day.to_sun, 896, 0.45, 0.30)),
            overhead: ShadowMap::new(triangles, V3::UP, 512, 2.2, 0.35),
        }
    }

    /// How much sun and how much sky reaches a place on the water.
    pub fn on_water(&self, place: V3) -> (f32, f32) {
        (self.sunlit(place, 0.5), self.overhead.lit(place, 0.5))
    }

    fn sunlit(&self, place: V3, jitter: f32) -> f32 {
        self.sun.as_ref().map_or(1.0, |map| map.lit(place, jitter))
    }

    /// The linear colour of a triangle where the ray from `eye` along `ray` meets its plane.
    pub fn colour(&self, triangle: &Triangle, eye: V3, ray: V3) -> V3 {
        let [a, b, c] = &triangle.corners;
        let face = (b.place - a.place).cross(c.place - a.place);
        let slant = face.dot(ray);
        if slant.abs() < 1e-9 {
            return triangle.tint * self.day.sky_light.luminance();
        }
        let reach = face.dot(a.place - eye) / slant;
        let place = eye + ray * reach;
        let squared = face.dot(face);
        let weight_b = (place - a.place).cross(c.place - a.place).dot(face) / squared;
        let weight_c = (b.place - a.place).cross(place - a.place).dot(face) / squared;
        let (weight_b, weight_c) = (weight_b.clamp(-0.5, 1.5), weight_c.clamp(-0.5, 1.5));
        let blend = |va: V3, vb: V3, vc: V3| va * (1.0 - weight_b - weight_c) + vb * weight_b + vc * weight_c;
        let local = blend(a.local, b.local, c.local);
        let mut normal = blend(a.normal, b.normal, c.normal).normalised();
        if normal.dot(ray) > 0.0 {
            normal = -normal;
        }
        let face = face.normalised();
        let face = if face.dot(ray) > 0.0 { -face } else { face };

        let surface = self.surface(triangle, place, local, &mut normal);
        let lit = self.light(&surface, place, normal, face, ray.normalised());
        let distance = (place - eye).dot(place - eye).sqrt();
        let seen = self.day.seen_through(distance);
        mix3(haze_colour(self.day, ray.x), lit, seen)
    }

    fn light(&self, surface: &Surface, place: V3, normal: V3, face: V3, view: V3) -> V3 {
        let day = self.day;
        let jitter = hash_unit((place.x * 37.0) as i32, (place.y * 11.0 + place.z * 53.0) as i32, 7);
        let facing = normal.dot(day.to_sun);
        // A surface that the light only brushes would else shade itself, and so would cloth lit from behind.
        let off = if surface.through > 0.0 {
            day.to_sun * 1.1
        } else {
            face * (0.14 + 0.5 * (1.0 - face.dot(day.to_sun).abs()))
        };
        let sun = if facing > 0.0 || surface.through > 0.0 { self.sunlit(place + off, jitter) } else { 0.0 };
        // A sail stands free: nothing but itself would dim it.
        let free = surface.through > 0.0;
        let open = if free { 1.0 } else { self.overhead.lit(place + face * 0.7, jitter) };
        let up = 0.5 + 0.5 * normal.z;
        let sky = day.sky_light * (mix(0.30, 1.0, open) * mix(0.42, 1.0, up));
        let ground = (day.sky_light * 0.20 + day.sun_light * (0.10 * day.to_sun.z)) * (1.0 - up);
        let direct = day.sun_light * (facing.max(0.0) * sun);
        let back = day.sun_light * ((-facing).max(0.0) * surface.through * mix(0.4, 1.0, sun));
        let mut light = surface.colour * (sky + ground + direct + back);
        if surface.gloss > 0.0 {
            let half = (day.to_sun - view).normalised();
            let highlight = power_of_two(normal.dot(half).max(0.0), surface.sharpness);
            light = light + day.sun_light * (highlight * surface.gloss * sun);
        }
        if surface.mirror > 0.0 {
            let grazing = 1.0 - (-normal.dot(view)).clamp(0.0, 1.0);
            let strength = surface.mirror * (0.25 + 0.75 * grazing * grazing * grazing);
            let bounced = view - normal * (2.0 * normal.dot(view));
            let reflected =
                mix3(day.horizon, day.zenith, unit(bounced.z * 1.6)) * mix(0.45, 1.0, unit(bounced.z * 4.0 + 0.6));
            light = mix3(light, reflected, strength.min(1.0));
        }
        light + surface.colour * (surface.glows * day.sky_light.luminance())
    }

    fn surface(&self, triangle: &Triangle, place: V3, local: V3, normal: &mut V3) -> Surface {
        let tint = triangle.tint;
        let key = u32::from(triangle.thing) * 977;
        let mut surface = Surface { colour: tint, gloss: 0.0, sharpness: 4, through: 0.0, glows: 0.0, mirror: 0.0 };
        match triangle.material {
            Material::Paint => {
                let worn = fbm(local.x * 1.7 + local.y * 2.3, local.z * 2.1, 3, key);
                surface.colour = tint * (1.0 + 0.13 * worn);
                (surface.gloss, surface.sharpness, surface.mirror) = (0.18, 5, 0.06);
            }
            Material::Hull => {
                surface.colour = hull_colour(tint, triangle.second, local, key);
                (surface.gloss, surface.sharpness, surface.mirror) = (0.22, 5, 0.16);
            }
            Material::Deck => {
                let seams = if fraction(local.y * 5.0) < 0.16 { 0.72 } else { 1.0 };
                surface.colour = tint * (seams * (1.0 + 0.2 * noise(local.x * 2.0, local.y * 9.0, key)));
            }
            Material::Glass => (surface.gloss, surface.sharpness, surface.mirror) = (0.8, 6, 0.75),
            Material::Steel => {
                let rust = smooth(0.18, 0.6, fbm(local.x * 0.9 + local.y, local.z * 0.8, 3, key ^ 5));
                surface.colour = mix3(tint, v3(0.20, 0.09, 0.04), rust * 0.4);
                (surface.gloss, surface.sharpness) = (0.10, 4);
            }
            Material::Container => {
                surface.colour = container_colour(triangle, local, normal, key);
                (surface.gloss, surface.sharpness) = (0.06, 4);
            }
            Material::Stone => self.weathered_by_tide(&mut surface, masonry_colour(tint, place), place),
            Material::Pile => {
                let grain = fbm(local.x * 14.0 + local.y * 14.0, local.z * 0.9, 3, 23);
                let worn = fbm(place.x * 3.0, place.z * 1.6, 3, 29);
                self.weathered_by_tide(&mut surface, tint * (1.0 + 0.42 * grain + 0.25 * worn), place);
            }
            Material::Concrete => {
                let slab = hash_unit(floor(place.x / 6.0).1, floor(place.y / 6.0).1, 31);
                let stain = fbm(place.x * 0.35, place.y * 0.22 + place.z, 4, 37);
                surface.colour = tint * (0.90 + 0.16 * (slab - 0.5) + 0.30 * stain);
            }
            Material::Plank => surface.colour = plank_colour(tint, local),
            Material::Roof => {
                let rows = 1.0 + 0.22 * (cos_turns(place.z * 1.1) + noise(place.x * 1.5, place.z * 2.0, 47));
                surface.colour = tint * rows;
            }
            Material::Facade => surface.colour = facade_colour(tint, local, place, *normal),
            Material::Sheet => {
                surface.colour = tint * (1.0 + 0.30 * fbm(local.x * 3.0 + local.y * 2.0, local.z * 4.0, 3, key));
            }
            Material::Sail => {
                let panel = if fraction(local.z * 0.9) < 0.05 { 0.90 } else { 1.0 };
                surface.colour = tint * (panel * (1.0 + 0.04 * noise(local.x * 2.0, local.z * 1.2, key)));
                surface.through = 0.55;
            }
            Material::Rubber => surface.colour = tint * (1.0 + 0.5 * noise(local.x * 4.0, local.z * 4.0, key)),
            Material::Feather => surface.through = 0.12,
            Material::Leaves => self.wooded(&mut surface, place, normal),
            Material::Rock => {
                let lump = fbm(place.x * 0.9, place.z * 1.3 + place.y * 0.5, 4, 53);
                self.weathered_by_tide(&mut surface, tint * (1.0 + 0.6 * lump), place);
                *normal = (*normal + v3(noise(place.x * 0.7, place.z, 59), 0.0, 0.5 * lump) * 0.7).normalised();
            }
            Material::Lamp => surface.glows = 0.7,
        }
        self.weather_on(&mut surface, triangle.material, place, *normal);
        surface
    }

    /// Weed below high water, dark and shining where the tide has just been.
    fn weathered_by_tide(&self, surface: &mut Surface, base: V3, place: V3) {
        let ragged = 0.22 * noise(place.x * 1.3, place.y * 1.1, 61);
        let weed = smooth(HIGH_WATER_M + 0.35, HIGH_WATER_M - 0.35, place.z + ragged);
        let green = mix3(v3(0.045, 0.060, 0.020), v3(0.030, 0.028, 0.018), unit((0.4 - place.z) * 0.6));
        surface.colour = mix3(base, green, weed * 0.82);
        let wet = smooth(self.day.tide_m + 0.65, self.day.tide_m + 0.1, place.z + ragged * 0.6);
        surface.colour = surface.colour * mix(1.0, 0.55, wet);
        (surface.gloss, surface.sharpness, surface.mirror) = (0.25 * wet, 4, 0.10 * wet);
    }

    /// Rain darkens and shines; snow lies on what is flat.
    fn weather_on(&self, surface: &mut Surface, material: Material, place: V3, normal: V3) {
        let day = self.day;
        if matches!(material, Material::Sail | Material::Feather | Material::Glass | Material::Leaves) {
            return;
        }
        if day.wetness > 0.5 {
            surface.colour = surface.colour * mix(0.80, 0.58, smooth(0.6, 0.9, normal.z));
            surface.mirror += 0.10 + 0.30 * smooth(0.8, 0.98, normal.z);
        }
        if day.snow_cover > 0.0 && place.z > day.tide_m + 0.3 {
            let patches = 0.5 * fbm(place.x * 0.8, place.y * 0.8, 3, 67);
            let lies =
                smooth(0.38, 0.72, normal.z) * smooth(0.95 - day.snow_cover, 1.15 - day.snow_cover, 0.45 + patches);
            surface.colour = mix3(surface.colour, v3(0.84, 0.86, 0.90), lies * 0.92);
            surface.gloss *= 1.0 - lies;
            surface.mirror *= 1.0 - lies;
        }
    }

    /// Trees through the year, with meadows between them.
    fn wooded(&self, surface: &mut Surface, place: V3, normal: &mut V3) {
        let date = self.day.year_part * 365.0;
        let autumn = smooth(252.0, 300.0, date);
        let bare = if date > 200.0 { smooth(296.0, 334.0, date) } else { 1.0 - smooth(82.0, 128.0, date) };
        let blossom = smooth(62.0, 80.0, date) * smooth(138.0, 118.0, date);
        let fresh = smooth(82.0, 118.0, date) * smooth(200.0, 150.0, date);

        let crown = noise(place.x * 0.21, place.y * 0.13 + place.z * 0.24, 71);
        let kind = noise(place.x * 0.075 + 3.0, place.y * 0.05 + place.z * 0.08, 73);
        let twigs = fbm(place.x * 0.55, place.z * 0.62 + place.y * 0.2, 3, 79);
        let summer = mix3(
            mix3(v3(0.050, 0.095, 0.028), v3(0.075, 0.115, 0.035), unit(0.5 + crown)),
            v3(0.13, 0.21, 0.035),
            fresh * 0.7,
        );
        let turned = if kind > 0.2 {
            v3(0.42, 0.24, 0.035)
        } else if kind > -0.12 {
            v3(0.36, 0.12, 0.025)
        } else {
            v3(0.22, 0.15, 0.035)
        };
        let early = unit(autumn * 1.7 - 0.7 * unit(0.5 + crown));
        let leafy = mix3(summer, turned, early);
        let branches = mix3(v3(0.145, 0.115, 0.095), v3(0.105, 0.085, 0.072), unit(0.5 + twigs));
        let shed = unit(bare * 1.6 - 0.6 * unit(0.5 - crown));
        let mut trees = mix3(leafy, branches, shed);
        let evergreen = smooth(0.34, 0.42, noise(place.x * 0.06 + 40.0, place.y * 0.04 + place.z * 0.05, 83));
        trees = mix3(trees, v3(0.026, 0.052, 0.030), evergreen);
        let flowering = smooth(0.12, 0.3, noise(place.x * 0.11 - 20.0, place.y * 0.07 + place.z * 0.12, 89))
            * blossom
            * (1.0 - evergreen);
        trees = mix3(trees, v3(0.62, 0.47, 0.47), flowering * 0.85);

        let open = smooth(0.16, 0.22, fbm(place.x * 0.011, place.y * 0.013, 2, 97));
        let meadow = mix3(v3(0.12, 0.17, 0.045), v3(0.17, 0.16, 0.07), unit(0.3 + 0.5 * bare + 0.2 * twigs));
        surface.colour = mix3(trees * (1.0 + 0.55 * twigs + 0.25 * crown), meadow * (1.0 + 0.12 * twigs), open);
        let snow = self.day.snow_cover * mix(0.42 + 0.25 * twigs, 0.95, open);
        surface.colour = mix3(surface.colour, v3(0.80, 0.82, 0.86), unit(snow));
        let rough = 1.0 - open;
        let tilt = v3(twigs + 0.6 * crown, -0.3 * crown, 0.4 * twigs) * (0.9 * rough);
        *normal = (*normal + tilt).normalised();
    }
}

/// Blocks of stone in courses, with joints.
fn masonry_colour(tint: V3, place: V3) -> V3 {
    let course = floor(place.z / 0.62).0;
    let along = place.x + place.y + course * 0.55;
    let joint = (place.z / 0.62 - course) < 0.10 || fraction(along / 1.3) < 0.05;
    let stone = hash_unit(floor(along / 1.3).1, course as i32, 3);
    let stain = fbm(place.x * 0.5, place.z * 0.25, 4, 17);
    tint * (0.80 + 0.32 * stone + 0.30 * stain) * if joint { 0.62 } else { 1.0 }
}

/// Boards with gaps between them.
fn plank_colour(tint: V3, local: V3) -> V3 {
    let board = floor(local.y / 0.19).0;
    let gap = (local.y / 0.19 - board) < 0.13;
    let shade = hash_unit(board as i32, 0, 41);
    let grain = fbm(local.x * 2.2, local.y * 26.0, 3, 43);
    tint * ((0.72 + 0.5 * shade + 0.22 * grain) * if gap { 0.30 } else { 1.0 })
}

/// Bottom paint, boot top, side, band, and streaks that run down from the scuppers.
fn hull_colour(tint: V3, band: V3, local: V3, key: u32) -> V3 {
    let z = local.z;
    let base = if z < 0.10 {
        v3(0.20, 0.045, 0.03)
    } else if z < 0.24 {
        band * 0.8
    } else {
        tint
    };
    let streak = smooth(0.30, 0.75, noise(local.x * 2.6, z * 0.25, key ^ 1)) * smooth(0.1, 0.5, z);
    let worn = fbm(local.x * 0.9, z * 1.6, 3, key ^ 2);
    let planks = if fraction(z * 4.2) < 0.10 { 0.90 } else { 1.0 };
    let slime = smooth(0.42, 0.02, z + 0.08 * noise(local.x * 1.5, 0.0, key ^ 4));
    let rusty = mix3(base * (planks * (1.0 + 0.16 * worn)), v3(0.19, 0.09, 0.045), streak * 0.38);
    mix3(rusty, v3(0.05, 0.06, 0.035), slime * 0.45)
}

/// Corrugated sheet: the folds turn the light, the ends have doors with bars, the roof is plain.
fn container_colour(triangle: &Triangle, local: V3, normal: &mut V3, key: u32) -> V3 {
    let tint = triangle.tint;
    let rust = smooth(0.25, 0.7, fbm(local.x * 0.8 + local.y, local.z * 1.1, 4, key));
    let streak = smooth(0.35, 0.8, noise(local.x * 2.2 + local.y * 2.2, local.z * 0.3, key ^ 9));
    let mut colour = mix3(tint, v3(0.17, 0.075, 0.04), unit(rust * 0.55 + streak * 0.25));
    colour = colour * (1.0 + 0.12 * fbm(local.x * 0.5, local.z * 0.5, 2, key ^ 3));
    if normal.y.abs() > 0.7 {
        let fold = cos_turns(local.x / 0.56);
        *normal = v3(normal.x + 0.55 * fold, normal.y, normal.z).normalised();
        colour = colour * (0.92 + 0.10 * cos_turns(local.x / 0.56 + 0.25));
        let sign = (0.9..2.5).contains(&local.x) && (1.45..2.1).contains(&local.z);
        if sign {
            colour = mix3(colour, triangle.second, 0.7);
        }
    } else if normal.x.abs() > 0.7 {
        let bar = [0.5, 0.95, 1.5, 1.95].iter().any(|at| (local.y - at).abs() < 0.05) || (local.y - 1.22).abs() < 0.03;
        colour = colour * if bar { 0.55 } else { 1.0 };
    }
    colour
}

/// Plaster with rows of windows that have light frames.
fn facade_colour(tint: V3, local: V3, place: V3, normal: V3) -> V3 {
    let plaster = tint * (0.95 + 0.22 * fbm(place.x * 0.5, place.z * 0.7, 3, 101));
    if normal.z.abs() > 0.3 {
        return plaster;
    }
    let along = if normal.y.abs() > normal.x.abs() { local.x } else { local.y };
    let (column, storey) = (fraction(along / 2.3), fraction(place.z / 2.7));
    let pane = (0.30..0.68).contains(&column) && (0.34..0.80).contains(&storey);
    let frame = (0.24..0.74).contains(&column) && (0.28..0.86).contains(&storey);
    if pane {
        grey(0.035)
    } else if frame {
        mix3(plaster, grey(0.62), 0.7)
    } else {
        plaster
    }
}
