//! Puts pictures and annotations into a folder without harming what is there.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use jiff::Span;
use jiff::civil::Date;

use super::coco::{self, Described};
use super::day::Day;
use super::error::SamplesError;
use super::film::Look;
use super::parallel::{in_order, workers};
use super::picture::View;
use super::png;
use super::random::Random;
use super::{SamplesReport, SamplesSpec};

const ANNOTATIONS: &str = "_annotations.coco.json";
const MOST_PIXELS: u64 = 16_000_000;
/// A Kafka message of a gigabyte is beyond every sensible broker, and the file is held in memory.
const MOST_BYTES: u64 = 1 << 30;

/// See [`super::write_samples`].
pub fn write(
    folder: &Path,
    spec: &SamplesSpec,
    progress: &mut dyn FnMut(u32) -> ControlFlow<()>,
) -> Result<SamplesReport, SamplesError> {
    check(spec)?;
    let annotations = folder.join(ANNOTATIONS);
    // Reading a pipe or a device would not end.
    if fs::metadata(&annotations).is_ok_and(|found| !found.is_file()) {
        return Err(SamplesError::OtherAnnotations { path: annotations });
    }
    let has_annotations = match fs::read(&annotations) {
        Ok(found) if found == expected_annotations(folder, spec)? => true,
        Ok(_) => return Err(SamplesError::OtherAnnotations { path: annotations }),
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(source) => return Err(file_error("Reading the annotations", &annotations, source)),
    };
    fs::create_dir_all(folder).map_err(|source| file_error("Making the folder", folder, source))?;

    let mut report = SamplesReport::default();
    let mut described = Vec::new();
    let make = |index: u32| -> Result<Made, SamplesError> {
        let view = view_of(spec, date_of(spec, index)?);
        Ok(Made { bytes: picture_bytes(&view, spec)?, described: describe(&view) })
    };
    let ended = in_order(spec.count, workers(picture_memory_bytes(spec)), &make, |index, made| {
        match made.and_then(|made| put(folder, made, spec, &mut report)) {
            Ok(ours) => described.extend(ours),
            Err(error) => return ControlFlow::Break(Err(error)),
        }
        if progress(index + 1).is_break() && index + 1 < spec.count {
            return ControlFlow::Break(Ok(()));
        }
        ControlFlow::Continue(())
    });
    match ended {
        Some(Ok(())) => return Ok(report),
        Some(Err(error)) => return Err(error),
        None => {}
    }
    if !has_annotations {
        write_whole(&annotations, &coco::write(&described, spec.width_px, spec.height_px, spec.seed)?)?;
    }
    Ok(report)
}

/// A picture that is finished.
struct Made {
    bytes: Vec<u8>,
    described: Described,
}

/// Writes a picture where there is none. `None`: the file of its name is not ours to replace, and our boxes would not fit
/// it.
fn put(
    folder: &Path,
    made: Made,
    spec: &SamplesSpec,
    report: &mut SamplesReport,
) -> Result<Option<Described>, SamplesError> {
    let path = folder.join(&made.described.file_name);
    // Reading a pipe or a device would not end.
    if fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
        return Ok(None);
    }
    match fs::read(&path) {
        Ok(found) if is_same(&found, &made.bytes, spec) => {
            report.already_there += 1;
            report.total_bytes += found.len() as u64;
        }
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            write_whole(&path, &made.bytes)?;
            report.written += 1;
            report.total_bytes += made.bytes.len() as u64;
        }
        Err(source) => return Err(file_error("Reading a picture", &path, source)),
    }
    Ok(Some(made.described))
}

/// Whether the file in the folder is the picture that was made: the pixels, and the size where one was asked for.
fn is_same(found: &[u8], made: &[u8], spec: &SamplesSpec) -> bool {
    spec.size_bytes.is_none_or(|_| found.len() == made.len()) && png::are_same_pixels(found, made)
}

/// About what a picture takes while it is made: light and shades of every pixel, and the file.
fn picture_memory_bytes(spec: &SamplesSpec) -> u64 {
    u64::from(spec.width_px) * u64::from(spec.height_px) * 64 + 2 * spec.size_bytes.unwrap_or(0)
}

