//! The images that a benchmark sends from memory.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::error::BenchmarkError;
use crate::configuration::{Encoding, RecordKey, Replay};
use crate::labels::{LabelRule, Labels};
use crate::pipeline::source::{self, Candidate, CaptureTime, Entry, Found, Selection, SourceError, Timetable};
use crate::results::PayloadInfo;
use crate::run::error::SettingsError;

/// Bytes of images that are kept in memory; from a larger folder evenly spaced images are sent.
pub const POOL_BYTES: u64 = 256 * 1024 * 1024;

/// The images of a folder that are sent.
pub struct Chosen {
    candidates: Vec<Candidate>,
    /// The largest image of the folder; pipeline mode sends it even if it is not in the pool.
    pub largest_bytes: u64,
    /// The same in numbers.
    pub info: PayloadInfo,
    /// When the images are due, if their capture times are replayed.
    pub playback: Option<Arc<Playback>>,
}

/// The times of a whole folder, and what of the pool is sent at each.
pub struct Playback {
    /// The times of all images of the folder.
    pub table: Timetable,
    /// By image of the folder: the image of the pool that is sent for it. In a pool that holds only a part of the folder, an
    /// image stands for those that follow it too.
    stand_ins: Vec<usize>,
}

/// Encoded images, sent in turn.
pub struct Pool {
    /// The values of records.
    pub values: Vec<Vec<u8>>,
    /// Sizes of the image files in bytes, by the same index.
    pub image_bytes: Vec<u64>,
    /// Names and labels of the images, likewise.
    names: Vec<(String, String)>,
}

/// Finds the images below `input` and chooses those that fit into memory: every n-th, so that all parts of the folder are
/// represented.
///
/// # Errors
/// The folder cannot be read, or has no images.
pub fn choose(
    input: &Path,
    exclude: &[PathBuf],
    selection: Selection,
    pool_bytes: u64,
    replay: Option<Replay>,
) -> Result<Chosen, BenchmarkError> {
    let mut all = Vec::new();
    source::scan(input, exclude, selection, &|_| false, &mut |found| {
        if let Found::Image(candidate) = found {
            all.push(candidate);
        }
        ControlFlow::Continue(())
    })?;
    if all.is_empty() {
        let input = input.display();
        return Err(SettingsError(format!("there are no images to send; give a folder with --input: {input}")).into());
    }
    let largest_bytes = all.iter().map(|one| one.size_bytes).max().unwrap_or(0);
    let (folder_images, folder_bytes) = (all.len() as u64, all.iter().map(|one| one.size_bytes).sum());
    let times = replay.map(|replay| timetable(&all, replay));
    let (candidates, drawn) = draw(all, folder_bytes, pool_bytes);
    let stand_in = |image: usize| drawn.partition_point(|drawn| *drawn <= image).saturating_sub(1);
    let stand_ins = || (0..).map(stand_in).take(folder_images as usize).collect();
    let playback = times.map(|table| Arc::new(Playback { table, stand_ins: stand_ins() }));
    let mut sizes: Vec<u64> = candidates.iter().map(|one| one.size_bytes).collect();
    sizes.sort_unstable();
    let info = PayloadInfo {
        input: input.display().to_string(),
        folder_images,
        folder_bytes,
        pool_images: sizes.len() as u64,
        min_bytes: sizes.first().copied().unwrap_or(0),
        mean_bytes: sizes.iter().sum::<u64>() as f64 / sizes.len().max(1) as f64,
        p95_bytes: nearest_rank(&sizes, 0.95),
        max_bytes: sizes.last().copied().unwrap_or(0),
        any_file: selection.is_any_file(),
    };
    Ok(Chosen { candidates, largest_bytes, info, playback })
}

fn timetable(all: &[Candidate], replay: Replay) -> Timetable {
    let zone = TimeZone::system();
    let captures: Vec<CaptureTime> =
        all.iter().map(|one| CaptureTime::of_file(&one.path, one.modified, &zone)).collect();
    Timetable::new(&captures, replay)
}

/// All images if they fit; otherwise evenly spaced ones, at least one. Also their places among all.
fn draw(all: Vec<Candidate>, total_bytes: u64, pool_bytes: u64) -> (Vec<Candidate>, Vec<usize>) {
    if total_bytes <= pool_bytes {
        let places = (0..all.len()).collect();
        return (all, places);
    }
    let (count, share) = (all.len(), pool_bytes as f64 / total_bytes as f64);
    let wanted = ((count as f64 * share) as usize).max(1);
    let mut room_bytes = pool_bytes;
    let (mut drawn, mut places) = (Vec::with_capacity(wanted), Vec::with_capacity(wanted));
    let mut next = 0;
    for (index, candidate) in all.into_iter().enumerate() {
        if index == next * count / wanted && next < wanted {
            next += 1;
            // The first one is always taken, so that there is something to send.
            if drawn.is_empty() || candidate.size_bytes <= room_bytes {
                room_bytes = room_bytes.saturating_sub(candidate.size_bytes);
                drawn.push(candidate);
                places.push(index);
            }
        }
    }
    (drawn, places)
}

