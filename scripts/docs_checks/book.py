"""The book is built with mdBook, and no link in its pages leads to nothing."""

import os
import subprocess
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlparse

from .pages import DOCS

MDBOOK_VERSION = "0.5.4"


def mdbook():
    """mdBook, compiled the first time and kept in the cache; what is watched and served is left out."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kafka-image-bench/tools"
    folder = cache / f"mdbook-{MDBOOK_VERSION}"
    program = folder / "bin/mdbook"
    if not program.exists():
        with tempfile.TemporaryDirectory(prefix="kafka-image-bench-mdbook.") as target:
            subprocess.run(
                ["cargo", "install", "--quiet", "--locked", "--debug", "--no-default-features", "--features", "search",
                 "mdbook", "--version", MDBOOK_VERSION, "--root", folder],
                check=True, env=os.environ | {"CARGO_TARGET_DIR": target, "CARGO_PROFILE_DEV_DEBUG": "0"},
            )
    return program


class Page(HTMLParser):
    """The ids and the links of a page."""

    def __init__(self, file):
        super().__init__()
        self.ids, self.links = set(), set()
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id":
                self.ids.add(value)
            elif name in ("href", "src") and tag in ("a", "img") and value:
                self.links.add(value)


def check():
    with tempfile.TemporaryDirectory(prefix="kafka-image-bench-book.") as folder:
        built = Path(folder) / "book"
        done = subprocess.run([mdbook(), "build", DOCS, "--dest-dir", built], capture_output=True, text=True, check=False)
        if done.returncode != 0 or "WARN" in done.stderr or "ERROR" in done.stderr:
            return [f"mdBook: {done.stdout}{done.stderr}"]
        return links_of(built)


def links_of(built):
    # print.html repeats all pages on one, with anchors of its own.
    pages = {file: Page(file) for file in built.rglob("*.html") if file.name not in ("print.html", "404.html", "toc.html")}
    problems = []
    for file, page in pages.items():
        for link in page.links:
            address = urlparse(link)
            if address.scheme or address.netloc or link.startswith("javascript"):
                continue
            target = (file.parent / unquote(address.path)).resolve() if address.path else file
            target = target / "index.html" if target.is_dir() else target
            where = f"the book's {file.relative_to(built)}"
            if not target.is_relative_to(built) or not target.exists():
                problems.append(f"{where}: the link {link} leads out of the book, or to nothing")
            elif address.fragment and target in pages and unquote(address.fragment) not in pages[target].ids:
                problems.append(f"{where}: {link} names no heading")
    print(f"the book has {len(pages)} pages" if not problems else "")
    return sorted(set(problems))
