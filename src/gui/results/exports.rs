//! Files that are made of the shown run.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::Context;

use super::settings::Exported;
use super::tab::ResultsTab;
use crate::gui::paths::{Export, PathPurpose};
use crate::gui::session::Session;
use crate::gui::workers::dialogs::DialogKind;
use crate::gui::workers::job::Job;
use kafka_image_bench_core::report::charts::{self, ChartKind, ChartLook, ChartTheme};
use kafka_image_bench_core::report::html::html;
use kafka_image_bench_core::report::scale::Axes;
use kafka_image_bench_core::results::{BenchmarkResults, files};
use kafka_image_bench_core::verdict::metric::Margin;

impl ResultsTab {
    /// What a file is called by default.
    fn export_name(&self, what: Export) -> String {
        let stamp = self.shown.as_ref().map(|shown| shown.results.started_at.clone()).unwrap_or_default();
        let stamp: String = stamp.chars().take(19).filter(|letter| letter.is_ascii_alphanumeric()).collect();
        match what {
            Export::PerformanceCsv => "kafka_performance_results.csv".to_owned(),
            Export::DetailsCsv => format!("kafka_performance_results-{stamp}.csv"),
            Export::DetailsJson => format!("kafka_performance_results-{stamp}.json"),
            Export::Html => format!("kafka_performance_results-{stamp}.html"),
            Export::ChartsPng | Export::ChartsSvg => String::new(),
            Export::StreamsCsv | Export::StreamJson => self.streams.export_name(what),
        }
    }

    /// Writes something of the shown run.
    pub fn export(&mut self, ctx: &Context, what: Export, path: PathBuf, axes: Axes) {
        if matches!(what, Export::StreamsCsv | Export::StreamJson) {
            return self.streams.export(ctx, what, path);
        }
        let Some(shown) = &self.shown else { return };
        let results = Arc::clone(&shown.results);
        let baseline = self.baseline.as_ref().map(|(_, results)| Arc::clone(results));
        let theme = if ctx.theme() == eframe::egui::Theme::Dark { ChartTheme::Dark } else { ChartTheme::Light };
        let look = ChartLook { theme, axes };
        self.export_job = Some(Job::start("export", ctx, move |_| {
            write(&results, baseline.as_deref(), what, &path, look)?;
            Ok(Exported { path, what })
        }));
    }

    /// Asks for the file or folder that a part of the shown run is written to.
    pub fn ask_export(&self, session: &mut Session, what: Export) {
        let (title, kind, name) = match what {
            Export::ChartsPng | Export::ChartsSvg => {
                ("Export the charts into a folder", DialogKind::Folder, "charts".to_owned())
            }
            _ => {
                let name = self.export_name(what);
                ("Export", DialogKind::SaveFile(name.clone()), name)
            }
        };
        session.ask_new_path(PathPurpose::Export(what), title, kind, &name);
    }
}

fn write(
    results: &BenchmarkResults,
    baseline: Option<&BenchmarkResults>,
    what: Export,
    path: &std::path::Path,
    look: ChartLook,
) -> Result<(), String> {
    let named = |error: std::io::Error| format!("{error}: {}", path.display());
    let csv = |bytes: std::io::Result<Vec<u8>>| bytes.and_then(|bytes| files::replace(path, &bytes)).map_err(named);
    match what {
        Export::PerformanceCsv => csv(files::performance_csv(results)),
        Export::DetailsCsv => csv(files::details_csv(results)),
        Export::DetailsJson => csv(serde_json::to_vec_pretty(results).map_err(std::io::Error::other)),
        // StreamRuns writes these.
        Export::StreamsCsv | Export::StreamJson => Ok(()),
        Export::Html => {
            let page = html(results, baseline, Margin::default(), look.axes);
            files::replace(path, page.as_bytes()).map_err(named)
        }
        Export::ChartsPng | Export::ChartsSvg => std::fs::create_dir_all(path).map_err(named).and_then(|()| {
            ChartKind::of(results).into_iter().try_for_each(|kind| {
                let (bytes, ending) = match what {
                    Export::ChartsSvg => (charts::svg(results, kind, look).map(String::into_bytes), "svg"),
                    _ => (charts::png(results, kind, look, 2), "png"),
                };
                let file = path.join(format!("{}.{ending}", kind.file_stem()));
                let bytes = bytes.map_err(|error| error.to_string())?;
                files::replace(&file, &bytes).map_err(|error| format!("{error}: {}", file.display()))
            })
        }),
    }
}
