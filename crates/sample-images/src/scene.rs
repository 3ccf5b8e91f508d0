//! Puts the day's things where chance wants them.

use super::afloat::{buoy, flying_gull, resting_gull};
use super::boats::{ferry, fishing_boat, tug};
use super::day::{Day, Weather};
use super::harbour::{self, JETTY_LEFT_M, JETTY_TO_M, PILES, QUAY_FRONT_M, QUAY_LEFT_M};
use super::maths::{mix, v3};
use super::mesh::{Stand, Triangle};
use super::quayside::{CONTAINER_HEIGHT_M, CONTAINER_WIDTH_M, container, crane, ground};
use super::random::Random;
use super::small_boats::{rowing_boat, yacht};

/// What an annotation can be about. The number is the `category_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    FishingBoat = 1,
    SailingYacht = 2,
    Ferry = 3,
    Tug = 4,
    RowingBoat = 5,
    Buoy = 6,
    Gull = 7,
    Crane = 8,
    Container = 9,
}

impl Category {
    /// All of them, with the name and the wider category that COCO wants.
    pub const ALL: [(Category, &'static str, &'static str); 9] = [
        (Category::FishingBoat, "fishing_boat", "boat"),
        (Category::SailingYacht, "sailing_yacht", "boat"),
        (Category::Ferry, "ferry", "boat"),
        (Category::Tug, "tug", "boat"),
        (Category::RowingBoat, "rowing_boat", "boat"),
        (Category::Buoy, "buoy", "mark"),
        (Category::Gull, "gull", "bird"),
        (Category::Crane, "crane", "quayside"),
        (Category::Container, "container", "quayside"),
    ];
}

/// One thing that is annotated if it is seen.
#[derive(Clone, Copy, Debug)]
pub struct Thing {
    pub category: Category,
    /// From the camera, for what fog leaves of it.
    pub distance_m: f32,
}

/// All triangles, and the things by their number less one.
pub struct Scene {
    pub triangles: Vec<Triangle>,
    pub things: Vec<Thing>,
}

/// Half the view's width per metre of distance, less a margin.
const HALF_VIEW: f32 = 0.46;

impl Scene {
    /// The harbour that `site_seed` stands for, on one day.
    pub fn new(day: &Day, site_seed: u64) -> Self {
        let mut scene = Self { triangles: Vec::new(), things: Vec::new() };
        harbour::draw(&mut scene.triangles, site_seed);
        scene.fill_quay(&mut Random::new(day.seed, 10));
        let mut berths = Berths::default();
        scene.launch_boats(day, &mut berths, &mut Random::new(day.seed, 11));
        scene.lay_buoys(day, &mut berths, &mut Random::new(day.seed, 12));
        scene.release_gulls(day, &mut berths, &mut Random::new(day.seed, 13));
        scene
    }

    /// The number of a new thing.
    fn add(&mut self, category: Category, distance_m: f32) -> u16 {
        self.things.push(Thing { category, distance_m });
        self.things.len() as u16
    }

    fn fill_quay(&mut self, random: &mut Random) {
        let mut x = QUAY_LEFT_M + random.between(7.0, 20.0);
        for _ in 0..1 + random.below(3) {
            let place = v3(x, QUAY_FRONT_M + 7.0, ground());
            let thing = self.add(Category::Crane, place.y);
            crane(&mut self.triangles, place, thing, random);
            x += random.between(15.0, 30.0);
        }
        // Three rows behind the crane rails; the back one is stacked highest.
        for (y, highest, filled) in [(138.0, 4, 0.62), (133.0, 3, 0.45), (QUAY_FRONT_M + 15.5, 2, 0.30)] {
            let mut x = QUAY_LEFT_M + random.between(3.0, 9.0);
            while x < 66.0 {
                let length = if random.chance(0.45) { 12.19 } else { 6.06 };
                if random.chance(filled) {
                    for level in 0..=random.below(highest) {
                        let shift = random.between(-0.12, 0.12);
                        let place = v3(x + shift, y, ground() + level as f32 * CONTAINER_HEIGHT_M);
                        let thing = self.add(Category::Container, y + CONTAINER_WIDTH_M * 0.5);
                        container(&mut self.triangles, place, length, thing, random);
                    }
                }
                x += length + random.between(0.4, 1.2);
            }
        }
    }

