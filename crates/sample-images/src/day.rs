//! What a date brings: season, weather, hour, tide and the light that follows from them.

use jiff::civil::Date;

use super::maths::{V3, cos_turns, exp_neg, grey, mix, mix3, sin_turns, smooth, unit, v3};
use super::noise::fbm;
use super::random::Random;

const DAYS_PER_YEAR: f32 = 365.25;
/// Latitude 53 degrees north: the sine and cosine of it.
const LATITUDE_SIN: f32 = 0.7986;
const LATITUDE_COS: f32 = 0.6018;
/// The camera looks north-west; in turns from north, clockwise.
const CAMERA_HEADING: f32 = 0.875;
/// Half a lunar day, from one high water to the next.
const TIDE_HOURS: f64 = 12.4206;
/// From spring tide to spring tide.
const SPRING_NEAP_DAYS: f64 = 14.765;

/// The kinds of weather the harbour sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    Clear,
    Broken,
    Overcast,
    Rain,
    Fog,
    Snow,
}

impl Weather {
    fn cloud_cover(self, random: &mut Random) -> f32 {
        match self {
            Self::Clear => random.between(0.05, 0.30),
            Self::Broken => random.between(0.38, 0.66),
            _ => 1.0,
        }
    }

    fn wind(self, random: &mut Random) -> f32 {
        match self {
            Self::Fog => random.between(0.05, 0.2),
            Self::Rain => random.between(0.35, 1.0),
            _ => random.between(0.08, 0.8),
        }
    }

    fn wetness(self) -> f32 {
        match self {
            Self::Rain => 1.0,
            Self::Fog | Self::Snow => 0.4,
            _ => 0.0,
        }
    }

    fn haze_per_m(self, random: &mut Random) -> f32 {
        match self {
            Self::Clear => random.between(0.000_15, 0.000_5),
            Self::Broken => random.between(0.000_2, 0.000_8),
            Self::Overcast => random.between(0.000_5, 0.001_4),
            Self::Rain => random.between(0.001_5, 0.004),
            Self::Snow => random.between(0.002_5, 0.006),
            Self::Fog => random.between(0.006, 0.015),
        }
    }
}

/// All that differs from day to day but the things people move.
#[derive(Clone, Debug)]
pub struct Day {
    pub date: Date,
    /// Of everything on this day; the same for the same date, wherever the series begins.
    pub seed: u64,
    pub minute_of_day: u32,
    /// 0 at new year, 1 at the next.
    pub year_part: f32,
    pub weather: Weather,
    /// 0 for none, 1 for a closed cover.
    pub cloud_cover: f32,
    /// 0 for a mirror, 1 for a stiff breeze.
    pub wind: f32,
    /// Water level against its mean, in metres.
    pub tide_m: f32,
    /// 0 for none, 1 for all that lies flat.
    pub snow_cover: f32,
    pub wetness: f32,
    /// How much light is lost per metre of air.
    pub haze_per_m: f32,
    pub to_sun: V3,
    /// Linear light of the sun that arrives, 0 behind a closed cover.
    pub sun_light: V3,
    /// Linear light of the whole sky on a flat surface.
    pub sky_light: V3,
    pub zenith: V3,
    pub horizon: V3,
}

impl Day {
    /// The day at the harbour that `seed` stands for.
    pub fn new(date: Date, seed: u64) -> Self {
        let number = day_number(date);
        let mut random = Random::new(seed ^ (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15), 1);
        let day_seed = random.next();
        let year_part = (f32::from(date.day_of_year()) - 1.0) / DAYS_PER_YEAR;

        // Weather holds for some days: a slow curve over the dates, and a little of each day's own.
        let slow = (number % 1_000_000) as f32 * 0.37;
        let site = seed as u32;
        let pressure = fbm(slow, 0.5, 2, site ^ 0x51) * 0.85 + random.between(-0.4, 0.4);
        let winter = unit(0.5 + 0.5 * cos_turns(year_part - 0.055));
        let warmth = 17.5 - 18.0 * winter + 5.5 * fbm(slow * 0.7, 9.5, 2, site ^ 0x77) + random.between(-1.5, 1.5);
        let still = random.chance(0.22);
        let weather = match pressure {
            p if p > 0.17 => Weather::Clear,
            p if p > -0.22 => Weather::Broken,
            p if p > -0.35 && still && winter > 0.15 => Weather::Fog,
            p if p > -0.36 => Weather::Overcast,
            _ if warmth < 2.2 => Weather::Snow,
            _ => Weather::Rain,
        };
        let cloud_cover = weather.cloud_cover(&mut random);
        let wind = weather.wind(&mut random);
        let lying = warmth < 1.0 && fbm(slow * 0.6, 40.0, 2, site ^ 0x99) > -0.25;
        let snow_cover = match weather {
            Weather::Snow => random.between(0.75, 1.0),
            _ if lying => random.between(0.35, 0.9),
            _ => 0.0,
        };
        let haze_per_m = weather.haze_per_m(&mut random);

        // Most days near noon; on some the light is low and golden.
        let golden = random.chance(0.30);
        let late = random.chance(0.6);
        let (to_sun, minute_of_day) = match (golden, late) {
            (true, late) => low_sun(year_part, random.between(0.10, 0.24), late),
            (false, _) => {
                let minute = random.between(9.3 * 60.0, 15.2 * 60.0) as u32;
                (sun_direction(year_part, minute), minute)
            }
        };
        let light = Light::new(weather, cloud_cover, to_sun.z);

        Self {
            date,
            seed: day_seed,
            minute_of_day,
            year_part,
            weather,
            cloud_cover,
            wind,
            tide_m: tide(number, minute_of_day),
            snow_cover,
            wetness: weather.wetness(),
            haze_per_m,
            to_sun,
            sun_light: light.sun,
            sky_light: light.sky,
            zenith: light.zenith,
            horizon: light.horizon,
        }
    }

