//! How the window looks: colours, type, spacing, and the symbols it uses.

mod bidi;
mod fonts;
mod style;
mod system;
pub mod tokens;

pub use bidi::in_visual_order;
pub use fonts::{install_fonts, semibold};
pub use style::{Look, apply_look, apply_style};
pub use system::SystemLook;
pub use tokens::Tokens;
