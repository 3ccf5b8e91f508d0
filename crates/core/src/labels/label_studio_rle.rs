//! The pixels of a brush in Label Studio's files: a run-length code of bits over the red, green, blue and alpha of all pixels,
//! row by row, which `@thi.ng/rle-pack` defines and `decode_rle` of label-studio-converter's `brush.py` reads. What was painted
//! has an alpha above 0.

use crate::model::mask::Mask;

/// The most pixels of a mask.
const PIXELS_MAX: u64 = 1 << 28;

/// The mask of a picture of `[width, height]`. The error says what is damaged.
pub(super) fn mask(code: &[u8], size_px: [u32; 2]) -> Result<Mask, String> {
    let mut bits = Bits { code, at: 0 };
    let damaged = || "its rle ends too early".to_owned();
    let count = u64::from(bits.read(32).ok_or_else(damaged)?);
    let pixels = u64::from(size_px[0]) * u64::from(size_px[1]);
    if pixels > PIXELS_MAX || count != 4 * pixels {
        return Err(format!("its rle has {} pixels, and the picture {} × {}", count / 4, size_px[0], size_px[1]));
    }
    let painted = painted(&mut bits, count as usize).ok_or_else(damaged)?;
    let width = size_px[0] as usize;
    let is_painted = |x: u32, y: u32| painted.get(y as usize * width + x as usize) == Some(&true);
    Ok(Mask::of(size_px, is_painted))
}

/// Whether each pixel is painted. `None`: the code ends too early.
fn painted(bits: &mut Bits<'_>, count: usize) -> Option<Vec<bool>> {
    let word_bits = bits.read(5)? + 1;
    let mut run_bits = [0; 4];
    for size in &mut run_bits {
        *size = bits.read(4)? + 1;
    }
    let mut painted = vec![false; count / 4];
    let mut at = 0;
    while at < count {
        let is_run = bits.read(1)? == 1;
        let size = run_bits[bits.read(2)? as usize];
        let end = count.min(at + 1 + bits.read(size)? as usize);
        if is_run {
            // The alpha of a pixel is its fourth value.
            let is_set = bits.read(word_bits)? != 0;
            painted.get_mut(at / 4..end / 4)?.fill(is_set);
            at = end;
            continue;
        }
        while at < end {
            let is_set = bits.read(word_bits)? != 0;
            if at % 4 == 3 {
                *painted.get_mut(at / 4)? = is_set;
            }
            at += 1;
        }
    }
    Some(painted)
}

/// Bits, the highest of each byte first.
struct Bits<'a> {
    code: &'a [u8],
    /// The next bit.
    at: usize,
}

impl Bits<'_> {
    /// A number of at most 32 bits.
    fn read(&mut self, count: u32) -> Option<u32> {
        let end = self.at + count as usize;
        let bytes = self.code.get(self.at / 8..end.div_ceil(8))?;
        let number = bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let rest = bytes.len() * 8 - self.at % 8 - count as usize;
        self.at = end;
        Some((number >> rest & ((1 << count) - 1)) as u32)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As `encode_rle` of `brush.py` writes it.
    fn encoded(values: &[u8]) -> Vec<u8> {
        let mut bits = format!("{:032b}{:05b}", values.len(), 7);
        for size in [3, 4, 8, 16] {
            bits += &format!("{:04b}", size - 1);
        }
        for run in values.chunk_by(|one, other| one == other) {
            for run in run.chunks(1 << 16) {
                bits += &match run.len() {
                    1 => format!("000000{:08b}", run[0]),
                    length @ 2..=8 => format!("100{:03b}{:08b}", length - 1, run[0]),
                    length @ 9..=16 => format!("101{:04b}{:08b}", length - 1, run[0]),
                    length @ 17..=256 => format!("110{:08b}{:08b}", length - 1, run[0]),
                    length => format!("111{:016b}{:08b}", length - 1, run[0]),
                };
            }
        }
        bits += &"0".repeat(8 - bits.len() % 8);
        let bytes = bits.as_bytes().chunks(8);
        bytes.map(|byte| u8::from_str_radix(str::from_utf8(byte).unwrap(), 2).unwrap()).collect()
    }

    /// Of the alpha of each pixel.
    pub(in super::super) fn encoded_alpha(alpha: impl IntoIterator<Item = u8>) -> Vec<u8> {
        encoded(&alpha.into_iter().flat_map(|alpha| [0, 255, 0, alpha]).collect::<Vec<_>>())
    }

    #[test]
    fn the_code_is_the_one_of_the_converter() {
        // `test_rle_encoding` of label-studio-converter.
        let expected = [0, 0, 0, 18, 57, 27, 252, 96, 32, 1, 0, 6, 0, 40, 0, 192, 3, 128, 17, 56, 32];
        assert_eq!(encoded(&[1, 1, 1, 1, 2, 3, 5, 6, 7, 8, 4, 4, 4, 4, 4, 4, 4, 4]), expected);
    }

    proptest! {
        #[test]
        fn what_was_painted_comes_back(alpha in prop::collection::vec(prop_oneof![Just(0_u8), Just(255), any::<u8>()], 60)) {
            let mask = mask(&encoded_alpha(alpha.clone()), [10, 6]).unwrap();
            prop_assert_eq!(mask, Mask::of([10, 6], |x, y| alpha[(y * 10 + x) as usize] > 0));
        }

        #[test]
        fn damage_is_an_error(code in prop::collection::vec(any::<u8>(), 0..40), side: u32) {
            let _ = mask(&code, [side, 3]);
            let _ = mask(&code, [u32::MAX, side]);
            let whole = encoded_alpha([9; 60]);
            prop_assert!(mask(&whole[..code.len().min(whole.len() - 3)], [10, 6]).is_err());
        }
    }
}
