"""Runs the commands that the pages show. The comments that say how are described in scripts/check-docs."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from .pages import ROOT, book_pages, name_of

PART = re.compile(r"<!-- run: (?P<how>.*?)-->\n*|^```(?P<language>[^\n]*)\n(?P<block>.*?)^```$", re.MULTILINE | re.DOTALL)
TIMEOUT_S = 180
INTERRUPTED = 130
CLUSTER, SECURE_CLUSTER, PASSWORD, AUTHORITY = "localhost:9092", "broker1:9093", "PASSWORD", "ca.pem"


class Failed(Exception):
    """A block does not do what the page says."""


@dataclass
class Block:
    """A block, and how to run it."""

    language: str
    text: str
    reason: str = ""
    needs: str = ""
    until: str = ""
    codes: tuple = (0,)
    file: str = ""
    is_output: bool = False
    is_setup: bool = False
    replacements: list = field(default_factory=list)

    def direct(self, how):
        """Takes the instructions of a comment."""
        if how.startswith("not here, "):
            self.reason = how.removeprefix("not here, ")
            return
        for one in filter(None, (one.strip() for one in how.split(";"))):
            word, _, rest = one.partition(" ")
            if one in ("cluster", "secure"):
                self.needs = one
            elif one == "output":
                self.is_output = True
            elif word == "until" and rest:
                self.until = rest
            elif word == "exit":
                self.codes = tuple(int(code) for code in rest.split(" or "))
            elif word == "file":
                self.file = rest
            elif word == "replace" and " by " in rest:
                self.replacements.append(rest.split(" by ", 1))
            else:
                raise Failed(f"the comment `run: {one}` is not understood")


def blocks_of(text):
    """The blocks of a page that matter, in their order."""
    blocks, pending = [], None
    for part in PART.finditer(text):
        how = part["how"]
        if how is None:
            block = Block(part["language"].strip(), part["block"])
            if pending is not None and pending[1] == part.start():
                block.direct(pending[0])
            elif pending is not None:
                raise Failed(f"no block follows the comment `run: {pending[0].strip()}`")
            pending = None
            blocks.append(block)
        elif how.startswith("setup"):
            blocks.append(Block("sh", how.removeprefix("setup"), is_setup=True))
        else:
            pending = (how, part.end())
    if pending is not None:
        raise Failed(f"no block follows the comment `run: {pending[0].strip()}`")
    return blocks


class Clusters:
    """What stands for the addresses and secrets of the pages."""

    def __init__(self):
        self.replacements = {"cluster": None, "secure": None}
        if address := os.environ.get("KIB_TEST_BOOTSTRAP"):
            self.replacements["cluster"] = [(CLUSTER, address)]
        if file := os.environ.get("KIB_TEST_SECURE_CONFIG"):
            lines = (line.split("=", 1) for line in Path(file).read_text(encoding="utf-8").splitlines() if "=" in line)
            properties = dict(lines)
            self.replacements["secure"] = [
                (SECURE_CLUSTER, properties["bootstrap.servers"]),
                (PASSWORD, properties["sasl.password"]),
                (AUTHORITY, properties["ssl.ca.location"]),
            ]


class Session:
    """A page's folder, home and last output."""

    def __init__(self, folder, program, clusters):
        self.folder, self.clusters, self.output = Path(folder), clusters, ""
        self.work = self.folder / "work"
        (self.folder / "home").mkdir()
        (self.folder / "bin").mkdir()
        (self.folder / "bin/kafka-image-bench").symlink_to(program)
        shutil.copytree(ROOT / "Labeled_Images", self.work / "Labeled_Images")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("KAFKA_", "KIB_", "XDG_"))}
        self.environment = kept | {"HOME": str(self.folder / "home"), "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}

    def do(self, block):
        """Returns what was done: `run`, `skipped`, `not here`, or nothing for blocks that are not run."""
        if block.is_output:
            return self.compare(block.text)
        if block.language != "sh" and not block.file:
            return ""
        if block.reason:
            self.parse(block.text)
            return "not here"
        text = block.text
        if block.file:
            for replacement in filter(None, self.clusters.replacements.values()):
                text = replaced(text, replacement)
            (self.work / block.file).write_text(text, encoding="utf-8")
            return ""
        if block.needs and self.clusters.replacements[block.needs] is None:
            return "skipped"
        needs = "cluster" if block.is_setup else block.needs
        text = replaced(text, self.clusters.replacements.get(needs) or [])
        text = replaced(text, block.replacements)
        if block.until:
            self.interrupt(text, block.until)
        else:
            self.run(text, block.codes)
        return "" if block.is_setup else "run"

    def parse(self, text):
        """Commands of the program that are not run are at least read by it: --print-config does nothing else."""
        lines = re.sub(r"\\\n\s*", "", text).splitlines()
        for line in (line for line in lines if line.startswith("kafka-image-bench ")):
            self.run(f'kafka-image-bench() {{ command kafka-image-bench "$@" --print-config; }}\n{line}', (0,))

    def start(self, text, **options):
        # A shell started by a script ignores SIGINT for what it starts in the background; this one runs in the foreground.
        return subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", text], cwd=self.work, env=self.environment, stdin=subprocess.DEVNULL,
            start_new_session=True, text=True, encoding="utf-8", errors="replace", stderr=subprocess.STDOUT, **options,
        )

    def run(self, text, codes):
        process = self.start(text, stdout=subprocess.PIPE)
        try:
            self.output, _ = process.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            self.output, _ = process.communicate()
            raise Failed(f"not done within {TIMEOUT_S} s:\n{text}\n{self.output}") from None
        if process.returncode not in codes:
            expected = " or ".join(str(code) for code in codes)
            raise Failed(f"exit code {process.returncode} and not {expected}:\n{text}\n{self.output}")

    def interrupt(self, text, expected):
        log = self.folder / "log"
        with open(log, "w", encoding="utf-8") as file:
            process = self.start(text, stdout=file)
        deadline = time.monotonic() + TIMEOUT_S
        while expected not in log.read_text(encoding="utf-8", errors="replace"):
            if time.monotonic() > deadline or process.poll() is not None:
                os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
                raise Failed(f"it does not print “{expected}”:\n{text}\n{log.read_text(encoding='utf-8')}")
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        code = process.wait(timeout=TIMEOUT_S)
        self.output = log.read_text(encoding="utf-8", errors="replace")
        if code not in (0, INTERRUPTED):
            raise Failed(f"exit code {code} after Ctrl+C:\n{text}\n{self.output}")

    def compare(self, text):
        """Every line of the block is a line of the output, in this order."""
        printed = iter([shape(line) for line in self.output.splitlines()])
        for line in filter(None, text.splitlines()):
            pattern = re.compile(".*".join(re.escape(part) for part in shape(line).split("…")))
            if not any(pattern.fullmatch(one) for one in printed):
                raise Failed(f"it does not print the line:\n{line}\nbut:\n{self.output}")
        return ""


