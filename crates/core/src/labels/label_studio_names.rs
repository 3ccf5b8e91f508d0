//! Which image a task of Label Studio is for. Its data has an address: of an uploaded file (`/data/upload/1/4f3a9b2c-a.jpg`),
//! of a file of the server (`/data/local-files/?d=folder/a.jpg`), or a URL.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::error::Ambiguity;
use super::image_names::ImageNames;
use super::spelling::{Spelling, has_image_extension, last_component};

/// The address of the image among the data of a task: what is named `image`, what looks like an address, or the only text. The
/// error says why there is none, or not one.
pub(super) fn address_in<'a>(data: impl Iterator<Item = (&'a str, &'a Value)>) -> Result<&'a str, String> {
    let (mut addresses, mut others) = (Vec::new(), Vec::new());
    for (key, value) in data {
        let text = match value {
            Value::String(text) => text.as_str(),
            Value::Array(pages) => match &pages[..] {
                [Value::String(page)] => page.as_str(),
                [Value::String(page), ..] if is_address(page) => {
                    return Err(format!("{key} in its data is a list of {} images", pages.len()));
                }
                _ => continue,
            },
            _ => continue,
        };
        let has_name = !text.trim().is_empty() && !text.starts_with("data:");
        match key {
            "image" if has_name => return Ok(text),
            _ if is_address(text) => addresses.push(text),
            _ if has_name => others.push(text),
            _ => {}
        }
    }
    match (&addresses[..], &others[..]) {
        ([address], _) | ([], [address]) => Ok(address),
        ([], _) => Err("its data has no address of an image".to_owned()),
        ([one, other, ..], _) => Err(format!("its data has the addresses of several images, {one} and {other}")),
    }
}

fn is_address(text: &str) -> bool {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let has_parameter = ["d", "fileuri"].iter().any(|name| parameter(text, name).is_some());
    !text.starts_with("data:") && (text.contains("://") || path.starts_with("/data/") || has_parameter)
        || has_image_extension(path)
}

/// A parameter in the query of an address, decoded.
fn parameter(address: &str, name: &str) -> Option<String> {
    let mut pairs = address.split_once('?')?.1.split('&').filter_map(|pair| pair.split_once('='));
    let value = pairs.find(|(key, _)| *key == name)?.1;
    Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
}

/// The path that an address is for.
pub(super) fn path_of(address: &str) -> String {
    if let Some(path) = parameter(address, "d").filter(|_| address.contains("local-files/")) {
        return path;
    }
    // The address that a signed one is made from, in base64.
    let Some(coded) = parameter(address, "fileuri") else { return address.to_owned() };
    let coded = coded.trim_end_matches('=');
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(coded).or_else(|_| BASE64_STANDARD_NO_PAD.decode(coded));
    bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| address.to_owned())
}

/// The name that an uploaded file had: eight hexadecimal digits are put before it (`upload_name_generator` in
/// `label_studio/data_import/models.py`).
fn uploaded_name(path: &str) -> Option<&str> {
    if !path.contains("upload/") {
        return None;
    }
    let (prefix, name) = last_component(path).split_once('-')?;
    (prefix.len() == 8 && prefix.bytes().all(|byte| byte.is_ascii_hexdigit()) && !name.is_empty()).then_some(name)
}

/// What Django makes of a name before it stores a file (`get_valid_filename` in `django/utils/text.py`).
fn stored_name(name: &str) -> String {
    let letters = name.trim().chars().map(|letter| if letter == ' ' { '_' } else { letter });
    letters.filter(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.')).collect()
}

/// The images of the folder, by the names that uploads of them get.
#[derive(Debug)]
pub(super) struct Uploads<'a> {
    images: &'a Arc<ImageNames>,
    by_stored_name: OnceCell<HashMap<String, Vec<&'a str>>>,
}

impl<'a> Uploads<'a> {
    pub(super) fn of(images: &'a Arc<ImageNames>) -> Self {
        Self { images, by_stored_name: OnceCell::new() }
    }

