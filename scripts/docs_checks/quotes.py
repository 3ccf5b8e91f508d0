"""Messages that the troubleshooting page quotes must be in the sources, word for word."""

import re

from .pages import DOCS, name_of, tracked

SOURCES = ("src/*.rs", "crates/*.rs")
QUOTED = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
# A line of Rust source that continues a string literal.
CONTINUED = re.compile(r"\\\n\s*")


def check():
    page = DOCS / "troubleshooting.md"
    text = "\n".join(CONTINUED.sub("", file.read_text(encoding="utf-8")) for file in tracked(*SOURCES))
    text = text.replace('\\"', '"')
    messages = QUOTED.findall(page.read_text(encoding="utf-8"))
    if len(messages) < 10:
        return [f"{name_of(page)}: only {len(messages)} quoted messages were found"]
    problems = []
    for message in messages:
        for part in filter(None, (part.strip() for part in message.split("…"))):
            if part not in text:
                problems.append(f"{name_of(page)}: no source has the words: {part}")
    print(f"{len(messages)} quoted messages are in the sources" if not problems else "")
    return problems
