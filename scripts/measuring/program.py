"""Runs the program, and reads what it measured."""

import html.parser
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from .kafka import ROOT

# A benchmark in which a run failed, or did not hold its rate, is a result too.
FAILED = 1


def build(*examples):
    """Builds the program and some examples in the release profile; returns the folder that they are in."""
    command = ["cargo", "build", "--release", "--bins", *(part for name in examples for part in ("--example", name))]
    subprocess.run(command, check=True, cwd=ROOT)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"


class Program:
    """The program, on one broker: a cluster, or the embedded one where `servers` is None."""

    def __init__(self, path, work, servers):
        self.path, self.work, self.servers = path, Path(work), servers

    def run(self, *arguments, codes=(0,)):
        command = [str(self.path), "--headless", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode not in codes:
            sys.exit(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def benchmark(self, images, *options):
        """The results of a benchmark, and their file."""
        broker = ["--bootstrap-server", self.servers] if self.servers else ["--data", self.work / "embedded"]
        folder = self.work / "results"
        out = self.run("--output-format", "json", "benchmark", *broker, "--input", images, "--work-dir", folder, *options,
                       codes=(0, FAILED))
        answer = json.loads(out)
        return answer["results"], Path(answer["files"]["details_json"])

    def recommendation(self, file):
        return json.loads(self.run("--output-format", "json", "recommend", file))

    def verdicts(self, file):
        """The verdict on each configuration, by figure: {configuration: {figure: text}}."""
        page = self.work / "report.html"
        self.run("--output-format", "quiet", "report", file, "--out", page)
        table = Verdicts()
        table.feed(page.read_text())
        if not table.rows:
            return {}
        heading, *rows = table.rows
        return {row[0]: dict(zip(heading[1:], row[1:])) for row in rows}


class Verdicts(html.parser.HTMLParser):
    """The table below the heading Verdicts of a report."""

    def __init__(self):
        super().__init__()
        self.rows, self.heading, self.is_next, self.is_inside, self.cell = [], None, False, False, None

    def handle_starttag(self, tag, attributes):
        if tag == "h3":
            self.heading = ""
        elif tag == "table":
            self.is_inside, self.is_next = self.is_next, False
        elif self.is_inside and tag == "tr":
            self.rows.append([])
        elif self.is_inside and tag in ("td", "th"):
            self.cell = ""

    def handle_endtag(self, tag):
        if tag == "h3":
            self.is_next, self.heading = self.heading == "Verdicts", None
        elif tag == "table":
            self.is_inside = False
        elif self.is_inside and tag in ("td", "th"):
            self.rows[-1].append(self.cell)
            self.cell = None

    def handle_data(self, data):
        if self.heading is not None:
            self.heading += data
        if self.cell is not None:
            self.cell += data


def good_runs(configuration):
    return [run for run in configuration["runs"] if run["status"] == "ok"]


def throughput(configuration):
    """Median images/s of the runs that count; None without one."""
    rates = [run["producer"]["images_per_s"] for run in good_runs(configuration)]
    return statistics.median(rates) if rates else None


def significant(value):
    """Three significant digits."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
