//! WebDataset: in a folder a split tar files, and in these of each image `KEY.EXT` and `KEY.json`.
//!
//! Carries everything: `objects` in `KEY.json` is the header `objects` of messages, and `frame` the header `objects-frame`.
//! Its readers do not turn pictures, so boxes are in pixels of the stored one.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{self, Write};

use serde::Serialize;

use super::{Distinct, Losses, SetFiles, SetFormat, SetImage, SetWriter};
use crate::model::frame::Orientation;
use crate::model::objects::LabelledObject;

pub(super) static FORMAT: SetFormat = SetFormat {
    name: "webdataset",
    title: "WebDataset",
    distinct: Distinct::Key,
    needs_label: false,
    last: "train",
    open: |_| Box::new(WebDataset::default()),
};

/// A shard is full with this many images, or bytes.
const SHARD_IMAGES_MAX: u32 = 10_000;
const SHARD_BYTES_MAX: u64 = 1 << 30;

/// `KEY.json`.
#[derive(Serialize)]
struct Described<'a> {
    file_name: &'a str,
    label: &'a str,
    frame: StoredFrame,
    objects: &'a [LabelledObject],
}

#[derive(Serialize)]
struct StoredFrame {
    width: u32,
    height: u32,
    orientation: Orientation,
}

#[derive(Default)]
struct WebDataset(BTreeMap<String, Shards>);

/// The tar files of a split.
struct Shards {
    tar: tar::Builder<Box<dyn Write + Send>>,
    number: u32,
    images: u32,
    bytes: u64,
}

impl Shards {
    fn begin(split: &str, number: u32, files: &mut dyn SetFiles) -> io::Result<Self> {
        let tar = tar::Builder::new(files.create(&format!("{split}/{split}-{number:06}.tar"))?);
        Ok(Self { tar, number, images: 0, bytes: 0 })
    }

    fn end(self) -> io::Result<()> {
        self.tar.into_inner()?.flush()
    }

    fn append(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        self.bytes += content.len() as u64;
        self.tar.append_data(&mut header, name, content)
    }

    fn is_full(&self) -> bool {
        self.images >= SHARD_IMAGES_MAX || self.bytes >= SHARD_BYTES_MAX
    }
}

impl SetWriter for WebDataset {
    fn add(&mut self, image: &SetImage<'_>, files: &mut dyn SetFiles, _losses: &mut Losses) -> io::Result<()> {
        let bytes = files.image_bytes()?;
        let shards = match self.0.entry(image.split.to_owned()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Shards::begin(image.split, 0, files)?),
        };
        if shards.is_full() {
            let next = Shards::begin(image.split, shards.number + 1, files)?;
            std::mem::replace(shards, next).end()?;
        }
        let [width, height] = image.frame.stored_px;
        let described = Described {
            file_name: image.sent_as.unwrap_or(image.name),
            label: image.label,
            frame: StoredFrame { width, height, orientation: image.frame.orientation },
            objects: image.objects,
        };
        shards.append(&format!("{}.{}", image.stem(), image.extension()), &bytes)?;
        shards.append(&format!("{}.json", image.stem()), &serde_json::to_vec(&described)?)?;
        shards.images += 1;
        Ok(())
    }

    fn finish(self: Box<Self>, _files: &mut dyn SetFiles) -> io::Result<()> {
        self.0.into_values().try_for_each(Shards::end)
    }
}
