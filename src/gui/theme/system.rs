//! The system's own theme, where the window library does not report it (Linux).

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use eframe::egui::{Context, Theme};

const UNKNOWN: u8 = 0;
const DARK: u8 = 1;
const LIGHT: u8 = 2;

/// What the system asks for, looked up off the window's thread.
#[derive(Clone, Default)]
pub struct SystemTheme(Arc<AtomicU8>);

impl SystemTheme {
    /// Begins to look.
    pub fn watch(ctx: &Context) -> Self {
        let found = Self::default();
        if cfg!(target_os = "linux") {
            let (shared, ctx) = (found.clone(), ctx.clone());
            let looking = std::thread::Builder::new().name("system-theme".to_owned()).spawn(move || {
                let mode = match dark_light::detect() {
                    Ok(dark_light::Mode::Dark) => DARK,
                    Ok(dark_light::Mode::Light) => LIGHT,
                    Ok(_) | Err(_) => UNKNOWN,
                };
                shared.0.store(mode, Ordering::Relaxed);
                ctx.request_repaint();
            });
            if let Err(error) = looking {
                tracing::debug!("the system's theme is not looked up: {error}");
            }
        }
        found
    }

    /// The theme, where it is known.
    pub fn get(&self) -> Option<Theme> {
        match self.0.load(Ordering::Relaxed) {
            DARK => Some(Theme::Dark),
            LIGHT => Some(Theme::Light),
            _ => None,
        }
    }
}
