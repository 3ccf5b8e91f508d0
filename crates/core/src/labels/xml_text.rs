//! The text of an XML file, in the encoding that it declares, and its lines.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use roxmltree::Node;

/// The text, which the parser takes as UTF-8 whatever the declaration says. The error says what is wrong.
pub(super) fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    let declared = declared(bytes);
    let encoding = match declared {
        Some(name) => {
            Encoding::for_label(name.as_bytes()).ok_or_else(|| format!("its encoding is not known: {name}"))?
        }
        None => UTF_8,
    };
    // A declaration of UTF-16 in single bytes is wrong: .NET writes that.
    let encoding = if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding };
    // A byte order mark counts more than the declaration.
    let (text, used, is_damaged) = encoding.decode(bytes);
    if is_damaged {
        return Err(format!("it is not {} text", used.name()));
    }
    Ok(text)
}

/// The line that a node begins in. The text is counted from its beginning: for errors only.
pub(super) fn line(node: Node<'_, '_>) -> u32 {
    node.document().text_pos_at(node.range().start).row
}

/// The encoding in `<?xml version="1.0" encoding="gbk"?>`.
fn declared(bytes: &[u8]) -> Option<&str> {
    const DECLARATION_BYTES_MAX: usize = 200;
    let head = &bytes[..bytes.len().min(DECLARATION_BYTES_MAX)];
    let end = head.windows(2).position(|pair| pair == b"?>")?;
    let head = std::str::from_utf8(&head[..end]).ok()?.trim_start_matches('\u{feff}');
    let value = head.strip_prefix("<?xml")?.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    value[1..].split(quote).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declaration_counts_and_a_byte_order_mark_more() {
        let declaring = |encoding: &str| format!("<?xml version='1.0' encoding='{encoding}'?><a>").into_bytes();
        let gbk = [declaring("GBK"), vec![0xb4, 0xac]].concat();
        assert!(decoded(&gbk).unwrap().ends_with("<a>船"));
        assert!(decoded(&[declaring("latin1"), vec![0xe9]].concat()).unwrap().ends_with('é'));
        assert!(decoded(&[declaring("utf-8"), vec![0xe9]].concat()).unwrap_err().contains("UTF-8"));
        assert!(decoded(&declaring("klingon")).unwrap_err().contains("klingon"));
        assert!(decoded(&[b"\xef\xbb\xbf".to_vec(), declaring("gbk"), "船".into()].concat()).unwrap().ends_with('船'));
        let wide: Vec<u8> = "\u{feff}<a/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decoded(&wide).unwrap(), "<a/>");
        assert!(decoded(&[declaring("utf-16"), "船".into()].concat()).unwrap().ends_with('船'));
    }
}
