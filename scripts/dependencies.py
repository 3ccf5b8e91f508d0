#!/usr/bin/env python3
"""What the program is made of: licence texts for packages, a bill of materials, and a check of the features of crates.

  scripts/dependencies.py licenses FILE [--target TRIPLE]     the licence text of every crate and C library, as plain text
  scripts/dependencies.py sbom FILE [--target TRIPLE]         the same crates and libraries as CycloneDX 1.5 JSON
  scripts/dependencies.py features [--target TRIPLE]          fails if a dependency of the tests alone adds a feature to a crate of the program:
                                                              `cargo run` and `cargo test --workspace` would then not share what they build

Without --target it is this machine's. In the first two only what ends up in the program counts: no build scripts, no procedural macros, no
dependencies of tests. Needs cargo and a downloaded registry (any build has done that). The output depends on Cargo.lock,
the target and SOURCE_DATE_EPOCH alone.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
import tomllib
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = "kafka-image-bench"
LICENSE_NAMES = re.compile(r"^(un)?licen[sc]es?([-._].*)?$|^copying([-._].*)?$|^copyright([-._].*)?$|^notices?([-._].*)?$|^ofl\.txt$", re.IGNORECASE)
# C libraries that crates bring in source: crate -> name, licence, its licence files, where its version is.
BUNDLED = {
    "rdkafka-sys": ("librdkafka", "BSD-2-Clause", ["librdkafka/LICENSES.txt"], None),
    "openssl-src": ("openssl", "Apache-2.0", ["openssl/LICENSE.txt"], None),
    "zstd-sys": ("zstd", "BSD-3-Clause OR GPL-2.0-only", ["zstd/LICENSE"], None),
    "libz-sys": ("zlib", "Zlib", ["src/zlib/LICENSE"], ("src/zlib/zlib.h", r'#define ZLIB_VERSION "([^"]+)"')),
    "tikv-jemalloc-sys": ("jemalloc", "BSD-2-Clause", ["jemalloc/COPYING"], None),
}
# These link a C library that a build dependency of theirs compiles.
BUILDS = {"openssl-sys": "openssl-src"}
# What comes without a crate's licence file: the project's fonts, the font of a crate that names its own licence only, and what
# makes an AppImage start.
FONTS = ("Inter and Noto Emoji, the fonts (OFL-1.1)", ROOT / "assets" / "fonts" / "OFL.txt")
OTHERS = [("Material Symbols, the font of egui_material_icons (Apache-2.0)", "Apache-2.0"),
          ("AppImageKit's runtime, in the AppImage alone (MIT)", "MIT")]


def cargo(*arguments):
    done = subprocess.run(["cargo", *arguments], cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"scripts/dependencies.py: cargo {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


def host():
    version = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
    return re.search(r"^host: (\S+)$", version, re.MULTILINE).group(1)


class Dependencies:
    """The crates that are linked, and what cargo knows about them."""

    def __init__(self, target):
        metadata = json.loads(cargo("metadata", "--format-version", "1", "--locked", "--filter-platform", target))
        tree = cargo("tree", "--locked", "--package", PROGRAM, "--edges", "normal,no-proc-macro", "--target", target,
                     "--prefix", "none", "--format", "{p}")
        linked = {tuple(line.split()[:2]) for line in tree.splitlines() if line.strip()}
        names = {name for name, _ in linked}
        packages = {package["id"]: package for package in metadata["packages"]}
        built = {BUILDS[name] for name in names & BUILDS.keys()}
        self.packages = {key: package for key, package in packages.items()
                         if (package["name"], "v" + package["version"]) in linked or package["name"] in built}
        missing = linked - {(package["name"], "v" + package["version"]) for package in self.packages.values()}
        if missing:
            sys.exit(f"scripts/dependencies.py: cargo metadata has no {sorted(missing)}")
        self.edges = {node["id"]: [edge["pkg"] for edge in node["deps"] if edge["pkg"] in self.packages
                                   and (any(kind["kind"] is None for kind in edge["dep_kinds"]) or self.name(edge["pkg"]) in built)]
                      for node in metadata["resolve"]["nodes"] if node["id"] in self.packages}
        lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
        self.checksums = {(package["name"], package["version"]): package.get("checksum") for package in lock["package"]}

    def name(self, key):
        return self.packages[key]["name"]

    def sorted(self):
        return sorted(self.packages.values(), key=lambda package: (package["name"], package["version"]))

    def root(self):
        return next(package for package in self.packages.values() if package["name"] == PROGRAM)


def own(package):
    return package["source"] is None


def folder_of(package):
    return Path(package["manifest_path"]).parent


def bundled(package):
    """Name, version, licence and licence files of the C library that a crate brings; `None` for most."""
    if package["name"] not in BUNDLED:
        return None
    name, license_, patterns, version_at = BUNDLED[package["name"]]
    folder = folder_of(package)
    if version_at:
        version = re.search(version_at[1], (folder / version_at[0]).read_text(encoding="utf-8", errors="replace")).group(1)
    else:
        version = re.sub(rf"^{name}\.", "", package["version"].partition("+")[2])
    files = [file for pattern in patterns for file in sorted(folder.glob(pattern))]
    if not files or not version:
        sys.exit(f"scripts/dependencies.py: {package['name']} has no version or licence of {name} where this script looks")
    return name, version, license_, files


def license_files(package):
    folder = folder_of(package)
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and LICENSE_NAMES.match(path.name)]
    for sub in ("LICENSES", "licenses", "license", "fonts"):
        if (folder / sub).is_dir():
            files += [path for path in sorted((folder / sub).iterdir())
                      if path.is_file() and (path.suffix == ".txt" or LICENSE_NAMES.match(path.name))]
    named = package.get("license_file")
    if named and (folder / named).is_file() and (folder / named) not in files:
        files.append(folder / named)
    return files


def text_of(path):
    """A licence text with plain line ends, so that equal texts are printed once."""
    text = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n").replace("\f", "\n")
    return "\n".join(line.rstrip() for line in text.strip("\n\ufeff").split("\n")).strip("\n") + "\n"


def standard_texts():
    """Licences that many crates name without their text."""
    mit = text_of(ROOT / "LICENSE")
    return {"MIT": re.sub(r"Copyright \(c\) .*", "Copyright (c) the authors of what is listed above", mit, count=1)}


def licenses(dependencies):
    texts, without = {}, []

    def add(text, who):
        texts.setdefault(text, []).append(who)

    def shown(package):
        return f"{package['name']} {package['version']} ({package['license'] or 'see its text'})"

    for package in filter(lambda package: not own(package), dependencies.sorted()):
        if part := bundled(package):
            name, version, license_, files = part
            for file in files:
                add(text_of(file), f"{name} {version}, {file.name} ({license_})" if len(files) > 1 else f"{name} {version} ({license_})")
        files = license_files(package)
        for file in files:
            add(text_of(file), shown(package))
        if not files:
            without.append(package)
    add(text_of(FONTS[1]), FONTS[0])
    # A crate without a text: that of the licence that it names, as another crate has it.
    apache = next(text for text in sorted(texts, key=len) if "Apache License" in text and "END OF TERMS" in text)
    standard = standard_texts() | {"Apache-2.0": apache}
    for name, license_ in OTHERS:
        add(standard[license_], name)
    unknown = []
    for package in without:
        choices = re.split(r"\s+OR\s+|/", (package["license"] or "").strip("()"))
        if chosen := next((standard[choice] for choice in choices if choice in standard), None):
            add(chosen, shown(package))
        else:
            unknown.append(shown(package))
    if unknown:
        sys.exit("scripts/dependencies.py: without a licence text: " + "; ".join(unknown))
    version = dependencies.root()["version"]
    lines = [f"Kafka Image Bench {version} is under the MIT licence. It contains the crates, C libraries and fonts below, under their",
             "own licences, and the Rust standard library (MIT OR Apache-2.0).", ""]
    for text, users in sorted(texts.items(), key=lambda item: item[1]):
        lines += ["=" * 100, *dict.fromkeys(users), "-" * 100, text]
    return "\n".join(lines)


def licensed(expression):
    """In CycloneDX: an identifier alone is a licence, anything else an expression. `/` is cargo's old form of OR."""
    expression = re.sub(r"\s*/\s*", " OR ", expression)
    return [{"expression": expression}] if " " in expression else [{"license": {"id": expression}}]