impl Playback {
    /// The image of the pool that is sent as record `number`, from 0, and when it is due after the start.
    pub fn entry(&self, number: u64) -> Option<(usize, Duration)> {
        let Entry { image, due } = self.table.entry(number)?;
        Some((*self.stand_ins.get(image)?, due))
    }
}

/// The nearest-rank percentile of sorted sizes.
fn nearest_rank(sorted: &[u64], quantile: f64) -> u64 {
    let rank = (quantile * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

impl Chosen {
    /// Reads and encodes the images, each labelled by its file name.
    ///
    /// # Errors
    /// An image can no longer be read.
    pub fn encode(&self, encoding: Encoding) -> Result<Pool, SourceError> {
        let labels = Labels::open(&LabelRule::default(), Path::new(".")).map_err(SourceError::from)?;
        let mut pool = Pool { values: Vec::new(), image_bytes: Vec::new(), names: Vec::new() };
        for candidate in &self.candidates {
            let image = std::fs::read(&candidate.path)
                .map_err(|source| SourceError::Input { path: candidate.path.clone(), source })?;
            let label = labels.label_of(&candidate.path, &candidate.listed_name).unwrap_or_default();
            pool.image_bytes.push(image.len() as u64);
            pool.values.push(encoding.encode(&image, &label).into_owned());
            pool.names.push((candidate.listed_name.clone(), label));
        }
        Ok(pool)
    }
}

impl Pool {
    /// The records' keys, by the index of their values.
    pub fn keys(&self, key: RecordKey) -> Vec<Option<String>> {
        self.names.iter().map(|(name, label)| key.of(name, label).map(str::to_owned)).collect()
    }

    /// Bytes of the smallest value.
    pub fn min_value_bytes(&self) -> usize {
        self.values.iter().map(Vec::len).min().unwrap_or(0)
    }

    /// Bytes of the largest value.
    pub fn max_value_bytes(&self) -> usize {
        self.values.iter().map(Vec::len).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(images: u32) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..images {
            let mut gif = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;".to_vec();
            gif.resize(100 + number as usize, 0);
            std::fs::write(folder.path().join(format!("{number:03}.gif")), gif).unwrap();
        }
        folder
    }

    #[test]
    fn a_small_folder_is_sent_whole() {
        let folder = folder(20);
        let chosen = choose(folder.path(), &[], Selection::Images, POOL_BYTES, None).unwrap();
        assert_eq!((chosen.info.folder_images, chosen.info.pool_images), (20, 20));
        assert_eq!((chosen.info.min_bytes, chosen.info.p95_bytes, chosen.info.max_bytes), (100, 118, 119));
        assert!((chosen.info.mean_bytes - 109.5).abs() < 1e-9);
        let pool = chosen.encode(Encoding::Raw).unwrap();
        assert_eq!((pool.min_value_bytes(), pool.max_value_bytes()), (100, 119));
    }

    #[test]
    fn a_large_folder_is_drawn_from_evenly() {
        let folder = folder(100);
        let chosen = choose(folder.path(), &[], Selection::Images, 3_000, None).unwrap();
        let total: u64 = chosen.candidates.iter().map(|one| one.size_bytes).sum();
        assert!(total <= 3_000 && chosen.info.pool_images >= 15, "{:?}", chosen.info);
        let numbers: Vec<u64> = chosen.candidates.iter().map(|one| one.size_bytes - 100).collect();
        let gaps: Vec<u64> = numbers.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.iter().all(|gap| (4..=12).contains(gap)), "{numbers:?}");
    }

    #[test]
    fn a_part_of_a_folder_is_replayed_at_the_times_of_the_whole() {
        let folder = folder(100);
        // The last image by name is the first by time.
        for number in 0..100_u64 {
            let file = std::fs::File::options().append(true).open(folder.path().join(format!("{number:03}.gif")));
            let modified = std::time::UNIX_EPOCH + Duration::from_secs(10_000 - number);
            file.unwrap().set_modified(modified).unwrap();
        }
        let replay = Replay { speed: 10.0, longest_pause_s: None };
        let chosen = choose(folder.path(), &[], Selection::Images, 3_000, Some(replay)).unwrap();
        let playback = chosen.playback.as_deref().unwrap();
        assert_eq!((playback.table.outline.images, playback.table.outline.by_file_time), (100, 100));
        for number in 0..100 {
            let (pool_index, due) = playback.entry(number).unwrap();
            assert_eq!(due, Duration::from_millis(100) * number as u32);
            let sent = chosen.candidates[pool_index].size_bytes - 100;
            assert!((0..12).contains(&(99 - number).saturating_sub(sent)), "{sent} for {}", 99 - number);
        }
    }

    #[test]
    fn an_empty_folder_is_named() {
        let folder = folder(0);
        assert!(choose(folder.path(), &[], Selection::Images, 1, None).err().unwrap().to_string().contains("--input"));
    }
}
