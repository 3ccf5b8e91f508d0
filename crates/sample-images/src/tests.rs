//! What somebody who makes samples would notice.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use jiff::civil::date;

use super::random::Random;
use super::{SamplesError, SamplesReport, SamplesSpec, maths, png, write_samples};

fn small() -> SamplesSpec {
    SamplesSpec { count: 3, width_px: 64, height_px: 48, ..SamplesSpec::default() }
}

fn write(folder: &Path, spec: &SamplesSpec) -> Result<SamplesReport, SamplesError> {
    write_samples(folder, spec, &mut |_| ControlFlow::Continue(()))
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
        })
        .collect()
}

#[test]
fn the_same_spec_makes_the_same_bytes() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let report = write(one.path(), &small()).unwrap();
    write(two.path(), &small()).unwrap();
    assert_eq!(report.written, 3);
    assert_eq!(files(one.path()), files(two.path()));
}

/// The pictures in the repository were written by another encoder, and by one thread.
#[test]
fn the_usual_pictures_have_the_pixels_that_they_always_had() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &SamplesSpec { count: 9, ..SamplesSpec::default() }).unwrap();
    let ours = [env!("CARGO_MANIFEST_DIR"), "..", "..", "Labeled_Images"].iter().collect::<std::path::PathBuf>();
    for (name, bytes) in files(folder.path()).iter().filter(|(name, _)| name.ends_with(".png")) {
        let kept = fs::read(ours.join(name)).unwrap();
        assert_eq!(pixels(bytes), pixels(&kept), "{name}");
        let larger = bytes.len() as f64 / kept.len() as f64;
        assert!((0.8..1.1).contains(&larger), "{name}: {larger} times as large");
    }
}

fn pixels(file: &[u8]) -> image::RgbImage {
    image::load_from_memory(file).unwrap().to_rgb8()
}

#[test]
fn a_picture_depends_on_its_date_alone() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(one.path(), &small()).unwrap();
    write(two.path(), &SamplesSpec { count: 1, first_day: date(2024, 9, 12), ..small() }).unwrap();
    assert_eq!(files(one.path())["2024-09-12.png"], files(two.path())["2024-09-12.png"]);
}

#[test]
fn names_are_dates_and_go_on_over_the_end_of_a_month() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &SamplesSpec { first_day: date(2024, 2, 28), ..small() }).unwrap();
    let names: Vec<String> = files(folder.path()).into_keys().collect();
    assert_eq!(names, ["2024-02-28.png", "2024-02-29.png", "2024-03-01.png", "_annotations.coco.json"]);
}

#[test]
fn the_calendar_ends_with_the_year_9999() {
    let folder = tempfile::tempdir().unwrap();
    let spec = SamplesSpec { first_day: date(9999, 12, 30), ..small() };
    assert!(matches!(write(folder.path(), &spec), Err(SamplesError::BeyondCalendar { .. })));
    assert!(files(folder.path()).is_empty());
    write(folder.path(), &SamplesSpec { count: 2, ..spec }).unwrap();
}

#[test]
fn the_same_again_finds_all_of_it_there() {
    let folder = tempfile::tempdir().unwrap();
    let first = write(folder.path(), &small()).unwrap();
    let before = files(folder.path());
    let again = write(folder.path(), &small()).unwrap();
    assert_eq!((again.written, again.already_there, again.total_bytes), (0, 3, first.total_bytes));
    assert_eq!(files(folder.path()), before);
}