    /// The path of an image, or of several that an uploaded file could be.
    pub(super) fn find(&self, path: String) -> Result<String, Ambiguity> {
        let is_name = |path: &str| self.images.alike(&Spelling::of_entry(path)).next().is_some();
        let Some(name) = uploaded_name(&path).filter(|_| !is_name(&path)) else { return Ok(path) };
        if is_name(name) {
            return Ok(name.to_owned());
        }
        let spelling = Spelling::of_entry(name);
        match self.by_stored_name().get(&stored_name(last_component(spelling.forms()[1]))).map(Vec::as_slice) {
            None | Some([]) => Ok(name.to_owned()),
            Some([image]) => Ok((*image).to_owned()),
            Some([one, other, ..]) => {
                Err(Ambiguity::Images { entry: name.to_owned(), images: [*one, *other].map(str::to_owned) })
            }
        }
    }

    fn by_stored_name(&self) -> &HashMap<String, Vec<&'a str>> {
        self.by_stored_name.get_or_init(|| {
            let mut names = HashMap::<_, Vec<_>>::new();
            for path in self.images.paths() {
                names.entry(stored_name(last_component(path))).or_default().push(path);
            }
            names
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn addresses_lead_to_paths() {
        for (address, path) in [
            ("/data/upload/1/4f3a9b2c-a.jpg", "/data/upload/1/4f3a9b2c-a.jpg"),
            ("/data/local-files/?d=photos%2Fcaf%C3%A9%20%2350%25.jpg", "photos/café #50%.jpg"),
            ("http://localhost:8080/data/local-files/?x=1&d=a/b.jpg", "a/b.jpg"),
            ("/tasks/7/resolve/?fileuri=czM6Ly9idWNrZXQvYS9iLmpwZw==", "s3://bucket/a/b.jpg"),
            ("/tasks/7/presign/?fileuri=czM6Ly9idWNrZXQvYS9iLmpwZw%3D%3D", "s3://bucket/a/b.jpg"),
            ("s3://bucket/a b.jpg", "s3://bucket/a b.jpg"),
        ] {
            assert_eq!(path_of(address), path, "{address}");
        }
        assert_eq!(uploaded_name("/data/upload/1/4f3a9b2c-a-b.jpg"), Some("a-b.jpg"));
        for path in ["/data/upload/1/a.jpg", "/data/upload/1/holidays-a.jpg", "photos/4f3a9b2c-a.jpg"] {
            assert_eq!(uploaded_name(path), None, "{path}");
        }
        assert_eq!(stored_name(" my photo (1) é.jpg"), "my_photo_1_é.jpg");
    }

    #[test]
    fn the_data_names_one_image() {
        let address = |data: Value| {
            let data = data.as_object().unwrap().clone();
            address_in(data.iter().map(|(key, value)| (key.as_str(), value))).map(str::to_owned)
        };
        assert_eq!(address(json!({"text": "a cat.", "photo": "a.jpg", "n": 3})).unwrap(), "a.jpg");
        assert_eq!(address(json!({"thumb": "https://x/y", "image": "a.jpg"})).unwrap(), "a.jpg");
        assert_eq!(address(json!({"pages": ["a.jpg"]})).unwrap(), "a.jpg");
        assert_eq!(address(json!({"image": "/image1", "source": "x"})).unwrap(), "/image1");
        assert_eq!(address(json!({"photo": "IMG_0001"})).unwrap(), "IMG_0001");
        assert!(address(json!({"photo": "IMG_0001", "text": "a cat"})).is_err());
        assert!(address(json!({"left": "a.jpg", "right": "b.jpg"})).unwrap_err().contains("a.jpg and b.jpg"));
        assert!(address(json!({"pages": ["a.jpg", "b.jpg"]})).unwrap_err().contains("pages"));
        assert!(address(json!({"image": "data:image/png;base64,AAAA"})).is_err());
    }
}