fn check(spec: &SamplesSpec) -> Result<(), SamplesError> {
    let (width_px, height_px) = (spec.width_px, spec.height_px);
    if spec.count == 0 {
        return Err(SamplesError::NoPictures);
    }
    let pixels = u64::from(width_px) * u64::from(height_px);
    if width_px < 32 || height_px < 24 || pixels > MOST_PIXELS {
        return Err(SamplesError::PictureSize { width_px, height_px });
    }
    if let Some(size_bytes) = spec.size_bytes {
        let least_bytes = least_bytes(pixels);
        if size_bytes < least_bytes {
            return Err(SamplesError::SizeTooSmall { width_px, height_px, size_bytes, least_bytes });
        }
        if size_bytes > MOST_BYTES {
            return Err(SamplesError::SizeTooLarge { size_bytes, most_bytes: MOST_BYTES });
        }
    }
    date_of(spec, spec.count - 1).map(|_| ())
}

/// What the coarsest look always stays under.
fn least_bytes(pixels: u64) -> u64 {
    pixels * 3 / 8 * 3 / 2 + 1_024
}

fn date_of(spec: &SamplesSpec, index: u32) -> Result<Date, SamplesError> {
    Span::new()
        .try_days(i64::from(index))
        .and_then(|days| spec.first_day.checked_add(days))
        .map_err(|_| SamplesError::BeyondCalendar { count: spec.count, first_day: spec.first_day })
}

fn name_of(date: Date) -> String {
    format!("{date}.png")
}

fn view_of(spec: &SamplesSpec, date: Date) -> View {
    View::new(Day::new(date, spec.seed), spec.seed, spec.width_px as usize, spec.height_px as usize)
}

fn describe(view: &View) -> Described {
    Described {
        file_name: name_of(view.day.date),
        date: view.day.date.to_string(),
        date_captured: view.day.date_captured(),
        sightings: view.sightings(),
    }
}

/// The PNG, in the finest look that has room in the size asked for.
fn picture_bytes(view: &View, spec: &SamplesSpec) -> Result<Vec<u8>, SamplesError> {
    let film = view.expose();
    let encode = |look: Look| png::encode(&film.develop(&view.day, look), spec.width_px, spec.height_px);
    let Some(size_bytes) = spec.size_bytes else {
        return Ok(encode(Look::USUAL)?);
    };
    let mut least_bytes = u64::MAX;
    for look in Look::EVER_SMALLER {
        let file = encode(look)?;
        least_bytes = least_bytes.min(file.len() as u64 + png::CHUNK_OVERHEAD_BYTES);
        if let Some(padded) = png::pad_to(file, size_bytes, &mut Random::new(view.day.seed, 30)) {
            return Ok(padded);
        }
    }
    Err(SamplesError::SizeTooSmall { width_px: spec.width_px, height_px: spec.height_px, size_bytes, least_bytes })
}

/// What the annotations in the folder have to be: all pictures but those whose name another file has.
fn expected_annotations(folder: &Path, spec: &SamplesSpec) -> Result<Vec<u8>, SamplesError> {
    let mut described = Vec::new();
    let make = |index: u32| -> Result<Option<Described>, SamplesError> {
        let view = view_of(spec, date_of(spec, index)?);
        let path = folder.join(name_of(view.day.date));
        let is_taken = match fs::read(&path) {
            Ok(found) => !is_same(&found, &picture_bytes(&view, spec)?, spec),
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(source) => return Err(file_error("Reading a picture", &path, source)),
        };
        Ok((!is_taken).then(|| describe(&view)))
    };
    let failed = in_order(spec.count, workers(picture_memory_bytes(spec)), &make, |_, made| match made {
        Ok(ours) => {
            described.extend(ours);
            ControlFlow::Continue(())
        }
        Err(error) => ControlFlow::Break(error),
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(coco::write(&described, spec.width_px, spec.height_px, spec.seed)?),
    }
}

/// Writes beside the place and renames, so that a reader of the folder never meets half a file. A file or link that
/// appears at the place in the meantime is not replaced.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), SamplesError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary =
        tempfile::Builder::new().prefix(".kafka-image-bench-").make_in(folder, |path| File::create_new(path));
    let written = temporary.and_then(|mut file| {
        file.write_all(bytes)?;
        file.persist_noclobber(path).map_err(|error| error.error)
    });
    written.map(drop).map_err(|source| file_error("Writing a file", path, source))
}

fn file_error(action: &'static str, path: &Path, source: std::io::Error) -> SamplesError {
    SamplesError::File { action, path: PathBuf::from(path), source }
}