    fn launch_boats(&mut self, day: &Day, berths: &mut Berths, random: &mut Random) {
        let rough = matches!(day.weather, Weather::Rain | Weather::Snow | Weather::Fog);
        let winter = !(0.25..0.82).contains(&day.year_part);
        let few = |random: &mut Random, chances: &[f32]| chances.iter().filter(|&&p| random.chance(p)).count();

        for _ in 0..few(random, &[0.42]) {
            if let Some((x, y)) = berths.find(random, 75.0, 240.0, 15.0) {
                let stand = heel(day, random, x, y, 0.25);
                let thing = self.add(Category::Ferry, y);
                ferry(&mut self.triangles, stand, thing, random);
            }
        }
        for _ in 0..few(random, &[0.45]) {
            if let Some((x, y)) = berths.find(random, 48.0, 103.0, 10.0) {
                let stand = heel(day, random, x, y, 0.5);
                let thing = self.add(Category::Tug, y);
                tug(&mut self.triangles, stand, thing, random);
            }
        }
        for _ in 0..few(random, &[0.9, 0.6, 0.35]) {
            if let Some((x, y)) = berths.find(random, 30.0, 96.0, 7.5) {
                let stand = heel(day, random, x, y, 0.8);
                let thing = self.add(Category::FishingBoat, y);
                fishing_boat(&mut self.triangles, stand, thing, random);
            }
        }
        let (yachts, sailing): (&[f32], f32) = match (rough, winter) {
            (true, _) => (&[0.4, 0.15], 0.0),
            (false, true) => (&[0.6, 0.25], 0.4),
            (false, false) => (&[0.85, 0.6, 0.45], 0.65),
        };
        for _ in 0..few(random, yachts) {
            let under_sail = random.chance(sailing);
            let (nearest, farthest) = if under_sail { (45.0, 230.0) } else { (34.0, 90.0) };
            if let Some((x, y)) = berths.find(random, nearest, farthest, 6.5) {
                let mut stand = heel(day, random, x, y, 1.0);
                if under_sail {
                    stand.roll += (0.008 + 0.03 * day.wind) * if random.chance(0.5) { 1.0 } else { -1.0 };
                }
                let thing = self.add(Category::SailingYacht, y);
                yacht(&mut self.triangles, stand, thing, under_sail, random);
            }
        }
        for _ in 0..few(random, if rough { &[0.35] } else { &[0.6, 0.35] }) {
            if let Some((x, y)) = berths.find(random, 19.5, 42.0, 3.0) {
                let stand = heel(day, random, x, y, 1.5);
                let thing = self.add(Category::RowingBoat, y);
                let manned = !rough && random.chance(0.4);
                rowing_boat(&mut self.triangles, stand, thing, manned, random);
            }
        }
    }

    fn lay_buoys(&mut self, day: &Day, berths: &mut Berths, random: &mut Random) {
        for _ in 0..1 + random.below(4) {
            if let Some((x, y)) = berths.find(random, 24.0, 120.0, 2.2) {
                let mut stand = heel(day, random, x, y, 2.0);
                stand.yaw = random.unit();
                let thing = self.add(Category::Buoy, y);
                buoy(&mut self.triangles, stand, thing, random);
            }
        }
    }

    fn release_gulls(&mut self, day: &Day, berths: &mut Berths, random: &mut Random) {
        for _ in 0..random.below(if day.weather == Weather::Fog { 3 } else { 7 }) {
            let y = 13.0 + 50.0 * random.unit() * random.unit();
            let x = random.between(-HALF_VIEW, HALF_VIEW) * y;
            let z = mix(3.2, 8.0 + y * 0.32, random.unit());
            let mut stand = Stand::at(v3(x, y, z), random.unit());
            stand.roll = random.between(-0.08, 0.08);
            let thing = self.add(Category::Gull, y);
            flying_gull(&mut self.triangles, stand, thing, random.between(-0.8, 1.0));
        }
        for (x, y, top) in PILES {
            if y < 40.0 && random.chance(0.22) {
                let thing = self.add(Category::Gull, y);
                resting_gull(&mut self.triangles, Stand::at(v3(x, y, top), random.unit()), thing, true);
            }
        }
        for _ in 0..random.below(3) {
            if let Some((x, y)) = berths.find(random, 17.0, 36.0, 0.8) {
                let thing = self.add(Category::Gull, y);
                resting_gull(&mut self.triangles, Stand::at(v3(x, y, day.tide_m), random.unit()), thing, false);
            }
        }
    }
}

/// How a boat lies: mostly across the view, since that is how harbours are passed, rocking with the wind.
fn heel(day: &Day, random: &mut Random, x: f32, y: f32, liveliness: f32) -> Stand {
    let yaw = if random.chance(0.75) {
        random.between(-0.09, 0.09) + if random.chance(0.5) { 0.5 } else { 0.0 }
    } else {
        random.unit()
    };
    let swing = 0.012 * day.wind * liveliness;
    Stand {
        place: v3(x, y, day.tide_m),
        yaw,
        roll: random.between(-swing, swing),
        pitch: random.between(-swing, swing) * 0.4,
    }
}

/// Circles of water that are taken.
#[derive(Default)]
struct Berths {
    taken: Vec<(f32, f32, f32)>,
}

impl Berths {
    /// A free circle in view between two distances, away from quay, jetty and piles.
    fn find(&mut self, random: &mut Random, nearest: f32, farthest: f32, radius: f32) -> Option<(f32, f32)> {
        for _ in 0..24 {
            // Even over the picture's rows rather than over the distance, or all would crowd at the back.
            let y = 1.0 / mix(1.0 / nearest, 1.0 / farthest, random.unit());
            let x = random.between(-HALF_VIEW, HALF_VIEW) * y;
            let ashore = x + radius > QUAY_LEFT_M - 1.0 && y + radius * 0.5 > QUAY_FRONT_M - 2.0;
            let under_jetty = x + radius > JETTY_LEFT_M - 0.8 && y - radius < JETTY_TO_M + 0.8;
            let at_pile = PILES.iter().any(|&(px, py, _)| near(x - px, y - py, radius + 0.7));
            let taken = self.taken.iter().any(|&(tx, ty, tr)| near(x - tx, (y - ty) * 1.4, radius + tr));
            if !(ashore || under_jetty || at_pile || taken) {
                self.taken.push((x, y, radius));
                return Some((x, y));
            }
        }
        None
    }
}

fn near(dx: f32, dy: f32, distance: f32) -> bool {
    dx * dx + dy * dy < distance * distance
}