#[test]
fn a_picture_is_known_by_its_pixels_however_it_is_compressed() {
    use image::codecs::png::{CompressionType, FilterType, PngEncoder};

    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &small()).unwrap();
    let path = folder.path().join("2024-09-11.png");
    let before = fs::read(&path).unwrap();
    let compress = |picture: image::RgbImage| {
        let mut bytes = Vec::new();
        let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Sub);
        picture.write_with_encoder(encoder).unwrap();
        assert_ne!(bytes, before);
        fs::write(&path, &bytes).unwrap();
    };

    compress(pixels(&before));
    let report = write(folder.path(), &small()).unwrap();
    assert_eq!((report.written, report.already_there), (0, 3));

    let mut other = pixels(&before);
    other.get_pixel_mut(63, 47).0[2] ^= 1;
    compress(other);
    // The annotations describe three pictures, and only two are there.
    assert!(matches!(write(folder.path(), &small()), Err(SamplesError::OtherAnnotations { .. })));
    fs::remove_file(folder.path().join("_annotations.coco.json")).unwrap();
    assert_eq!(write(folder.path(), &small()).unwrap().already_there, 2);
}

#[test]
fn a_picture_of_another_size_in_bytes_is_another_picture() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &SamplesSpec { size_bytes: Some(20_000), ..small() }).unwrap();
    fs::remove_file(folder.path().join("_annotations.coco.json")).unwrap();
    let report = write(folder.path(), &SamplesSpec { size_bytes: Some(20_012), ..small() }).unwrap();
    assert_eq!((report.written, report.already_there), (0, 0));
}

#[test]
fn a_foreign_picture_is_left_alone_and_not_described() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("2024-09-11.png"), b"mine").unwrap();
    for expected_new in [2, 0] {
        let report = write(folder.path(), &small()).unwrap();
        assert_eq!(report.written, expected_new);
        assert_eq!(report.written + report.already_there, 2);
        assert_eq!(files(folder.path())["2024-09-11.png"], b"mine");
    }
    let coco = annotations(folder.path());
    assert_eq!(coco["images"].as_array().unwrap().len(), 2);
    assert_eq!(coco["images"][1]["file_name"], "2024-09-12.png");
}

#[test]
fn foreign_annotations_stop_everything() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("_annotations.coco.json"), b"{}").unwrap();
    assert!(matches!(write(folder.path(), &small()), Err(SamplesError::OtherAnnotations { .. })));
    assert_eq!(files(folder.path()).len(), 1);
}

#[test]
fn a_stop_leaves_whole_pictures_and_the_next_run_continues() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = Vec::new();
    let report = write_samples(folder.path(), &small(), &mut |done| {
        seen.push(done);
        ControlFlow::Break(())
    })
    .unwrap();
    assert_eq!((report.written, seen), (1, vec![1]));
    assert_eq!(files(folder.path()).into_keys().collect::<Vec<_>>(), ["2024-09-10.png"]);
    let report = write(folder.path(), &small()).unwrap();
    assert_eq!((report.written, report.already_there), (2, 1));
    assert_eq!(annotations(folder.path())["images"].as_array().unwrap().len(), 3);
}

fn annotations(folder: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(folder.join("_annotations.coco.json")).unwrap()).unwrap()
}

#[test]
fn boxes_lie_inside_and_belong_to_known_pictures_and_categories() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &SamplesSpec { count: 12, width_px: 96, height_px: 72, ..small() }).unwrap();
    let coco = annotations(folder.path());
    let list = coco["annotations"].as_array().unwrap();
    assert!(list.len() > 40, "only {} things on 12 pictures", list.len());
    for annotation in list {
        let [x, y, w, h] = [0, 1, 2, 3].map(|at| annotation["bbox"][at].as_f64().unwrap());
        assert!(x >= 0.0 && y >= 0.0 && w > 0.0 && h > 0.0 && x + w <= 96.0 && y + h <= 72.0, "{annotation}");
        let area = annotation["area"].as_f64().unwrap();
        assert!(area > 0.0 && area <= w * h, "{annotation}");
        assert!((0.0..=0.85).contains(&annotation["occluded"].as_f64().unwrap()), "{annotation}");
        assert!((1..=9).contains(&annotation["category_id"].as_u64().unwrap()));
        assert!((1..=12).contains(&annotation["image_id"].as_u64().unwrap()));
    }
}

