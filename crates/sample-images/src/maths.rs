//! Vectors and the few curves the renderer needs.
//!
//! The platform's `sin`, `exp` and `pow` differ in the last bit from one libm to the next, and one bit is
//! enough to change a file. Everything here is made of + - * / and `sqrt`, which IEEE 754 fixes.

use std::ops::{Add, Mul, Neg, Sub};

/// Three numbers: a place in metres (x right, y away from the camera, z up), a direction, or linear red, green, blue.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct V3 {
    pub x: f32,
    pub y: f32,
    pub z: f32,
}

/// Short for a [`V3`].
pub const fn v3(x: f32, y: f32, z: f32) -> V3 {
    V3 { x, y, z }
}

impl Add for V3 {
    type Output = V3;
    fn add(self, o: V3) -> V3 {
        v3(self.x + o.x, self.y + o.y, self.z + o.z)
    }
}

impl Sub for V3 {
    type Output = V3;
    fn sub(self, o: V3) -> V3 {
        v3(self.x - o.x, self.y - o.y, self.z - o.z)
    }
}

impl Mul<f32> for V3 {
    type Output = V3;
    fn mul(self, k: f32) -> V3 {
        v3(self.x * k, self.y * k, self.z * k)
    }
}

impl Mul for V3 {
    type Output = V3;
    fn mul(self, o: V3) -> V3 {
        v3(self.x * o.x, self.y * o.y, self.z * o.z)
    }
}

impl Neg for V3 {
    type Output = V3;
    fn neg(self) -> V3 {
        v3(-self.x, -self.y, -self.z)
    }
}

impl V3 {
    pub const ZERO: V3 = v3(0.0, 0.0, 0.0);
    pub const UP: V3 = v3(0.0, 0.0, 1.0);

    pub fn dot(self, o: V3) -> f32 {
        self.x * o.x + self.y * o.y + self.z * o.z
    }

    pub fn cross(self, o: V3) -> V3 {
        v3(self.y * o.z - self.z * o.y, self.z * o.x - self.x * o.z, self.x * o.y - self.y * o.x)
    }

    /// The same direction with length 1; a vector of no length points up.
    pub fn normalised(self) -> V3 {
        let squared = self.dot(self);
        if squared > 1e-12 { self * (1.0 / squared.sqrt()) } else { V3::UP }
    }

    /// How bright a linear colour is to the eye (Rec. 709).
    pub fn luminance(self) -> f32 {
        0.2126 * self.x + 0.7152 * self.y + 0.0722 * self.z
    }
}

/// A grey.
pub const fn grey(value: f32) -> V3 {
    v3(value, value, value)
}

pub fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

pub fn mix3(a: V3, b: V3, t: f32) -> V3 {
    a + (b - a) * t
}

pub fn unit(x: f32) -> f32 {
    x.clamp(0.0, 1.0)
}

/// The whole number at or below `x`, also as `f32`. Exact for all places in a scene, and several times faster than
/// `floor` where the processor is only assumed to have what every x86-64 has.
pub fn floor(x: f32) -> (f32, i32) {
    let whole = x as i32;
    let below = if whole as f32 > x { whole.wrapping_sub(1) } else { whole };
    (below as f32, below)
}

/// The whole number at or above `x`.
pub fn ceil(x: f32) -> f32 {
    -floor(-x).0
}

/// What is left of `x` above the whole number below it, 0..1.
pub fn fraction(x: f32) -> f32 {
    x - floor(x).0
}

/// Hermite step: 0 up to `from`, 1 beyond `to`; `from` may be the larger.
pub fn smooth(from: f32, to: f32, x: f32) -> f32 {
    let t = unit((x - from) / (to - from));
    t * t * (3.0 - 2.0 * t)
}

/// The sine of an angle in turns (1.0 is once round); off by less than 2e-4.
pub fn sin_turns(turns: f32) -> f32 {
    let mut t = turns - floor(turns + 0.5).0;
    if t > 0.25 {
        t = 0.5 - t;
    } else if t < -0.25 {
        t = -0.5 - t;
    }
    let x = t * std::f32::consts::TAU;
    let s = x * x;
    x * (1.0 - s / 6.0 * (1.0 - s / 20.0 * (1.0 - s / 42.0)))
}

/// The cosine of an angle in turns.
pub fn cos_turns(turns: f32) -> f32 {
    sin_turns(turns + 0.25)
}

/// e to the power of `-x`, for `x` of 0 and more; 1 below.
pub fn exp_neg(x: f32) -> f32 {
    let u = x.clamp(0.0, 40.0) / 256.0;
    let mut e = 1.0 - u * (1.0 - u * (0.5 - u / 6.0));
    for _ in 0..8 {
        e *= e;
    }
    e
}

/// `x` to the power of 2 to the `doublings`.
pub fn power_of_two(x: f32, doublings: u32) -> f32 {
    let mut value = x;
    for _ in 0..doublings {
        value *= value;
    }
    value
}
