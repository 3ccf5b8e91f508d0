//! On Windows adds the program's icon and its manifest. The commit that `--version` names is not found here, but by the crate
//! `build-commit`: a build script that runs compiles the whole package.

fn main() {
    add_resources();
    println!("cargo::rerun-if-changed=build.rs");
}

/// The icon in the file manager, and the manifest: code page UTF-8, long paths, sharp on every monitor.
#[cfg(windows)]
fn add_resources() {
    println!("cargo::rerun-if-changed=packaging/windows");
    let mut resources = winresource::WindowsResource::new();
    resources.set_icon("packaging/windows/icon.ico");
    resources.set_manifest_file("packaging/windows/kafka-image-bench.manifest");
    if let Err(error) = resources.compile() {
        println!("cargo::warning=the program has no icon and no manifest: {error}");
    }
}

#[cfg(not(windows))]
fn add_resources() {}