def shape(line):
    """A line without its numbers, and with one unit of time."""
    return re.sub(r"# (?:µs|ms|s)\b", "# s", re.sub(r"\d[\d,.]*\d|\d", "#", line.rstrip()))


def replaced(text, replacements):
    for before, after in replacements:
        text = text.replace(before, after)
    return text


def check(program, pages=()):
    """Runs the commands of these pages; of all without any."""
    problems, counts, clusters = [], {"run": 0, "skipped": 0, "not here": 0, "": 0}, Clusters()
    for page in pages or [ROOT / "README.md", *book_pages()]:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="kafka-image-bench-docs.") as folder:
            try:
                blocks = blocks_of(page.read_text(encoding="utf-8"))
                if not any(block.language == "sh" for block in blocks):
                    continue
                session = Session(folder, program, clusters)
                for block in blocks:
                    counts[session.do(block)] += 1
            except Failed as failed:
                problems.append(f"{name_of(page)}: {failed}")
        print(f"{name_of(page)}: {time.monotonic() - started:.1f} s", flush=True)
    print(f"blocks of commands: {counts['run']} run, {counts['skipped']} skipped without a cluster, {counts['not here']} not run here")
    if counts["run"] == 0 and not pages:
        problems.append("no command of the documents was run")
    return problems
