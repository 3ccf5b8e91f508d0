//! How the window looks: colours, type, spacing, and the symbols it uses.

mod fonts;
mod style;
mod system;
pub mod tokens;

pub use fonts::{install_fonts, semibold};
pub use style::apply_style;
pub use system::SystemTheme;
pub use tokens::Tokens;