    /// Local time of the picture, as COCO writes it.
    pub fn date_captured(&self) -> String {
        format!("{}T{:02}:{:02}:00", self.date, self.minute_of_day / 60, self.minute_of_day % 60)
    }

    /// How much of what is `metres` away comes through the air.
    pub fn seen_through(&self, metres: f32) -> f32 {
        exp_neg(metres * self.haze_per_m)
    }
}

struct Light {
    sun: V3,
    sky: V3,
    zenith: V3,
    horizon: V3,
}

impl Light {
    fn new(weather: Weather, cloud_cover: f32, sun_height: f32) -> Self {
        let air = 1.0 / (sun_height.max(0.0) + 0.07);
        let colour = v3(exp_neg(0.055 * air), exp_neg(0.125 * air), exp_neg(0.27 * air));
        let low = smooth(0.34, 0.06, sun_height);
        let through = match weather {
            Weather::Clear => 1.0,
            Weather::Broken => 0.92,
            Weather::Overcast => 0.10,
            Weather::Fog => 0.06,
            Weather::Rain => 0.02,
            Weather::Snow => 0.04,
        };
        let bright = mix(0.45, 1.0, smooth(0.0, 0.5, sun_height));
        let clear_zenith = mix3(v3(0.11, 0.25, 0.60), v3(0.12, 0.27, 0.50), low) * bright;
        let clear_horizon = mix3(v3(0.58, 0.72, 0.92), v3(1.06, 0.74, 0.44), low) * bright;
        let cover_colour = match weather {
            Weather::Rain => v3(0.40, 0.44, 0.49),
            Weather::Fog => v3(0.66, 0.68, 0.69),
            Weather::Snow => v3(0.60, 0.63, 0.67),
            _ => mix3(v3(0.54, 0.60, 0.67), v3(0.60, 0.59, 0.60), low),
        } * bright;
        let closed = if matches!(weather, Weather::Clear | Weather::Broken) { 0.0 } else { 1.0 };
        let zenith = mix3(clear_zenith, cover_colour * 0.86, closed);
        let horizon = mix3(clear_horizon, cover_colour * 1.08, closed);
        let veil = mix3(zenith * 0.75 + horizon * 0.25, grey(0.6 * bright), cloud_cover * 0.4 * (1.0 - closed));
        Self { sun: colour * (3.1 * through), sky: veil * mix(1.0, 1.25, closed), zenith, horizon }
    }
}

fn day_number(date: Date) -> i64 {
    // Days since 0000-03-01, by the usual whole-number rule; only the order and the distance matter.
    let month = i64::from(date.month());
    let year = i64::from(date.year()) - i64::from(month <= 2);
    let shifted = (month + 9) % 12;
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * shifted + 2) / 5 + i64::from(date.day()) - 1
}

fn tide(number: i64, minute: u32) -> f32 {
    let hours = number as f64 * 24.0 + f64::from(minute) / 60.0;
    let high_water = (hours / TIDE_HOURS).fract() as f32;
    let springs = (number as f64 / SPRING_NEAP_DAYS).fract() as f32;
    (0.95 + 0.30 * cos_turns(springs)) * cos_turns(high_water)
}

/// Towards the sun, in the camera's axes.
fn sun_direction(year_part: f32, minute: u32) -> V3 {
    let declination_sin = 0.3978 * sin_turns(year_part - 0.219);
    let declination_cos = (1.0 - declination_sin * declination_sin).sqrt();
    let hour = (minute as f32 / 60.0 - 12.4) / 24.0;
    let up = LATITUDE_SIN * declination_sin + LATITUDE_COS * declination_cos * cos_turns(hour);
    let south = LATITUDE_SIN * declination_cos * cos_turns(hour) - LATITUDE_COS * declination_sin;
    let east = -declination_cos * sin_turns(hour);
    let (heading_north, heading_east) = (cos_turns(CAMERA_HEADING), sin_turns(CAMERA_HEADING));
    let ahead = -south * heading_north + east * heading_east;
    let right = south * heading_east + east * heading_north;
    v3(right, ahead, up.max(0.05)).normalised()
}

/// The minute before noon or after it at which the sun stands nearest to `height` (its sine).
fn low_sun(year_part: f32, height: f32, late: bool) -> (V3, u32) {
    let mut best = (sun_direction(year_part, 744), 744);
    for step in 0..48u32 {
        let minute = if late { 744 + step * 10 } else { 744 - step * 10 };
        let direction = sun_direction(year_part, minute);
        if (direction.z - height).abs() < (best.0.z - height).abs() {
            best = (direction, minute);
        }
    }
    best
}
