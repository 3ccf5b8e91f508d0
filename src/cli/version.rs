//! What `--version` prints; `-V` prints the first line.

use kafka_image_bench_core::broker::HAS_EMBEDDED_BROKER;
use kafka_image_bench_core::kafka::client_version;

/// The version, the commit, the Kafka client, the features and the platform.
pub(super) fn long(commit: Option<&str>) -> String {
    let commit = commit.filter(|commit| !commit.is_empty()).unwrap_or("not recorded");
    let features: Vec<&str> = features().into_iter().filter_map(|(name, is_in)| is_in.then_some(name)).collect();
    let features = if features.is_empty() { "none".to_owned() } else { features.join(", ") };
    let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    [
        env!("CARGO_PKG_VERSION").to_owned(),
        format!("commit: {commit}"),
        format!("client: {}", client_version()),
        format!("features: {features}"),
        format!("platform: {system}, {machine}"),
    ]
    .join("\n")
}

/// The features of the program, and whether they are in this one.
fn features() -> [(&'static str, bool); 3] {
    [
        ("embedded-broker", HAS_EMBEDDED_BROKER),
        ("metrics", cfg!(feature = "metrics")),
        ("window", cfg!(feature = "window")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_is_named() {
        let manifest: toml::Table = toml::from_str(include_str!("../../Cargo.toml")).unwrap();
        let declared = manifest["features"].as_table().unwrap().keys().map(String::as_str);
        let mut declared: Vec<&str> = declared.filter(|name| *name != "default").collect();
        declared.sort_unstable();
        assert_eq!(features().map(|(name, _)| name).to_vec(), declared);
    }

    #[test]
    fn it_names_the_client_and_the_features() {
        let text = long(Some("0a1b2c"));
        assert!(text.starts_with(env!("CARGO_PKG_VERSION")), "{text}");
        for line in ["commit: 0a1b2c", "client: librdkafka 2.", "features: "] {
            assert!(text.lines().any(|found| found.starts_with(line)), "{line}: {text}");
        }
        for (feature, is_in) in features() {
            assert_eq!(text.contains(feature), is_in, "{feature}: {text}");
        }
        for unknown in [None, Some("")] {
            assert!(long(unknown).contains("\ncommit: not recorded\n"), "{unknown:?}");
        }
    }
}
