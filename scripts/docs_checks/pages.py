"""The pages, and what they consist of."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
# Written by the program, or about patches for others.
OUTSIDE_THE_BOOK = {"upstream"}

FENCE = re.compile(r"^(```+)([^\n]*)\n(.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL)
INLINE_CODE = re.compile(r"(`+)(.+?)\1", re.DOTALL)
HEADING = re.compile(r"^(#{1,6}) (.+?)#*$", re.MULTILINE)


def tracked(*patterns):
    """Files of the checkout, new ones included."""
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        check=True, capture_output=True, text=True,
    ).stdout
    return sorted(ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())


def book_pages():
    """The Markdown files of the book."""
    pages = tracked("docs/*.md")
    return [page for page in pages if page.relative_to(DOCS).parts[0] not in OUTSIDE_THE_BOOK]


def without_code_blocks(text):
    return FENCE.sub("", text)


def without_code(text):
    return INLINE_CODE.sub("", without_code_blocks(text))


def name_of(page):
    return str(page.relative_to(ROOT))


def anchors(page):
    """The anchors of a page's headings, as GitHub and mdBook make them."""
    found, seen = set(), {}
    for _, heading in HEADING.findall(without_code_blocks(page.read_text(encoding="utf-8"))):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        anchor = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        count = seen.get(anchor, 0)
        seen[anchor] = count + 1
        found.add(f"{anchor}-{count}" if count else anchor)
    return found
