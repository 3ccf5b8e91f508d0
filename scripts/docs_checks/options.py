"""Options that the book names must be options of the program."""

import re
import subprocess

from .pages import DOCS, INLINE_CODE, book_pages, name_of, without_code_blocks

OPTION = re.compile(r"--[a-z0-9][a-z0-9-]*")
# These are about cargo, Docker and scripts.
OTHER_PROGRAMS = {"building.md", "choosing.md", "performance.md", "releasing.md", "docker.md", "kubernetes.md"}


def options_of(program, *command):
    shown = subprocess.run([program, "--headless", *command, "--help"], check=True, capture_output=True, text=True).stdout
    return shown, set(OPTION.findall(shown))


def check(program):
    shown, known = options_of(program)
    commands = re.findall(r"^  ([a-z]+) ", shown.split("Commands", 1)[-1], re.MULTILINE)
    for command in commands:
        known |= options_of(program, command)[1]
    if len(commands) < 5 or len(known) < 20:
        return [f"the program's help shows only {len(commands)} commands and {len(known)} options"]
    problems = []
    for page in book_pages():
        if page.name in OTHER_PROGRAMS:
            continue
        for _, code in INLINE_CODE.findall(without_code_blocks(page.read_text(encoding="utf-8"))):
            words = OPTION.findall(code) if code.startswith("--") else []
            problems += [f"{name_of(page)}: no command has the option {word}" for word in words if word not in known]
    print(f"{len(known)} options of {len(commands)} commands are known" if not problems else "")
    return problems