def component(package, checksums):
    purl = f"pkg:cargo/{package['name']}@{package['version'].replace('+', '%2B')}"
    entry = {"type": "application" if package["name"] == PROGRAM else "library", "bom-ref": purl, "name": package["name"],
             "version": package["version"], "scope": "required"}
    if package["description"]:
        entry["description"] = " ".join(package["description"].split())
    if checksum := checksums.get((package["name"], package["version"])):
        entry["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if package["license"]:
        entry["licenses"] = licensed(package["license"])
    return entry | {"purl": purl}


def sbom(dependencies):
    refs, components, edges = {}, [], []
    for package in dependencies.sorted():
        entry = component(package, dependencies.checksums)
        refs[package["id"]] = entry["bom-ref"]
        if package["name"] != PROGRAM:
            components.append(entry)
        if part := bundled(package):
            name, version, license_, _ = part
            purl = f"pkg:generic/{name}@{version}"
            components.append({"type": "library", "bom-ref": purl, "name": name, "version": version, "scope": "required",
                               "licenses": licensed(license_), "purl": purl})
            edges.append({"ref": purl})
    for package in dependencies.sorted():
        used = [refs[key] for key in dependencies.edges[package["id"]]]
        if part := bundled(package):
            used.append(f"pkg:generic/{part[0]}@{part[1]}")
        edges.append({"ref": refs[package["id"]], "dependsOn": sorted(set(used))})
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or cargo_lock_epoch()
    root = component(dependencies.root(), {}) | {"scope": "required"}
    body = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
            "metadata": {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(epoch))), "component": root},
            "components": sorted(components, key=lambda entry: entry["bom-ref"]),
            "dependencies": sorted(edges, key=lambda edge: edge["ref"])}
    serial = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(body, sort_keys=True))
    return json.dumps({"$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json", "serialNumber": f"urn:uuid:{serial}"} | body,
                      indent=1, ensure_ascii=False) + "\n"


