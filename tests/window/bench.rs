//! Each test's own folder, and images in it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{ImageFormat, Rgb, RgbImage};
use kafka_image_bench::gui::WindowOptions;
use kafka_image_bench_core::broker::DataPlace;

pub struct Bench {
    pub folder: tempfile::TempDir,
}

impl Bench {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["input", "work", "runs"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder }
    }

    /// With `count` different small images.
    pub fn with_images(count: u32) -> Self {
        let bench = Self::new();
        for number in 0..count {
            std::fs::write(bench.input().join(image_name(number)), png(number)).unwrap();
        }
        bench
    }

    pub fn input(&self) -> PathBuf {
        self.folder.path().join("input")
    }

    pub fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    pub fn runs(&self) -> PathBuf {
        self.folder.path().join("runs")
    }

    pub fn settings(&self) -> PathBuf {
        self.folder.path().join("settings.json")
    }

    /// All data in this folder, and the broker in memory.
    pub fn options(&self) -> WindowOptions {
        WindowOptions {
            settings_path: Some(self.settings()),
            runs_folder: Some(self.runs()),
            data: DataPlace::Memory,
            folder: Some(self.input()),
            work_dir: Some(self.work()),
            ..WindowOptions::default()
        }
    }

    /// Saves files as earlier runs would: their names, labels and bytes.
    pub fn save<N: Display, L: Display>(&self, files: impl IntoIterator<Item = (N, L, Vec<u8>)>) {
        let (folder, table) = (self.work().join("output_images"), self.work().join("annotation.csv"));
        std::fs::create_dir_all(&folder).unwrap();
        let mut rows = std::fs::read_to_string(&table).unwrap_or_else(|_| "image_path,annotation\n".to_owned());
        for (name, label, bytes) in files {
            std::fs::write(folder.join(name.to_string()), bytes).unwrap();
            rows.push_str(&format!("output_images/{name},{label}\n"));
        }
        std::fs::write(table, rows).unwrap();
    }

    /// What was saved, by name.
    pub fn saved(&self) -> BTreeMap<String, Vec<u8>> {
        let folder = self.work().join("output_images");
        let Ok(files) = std::fs::read_dir(folder) else { return BTreeMap::new() };
        files
            .map(|file| file.unwrap())
            .map(|file| (file.file_name().into_string().unwrap(), std::fs::read(file.path()).unwrap()))
            .collect()
    }

    /// The rows of annotation.csv, sorted; empty if it is missing.
    pub fn rows(&self) -> Vec<(String, String)> {
        let Ok(mut reader) = csv::Reader::from_path(self.work().join("annotation.csv")) else { return Vec::new() };
        let mut rows: Vec<_> =
            reader.records().map(|row| row.unwrap()).map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
        rows.sort();
        rows
    }

    /// Checks that every image is saved once, byte for byte, and has one row.
    #[track_caller]
    pub fn assert_all_saved(&self, count: u32) {
        let expected: BTreeMap<_, _> = (0..count).map(|number| (image_name(number), png(number))).collect();
        let saved = self.saved();
        assert_eq!(saved.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        assert!(saved == expected, "the bytes of a saved image differ");
        self.assert_rows_are_files();
    }

    /// Checks that the table lists exactly the files in the folder.
    #[track_caller]
    pub fn assert_rows_are_files(&self) {
        let files: Vec<String> = self.saved().into_keys().map(|name| format!("output_images/{name}")).collect();
        let listed: Vec<String> = self.rows().into_iter().map(|(path, _)| path).collect();
        assert_eq!(files, listed);
    }
}

/// The sample images of the repository.
pub fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("Labeled_Images")
}

pub fn image_name(number: u32) -> String {
    format!("image-{number:04}.png")
}

/// A different image for each number.
pub fn png(number: u32) -> Vec<u8> {
    let mut state = number.wrapping_mul(2_654_435_761) | 1;
    let picture = RgbImage::from_fn(24, 24, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Rgb([(state >> 24) as u8, (number * 40) as u8, 128])
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}
