#!/usr/bin/env python3
"""Reads the output of scripts/window: the figures of tours, and their pictures."""

import json
import statistics
import struct
import sys
import zlib
from pathlib import Path

PICTURES = ["stream-running", "images", "benchmark-running",
            *(f"{tab}-{theme}" for theme in ("dark", "light") for tab in ("stream", "images", "benchmark", "results", "log"))]
# An empty window has one or two; the plainest tab has hundreds, from the smooth edges of its text.
COLORS_MIN = 64


def tour(folder: Path) -> dict:
    return json.loads((folder / "tour.json").read_text())


def done(folder: Path) -> None:
    """Prints a tour's figures; the tour must be complete."""
    figures = tour(folder)
    if figures["problem"]:
        sys.exit(f"the tour ended early: {figures['problem']}")
    print(f"first frame {figures['first_frame_ms']:.0f} ms after the process's start")
    for name, frames in figures["frames"].items():
        for what in ("work", "processor"):
            if times := frames[what]:
                print(f"{name}: {frames['frames']} frames, {what} p50 {times['p50_ms']:.1f} ms, p99 {times['p99_ms']:.1f} ms, "
                      f"longest {times['max_ms']:.1f} ms")
    if figures["saved_images"]:
        print(f"{figures['saved_images']} images saved, {figures['saved_images_per_s']:.0f} images/s")
    print(f"{figures['listed_images']} images listed, peak memory {(figures['peak_memory_bytes'] or 0) / 1e6:.0f} MB, "
          f"thumbnails {figures['thumbnail_bytes'] / 1e6:.0f} MB")


def pixels(path: Path) -> tuple[int, int, set[bytes]]:
    """Width, height and the distinct colours of an 8-bit RGB picture that is not interlaced."""
    data = path.read_bytes()
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        sys.exit(f"not a PNG file: {path}")
    width, height, depth, kind, _, _, interlace = struct.unpack(">IIBBBBB", data[16:29])
    if (depth, kind, interlace) != (8, 2, 0):
        sys.exit(f"not a picture as the window writes it: {path}")
    packed, at = b"", 8
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at:at + 8])
        if name == b"IDAT":
            packed += data[at + 8:at + 8 + length]
        at += 12 + length
    rows, stride = zlib.decompress(packed), width * 3
    before, colors = bytearray(stride), set()
    for y in range(height):
        start = y * (stride + 1)
        row, kind = bytearray(rows[start + 1:start + 1 + stride]), rows[start]
        for x in range(stride if kind else 0):
            left, up = (row[x - 3] if x >= 3 else 0), before[x]
            if kind == 1:
                row[x] = (row[x] + left) & 255
            elif kind == 2:
                row[x] = (row[x] + up) & 255
            elif kind == 3:
                row[x] = (row[x] + (left + up) // 2) & 255
            else:
                corner = before[x - 3] if x >= 3 else 0
                guess = left + up - corner
                near = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))
                row[x] = (row[x] + near[2]) & 255
        colors.update(bytes(row[x:x + 3]) for x in range(0, stride, 3))
        before = row
    return width, height, colors


def check(folder: Path, size: str, count: str) -> None:
    figures = tour(folder)
    if figures["saved_images"] != int(count):
        sys.exit(f"{figures['saved_images']} images were saved in the window, not {count}")
    if figures["listed_images"] < int(count):
        sys.exit(f"{figures['listed_images']} images were listed in the window, not {count}")
    for name in PICTURES:
        path = folder / f"{name}.png"
        if not path.is_file():
            sys.exit(f"missing: {path}")
        width, height, colors = pixels(path)
        if f"{width}x{height}" != size:
            sys.exit(f"{path} is {width}x{height}, not {size}")
        if len(colors) < COLORS_MIN:
            sys.exit(f"{path} is nearly blank: it has {len(colors)} colours")
    print(f"{len(PICTURES)} pictures of {size}, none blank; {count} images saved")


def start(*folders: Path) -> None:
    times = sorted(tour(folder)["first_frame_ms"] for folder in folders)
    print(f"first frame: median {statistics.median(times):.0f} ms of {', '.join(f'{time:.0f}' for time in times)}")


def cost(folder: Path) -> None:
    windows, headless = [], []
    for path in sorted(folder.glob("cost-window-*")):
        windows.append(tour(path)["saved_images_per_s"])
        headless.append(json.loads((folder / f"cost-headless-{path.name.rsplit('-', 1)[1]}.json").read_text())
                        ["consumer_images_per_s"])
    print("window / headless, images/s: " + ", ".join(f"{a:.0f}/{b:.0f}" for a, b in zip(windows, headless)))
    ratio = statistics.median(windows) / statistics.median(headless)
    print(f"medians {statistics.median(windows):.0f} / {statistics.median(headless):.0f} = {ratio:.3f}; median of the pairs' "
          f"ratios {statistics.median(a / b for a, b in zip(windows, headless)):.3f}")


def main() -> None:
    name, folder, *rest = sys.argv[1:]
    if name == "check":
        check(Path(folder), *rest)
    else:
        {"done": done, "start": start, "cost": cost}[name](*map(Path, (folder, *rest)))


main()
