//! How many pages or frames a picture has; the first one is shown.

use std::fmt;
use std::io::{Read, Seek};

use kafka_image_bench_core::model::image_info::ImageFormat;
use tiff::decoder::Decoder;
use tiff::tags::Tag;

/// Pages and frames that are counted.
const COUNTED_MAX: u32 = 9_999;

/// Several pages or frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frames {
    /// How many, at least 2.
    pub count: u32,
    /// Pages of a document; else frames of an animation.
    pub are_pages: bool,
}

impl fmt::Display for Frames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.count == COUNTED_MAX { " or more" } else { "" };
        write!(f, "first of {}{more} {}", self.count, if self.are_pages { "pages" } else { "frames" })
    }
}

/// Counts them. `None`: there is one, or none can be counted.
pub fn frames(mut input: impl Read + Seek, format: ImageFormat) -> Option<Frames> {
    input.rewind().ok()?;
    let count = match format {
        ImageFormat::Tiff => pages_of_tiff(input),
        ImageFormat::Gif => of_gif(&mut input),
        ImageFormat::Png => of_png(&mut input),
        ImageFormat::WebP => of_webp(&mut input),
        ImageFormat::Jpeg | ImageFormat::Bmp => None,
    }?;
    let count = count.min(COUNTED_MAX);
    (count > 1).then_some(Frames { count, are_pages: format == ImageFormat::Tiff })
}

/// Pages, without the smaller versions of a page.
fn pages_of_tiff(input: impl Read + Seek) -> Option<u32> {
    let mut decoder = Decoder::new(input).ok()?;
    let mut count = 0;
    loop {
        let kind = decoder.find_tag_unsigned::<u32>(Tag::NewSubfileType).ok().flatten().unwrap_or(0);
        count += u32::from(kind & 1 == 0);
        if count >= COUNTED_MAX || !decoder.more_images() || decoder.next_image().is_err() {
            return Some(count);
        }
    }
}

/// Images among the blocks (GIF89a, 15 to 26).
fn of_gif(input: &mut (impl Read + Seek)) -> Option<u32> {
    let screen: [u8; 13] = bytes(input)?;
    skip_colors(input, screen[10])?;
    let mut count = 0;
    while count < COUNTED_MAX {
        match bytes::<1>(input) {
            Some([0x21]) => {
                bytes::<1>(input)?;
            }
            Some([0x2c]) => {
                count += 1;
                let descriptor: [u8; 9] = bytes(input)?;
                skip_colors(input, descriptor[8])?;
                bytes::<1>(input)?;
            }
            _ => break,
        }
        // Sub-blocks, up to an empty one.
        loop {
            match bytes::<1>(input) {
                Some([0]) => break,
                Some([length]) => skip(input, length.into())?,
                None => return Some(count),
            }
        }
    }
    Some(count)
}

fn skip_colors(input: &mut impl Seek, flags: u8) -> Option<()> {
    if flags & 0x80 == 0 { Some(()) } else { skip(input, 3 << ((flags & 7) + 1)) }
}

/// From the chunk acTL, which precedes the first image (PNG 3, 11.3.6.1).
fn of_png(input: &mut (impl Read + Seek)) -> Option<u32> {
    skip(input, 8)?;
    loop {
        let [l0, l1, l2, l3, kind @ ..] = bytes::<8>(input)?;
        match &kind {
            b"acTL" => return bytes(input).map(u32::from_be_bytes),
            b"IDAT" | b"IEND" => return None,
            _ => skip(input, i64::from(u32::from_be_bytes([l0, l1, l2, l3])) + 4)?,
        }
    }
}

/// Chunks ANMF (RFC 9649, 2.7.1.1).
fn of_webp(input: &mut (impl Read + Seek)) -> Option<u32> {
    skip(input, 12)?;
    let mut count = 0;
    while let Some([kind @ .., l0, l1, l2, l3]) = bytes::<8>(input)
        && count < COUNTED_MAX
    {
        count += u32::from(&kind == b"ANMF");
        let length = i64::from(u32::from_le_bytes([l0, l1, l2, l3]));
        skip(input, length + length % 2)?;
    }
    Some(count)
}

fn bytes<const N: usize>(input: &mut impl Read) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes).ok().map(|()| bytes)
}

fn skip(input: &mut impl Seek, bytes: i64) -> Option<()> {
    // Unlike `seek`, this keeps what a `BufReader` has read ahead.
    input.seek_relative(bytes).ok()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::Path;

    use super::*;

    #[test]
    fn animations_and_pages_are_counted() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/odd_images");
        let count = |name: &str, format| {
            let bytes = std::fs::read(folder.join(name)).unwrap();
            // Wherever it is cut, it is counted or not.
            (0..bytes.len()).for_each(|length| _ = frames(Cursor::new(&bytes[..length]), format));
            frames(Cursor::new(&bytes), format).map(|frames| frames.to_string())
        };
        let two = Some("first of 2 frames".to_owned());
        assert_eq!(count("animated.gif", ImageFormat::Gif), two);
        assert_eq!(count("animated.png", ImageFormat::Png), two);
        assert_eq!(count("animated.webp", ImageFormat::WebP), two);
        for (name, format) in [
            ("gif87a.gif", ImageFormat::Gif),
            ("palette.png", ImageFormat::Png),
            ("lossless.webp", ImageFormat::WebP),
            ("little_endian.tif", ImageFormat::Tiff),
        ] {
            assert_eq!(count(name, format), None, "{name}");
        }
        let mut pages = Cursor::new(Vec::new());
        let mut encoder = tiff::encoder::TiffEncoder::new(&mut pages).unwrap();
        for number in 0..3 {
            let mut page = encoder.new_image::<tiff::encoder::colortype::Gray8>(2, 2).unwrap();
            // The last one is a smaller version.
            page.encoder().write_tag(Tag::NewSubfileType, u32::from(number == 2)).unwrap();
            page.write_data(&[0; 4]).unwrap();
        }
        assert_eq!(frames(pages, ImageFormat::Tiff).unwrap().to_string(), "first of 2 pages");
    }
}