#[test]
fn the_usual_pictures_can_be_read_and_have_the_size_they_should() {
    let folder = tempfile::tempdir().unwrap();
    let report = write(folder.path(), &SamplesSpec { count: 6, ..SamplesSpec::default() }).unwrap();
    let mean = report.total_bytes / 6;
    assert!((60_000..=90_000).contains(&mean), "mean size {mean}");
    for (name, bytes) in files(folder.path()).iter().filter(|(name, _)| name.ends_with(".png")) {
        let picture = image::load_from_memory(bytes).unwrap().to_rgb8();
        assert_eq!(picture.dimensions(), (272, 204), "{name}");
        let shades: std::collections::HashSet<_> = picture.pixels().collect();
        assert!(shades.len() > 2_000, "{name} has only {} colours", shades.len());
    }
}

#[test]
fn a_size_asked_for_is_met_to_the_byte_and_the_picture_can_be_read() {
    for size_bytes in [3_200, 6_001, 40_000, 1_000_003] {
        let folder = tempfile::tempdir().unwrap();
        let spec = SamplesSpec { size_bytes: Some(size_bytes), ..small() };
        write(folder.path(), &spec).unwrap();
        for (name, bytes) in files(folder.path()).iter().filter(|(name, _)| name.ends_with(".png")) {
            assert_eq!(bytes.len() as u64, size_bytes, "{name}");
            assert_eq!(image::load_from_memory(bytes).unwrap().to_rgb8().dimensions(), (64, 48));
        }
    }
}

#[test]
fn impossible_specs_are_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("new");
    assert!(matches!(write(&inside, &SamplesSpec { count: 0, ..small() }), Err(SamplesError::NoPictures)));
    for (width_px, height_px) in [(31, 24), (32, 23), (8_000, 8_000)] {
        let spec = SamplesSpec { width_px, height_px, ..small() };
        assert!(matches!(write(&inside, &spec), Err(SamplesError::PictureSize { .. })));
    }
    let spec = SamplesSpec { size_bytes: Some(500), ..small() };
    let error = write(&inside, &spec).unwrap_err();
    assert!(matches!(error, SamplesError::SizeTooSmall { .. }));
    assert!(error.to_string().contains("at least"), "{error}");
    let spec = SamplesSpec { size_bytes: Some(1 << 40), ..small() };
    assert!(matches!(write(&inside, &spec), Err(SamplesError::SizeTooLarge { .. })));
    assert!(!inside.exists());
}

#[test]
fn a_png_gives_back_what_was_put_in() {
    let (width, height) = (61u32, 47u32);
    let mut random = Random::new(5, 5);
    let values = (width * height * 3) as usize;
    let noise: Vec<u8> = (0..values).map(|_| random.next() as u8).collect();
    let slope: Vec<u8> = (0..values).map(|at| (at / 40) as u8).collect();
    for rgb in [vec![7; values], slope, noise] {
        let file = png::encode(&rgb, width, height).unwrap();
        assert_eq!(image::load_from_memory(&file).unwrap().to_rgb8().into_raw(), rgb);
        let size_bytes = file.len() as u64;
        assert_eq!(png::pad_to(file.clone(), size_bytes, &mut random), Some(file.clone()));
        assert_eq!(png::pad_to(file.clone(), size_bytes + 11, &mut random), None, "no room for a chunk");
        let padded = png::pad_to(file.clone(), size_bytes + 12, &mut random).unwrap();
        assert_eq!(image::load_from_memory(&padded).unwrap().to_rgb8().into_raw(), rgb);
        assert!(png::are_same_pixels(&file, &padded));
        assert!(!png::are_same_pixels(&file, &file[..file.len() / 2]), "half a file");
    }
}

#[test]
fn the_curves_keep_to_the_true_ones() {
    for step in -400..=400i16 {
        let turns = f32::from(step) / 100.0;
        assert!((maths::sin_turns(turns) - (turns * std::f32::consts::TAU).sin()).abs() < 2e-4, "sine of {turns}");
        let x = f32::from(step.abs()) / 20.0;
        assert!((maths::exp_neg(x) - (-x).exp()).abs() < 2e-4, "exponential of -{x}");
    }
}
