//! How the system wants programs to look, where the window library does not report it (Linux).

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use eframe::egui::{Context, Theme};

use super::style::Look;

const UNKNOWN: u8 = 0;
const DARK: u8 = 1;
const LIGHT: u8 = 2;
const HIGH_CONTRAST: u8 = 1;
const REDUCED_MOTION: u8 = 2;

/// What the system asks for, looked up off the window's thread.
#[derive(Clone, Default)]
pub struct SystemLook(Arc<Shared>);

#[derive(Default)]
struct Shared {
    theme: AtomicU8,
    look: AtomicU8,
}

impl SystemLook {
    /// Begins to look.
    pub fn watch(ctx: &Context) -> Self {
        let found = Self::default();
        if cfg!(target_os = "linux") {
            let (shared, ctx) = (Arc::clone(&found.0), ctx.clone());
            let looking = std::thread::Builder::new().name("system-theme".to_owned()).spawn(move || {
                let mode = match dark_light::detect() {
                    Ok(dark_light::Mode::Dark) => DARK,
                    Ok(dark_light::Mode::Light) => LIGHT,
                    Ok(_) | Err(_) => UNKNOWN,
                };
                shared.theme.store(mode, Ordering::Relaxed);
                ctx.request_repaint();
                let look = desktop::look();
                let bits =
                    u8::from(look.high_contrast) * HIGH_CONTRAST + u8::from(look.reduced_motion) * REDUCED_MOTION;
                shared.look.store(bits, Ordering::Relaxed);
                ctx.request_repaint();
            });
            if let Err(error) = looking {
                tracing::debug!("the system's theme is not looked up: {error}");
            }
        }
        found
    }

    /// The theme, where it is known.
    pub fn theme(&self) -> Option<Theme> {
        match self.0.theme.load(Ordering::Relaxed) {
            DARK => Some(Theme::Dark),
            LIGHT => Some(Theme::Light),
            _ => None,
        }
    }

    /// Contrast and motion; the usual ones where they are not known.
    pub fn look(&self) -> Look {
        let bits = self.0.look.load(Ordering::Relaxed);
        Look { high_contrast: bits & HIGH_CONTRAST != 0, reduced_motion: bits & REDUCED_MOTION != 0 }
    }
}

/// The desktop's settings, from its portal.
#[cfg(target_os = "linux")]
mod desktop {
    use zbus::blocking::Connection;
    use zbus::zvariant::OwnedValue;

    use super::Look;

    const APPEARANCE: &str = "org.freedesktop.appearance";

    pub fn look() -> Look {
        let Ok(connection) = Connection::session() else { return Look::default() };
        let number = |space, key| read(&connection, space, key).and_then(|value| u32::try_from(value).ok());
        let flag = |space, key| read(&connection, space, key).and_then(|value| bool::try_from(value).ok());
        // KDE writes numbers as text.
        let factor = read(&connection, "org.kde.kdeglobals.KDE", "AnimationDurationFactor");
        let factor = factor.and_then(|value| String::try_from(value).ok()).and_then(|text| text.parse::<f64>().ok());
        Look {
            high_contrast: number(APPEARANCE, "contrast") == Some(1)
                || flag("org.gnome.desktop.a11y.interface", "high-contrast") == Some(true),
            reduced_motion: number(APPEARANCE, "reduced-motion") == Some(1)
                || flag("org.gnome.desktop.interface", "enable-animations") == Some(false)
                || factor == Some(0.0),
        }
    }

    fn read(connection: &Connection, space: &str, key: &str) -> Option<OwnedValue> {
        let reply = connection.call_method(
            Some("org.freedesktop.portal.Desktop"),
            "/org/freedesktop/portal/desktop",
            Some("org.freedesktop.portal.Settings"),
            "ReadOne",
            &(space, key),
        );
        let body = reply.ok()?.body();
        body.deserialize().ok()
    }
}

#[cfg(not(target_os = "linux"))]
mod desktop {
    pub fn look() -> super::Look {
        super::Look::default()
    }
}
