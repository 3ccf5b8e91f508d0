"""Links between documents, and paths of documents that anything in the checkout names."""

import re

from .pages import DOCS, ROOT, anchors, book_pages, name_of, tracked, without_code

LINK = re.compile(r"\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
# Not `docs.rs/…`, and not a path that a variable completes.
PATH = re.compile(r"(?<![\w./$}-])(?:\.\./)*docs/[A-Za-z0-9_./-]*\.(?:json|md|patch|png|toml|webp)\b")
# What changed in the past may name files of the past.
HISTORY = {"CHANGELOG.md"}


def check():
    return of_pages() + of_paths() + of_the_summary()


def of_pages():
    problems = []
    for page in tracked("*.md"):
        for target in LINK.findall(without_code(page.read_text(encoding="utf-8"))):
            if ELSEWHERE.match(target):
                continue
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            if not file.exists():
                problems.append(f"{name_of(page)}: the link {target} leads to nothing")
            elif anchor and file.suffix == ".md" and anchor not in anchors(file):
                problems.append(f"{name_of(page)}: {path or 'the page'} has no heading #{anchor}")
    return problems


def of_paths():
    """Documents that sources, scripts and documents name by their path from the checkout."""
    problems = []
    for file in tracked("*.rs", "*.toml", "*.md", "*.yml", "*.yaml", "justfile", "scripts/*", ".ci/*"):
        if file.name in HISTORY:
            continue
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for path in PATH.findall(text):
            if not (ROOT / path.replace("../", "")).exists():
                problems.append(f"{name_of(file)}: {path} does not exist")
    return problems


def of_the_summary():
    """Every page is in the book."""
    summary = (DOCS / "SUMMARY.md").read_text(encoding="utf-8")
    listed = {(DOCS / target).resolve() for target in LINK.findall(summary)}
    missing = [page for page in book_pages() if page.name != "SUMMARY.md" and page.resolve() not in listed]
    return [f"docs/SUMMARY.md does not list {name_of(page)}" for page in missing]