def cargo_lock_epoch():
    stamp = subprocess.run(["git", "-C", ROOT, "log", "-1", "--format=%ct"], check=False, capture_output=True, text=True).stdout.strip()
    return stamp or str(int(time.time()))


def builds(target, *arguments):
    """Crates and their features, each as a line; a crate that is built in several ways has several."""
    tree = cargo("tree", "--locked", *arguments, "--target", target, "--prefix", "none", "--no-dedupe", "--format", "{p} [{f}]")
    return {line.strip() for line in tree.splitlines() if line.strip()}


def features(target):
    """Crates that the program builds otherwise than the tests do, with both."""
    alone = builds(target, "--package", PROGRAM, "--edges", "normal,build")
    tested = builds(target, "--workspace", "--edges", "normal,build,dev")

    def crate_of(line):
        return line[:line.rindex(" [")]

    def features_of(lines, crate):
        return sorted({feature for line in lines if crate_of(line) == crate
                       for feature in line[line.rindex("[") + 1:-1].split(",") if feature})

    different = sorted({crate_of(line) for line in alone - tested})
    problems = []
    for crate in different:
        names = crate.split(" (")[0], ", ".join(features_of(alone, crate)), ", ".join(features_of(tested, crate))
        problems.append("  {}\n    the program: {}\n    the tests:   {}".format(*names))
    if problems:
        sys.exit("scripts/dependencies.py: the tests build these crates with other features than the program, and so build them a second "
                 "time. Ask for the features in the program's own dependencies (Cargo.toml), or not in the tests':\n" + "\n".join(problems))
    return f"{len(alone)} builds of crates are those of the tests, too"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["licenses", "sbom", "features"])
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--target", default=None)
    arguments = parser.parse_args()
    if arguments.what == "features":
        if arguments.file:
            parser.error("features writes no file")
        print(features(arguments.target or host()))
        return
    if not arguments.file:
        parser.error(f"{arguments.what} needs the FILE to write")
    dependencies = Dependencies(arguments.target or host())
    text = licenses(dependencies) if arguments.what == "licenses" else sbom(dependencies)
    arguments.file.write_text(text, encoding="utf-8", newline="\n")
    print(f"{arguments.file}: {len(dependencies.packages)} crates")


main()
