//! Reads a partition's segments at start: builds the index from the batch headers, verifies what the last checkpoint
//! does not vouch for, and cuts a torn tail.

use std::fs::{File, OpenOptions};
use std::io;

use super::checkpoint::Checkpoint;
use super::file_log::FileLog;
use super::producers::Producers;
use super::segment::Segment;
use super::walk::Walk;
use crate::files;

/// Fills an empty [`FileLog`] from its folder. Returns the producers' state and how many bytes no checkpoint covers.
pub(super) fn recover(log: &mut FileLog) -> io::Result<(Producers, u64)> {
    let (checkpoint, mut producers) = Checkpoint::read(&log.folder).unwrap_or_default();
    log.start_offset = checkpoint.start_offset;
    let mut unverified = 0;
    let bases = segment_bases(log)?;
    for (at, &base_offset) in bases.iter().enumerate() {
        if base_offset < log.next_offset {
            tracing::error!("skipping a segment that overlaps the one before: {}", name(log, base_offset));
            continue;
        }
        let is_last = at + 1 == bases.len();
        let known = match base_offset.cmp(&checkpoint.segment) {
            std::cmp::Ordering::Less => u64::MAX,
            std::cmp::Ordering::Equal => checkpoint.position,
            std::cmp::Ordering::Greater => 0,
        };
        let (segment, length) = scan(log, base_offset, known, &mut producers)?;
        unverified += segment.size.saturating_sub(known);
        log.next_offset = segment.end_offset;
        if segment.size < length {
            let cut = length - segment.size;
            // Bytes behind the checkpoint may be a write that never finished; before it they are damage, and what
            // lies behind the damage may still be of use to somebody: it stays.
            log.sealed = !is_last || segment.size < known;
            if log.sealed {
                tracing::error!("{cut} bytes cannot be read and are left alone: {}", name(log, base_offset));
            } else {
                tracing::warn!("cutting {cut} bytes of an unfinished write: {}", name(log, base_offset));
                let path = Segment::path(&log.folder, base_offset);
                OpenOptions::new().write(true).open(path)?.set_len(segment.size)?;
            }
        } else {
            log.sealed = false;
        }
        log.segments.push(segment);
    }
    if log.next_offset < checkpoint.next_offset {
        // Offsets that were handed out once are not given to other records.
        tracing::error!("records before offset {} are missing: {}", checkpoint.next_offset, log.folder.display());
        log.next_offset = checkpoint.next_offset;
        log.sealed = true;
    }
    log.start_offset = log.start_offset.min(log.next_offset);
    if checkpoint == Checkpoint::default()
        && let Some(first) = log.segments.first()
    {
        log.start_offset = first.base_offset;
    }
    producers.expire(files::now_ms());
    Ok((producers, unverified))
}

fn name(log: &FileLog, base_offset: i64) -> String {
    Segment::path(&log.folder, base_offset).display().to_string()
}

fn segment_bases(log: &FileLog) -> io::Result<Vec<i64>> {
    let mut bases = Vec::new();
    for entry in std::fs::read_dir(&log.folder)? {
        let name = entry?.file_name();
        let digits = name.to_str().and_then(|name| name.strip_suffix(".log"));
        if let Some(base) = digits.filter(|digits| digits.len() == 20).and_then(|digits| digits.parse().ok()) {
            bases.push(base);
        }
    }
    bases.sort_unstable();
    Ok(bases)
}

/// Reads one segment as far as it is sound; the first `known` bytes are not verified again.
fn scan(log: &FileLog, base: i64, known: u64, producers: &mut Producers) -> io::Result<(Segment, u64)> {
    let file = File::open(Segment::path(&log.folder, base))?;
    let length = file.metadata()?.len();
    let mut segment = Segment::new(base);
    let mut walk = Walk::new(&file, 0, length);
    let mut content = Vec::new();
    while let Some((position, header)) = walk.next()? {
        if header.base_offset < segment.end_offset {
            break;
        }
        if position >= known {
            content.resize(header.size, 0);
            files::read_exact_at(&file, &mut content, position)?;
            if !header.is_intact(&content) {
                break;
            }
            producers.record(&header, files::now_ms());
        }
        segment.note(&header);
    }
    Ok((segment, length))
}
