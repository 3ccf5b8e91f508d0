#!/usr/bin/env python3
"""A plain image producer, as commonly written with kafka-python: the reference for `compare`.

One image after the other: read, base64, JSON, send, wait for the acknowledgement. The clock starts when the
client is connected and stops at the last acknowledgement.
"""

import argparse
import base64
import csv
import json
import pathlib
import sys
import time

from kafka import KafkaProducer

HEADER = ["Total Processed Images", "Total Time (s)", "Average Latency (s)", "Throughput (images/s)"]
SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}


def label_of(path):
    """The file's name up to its first dot, without spaces around it."""
    return path.name.split(".", 1)[0].strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap", default="localhost:9092")
    parser.add_argument("--topic", default="image-data")
    parser.add_argument("--input", type=pathlib.Path, required=True, help="folder of images")
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("."), help="folder for producer_metrics.csv")
    parser.add_argument("--count", type=int, help="send that many, from the start again where there are fewer")
    parser.add_argument("--not-ascii-only", action="store_true", help="write JSON with ensure_ascii=False")
    args = parser.parse_args()

    images = sorted(path for path in args.input.iterdir() if path.suffix.lower() in SUFFIXES)
    if not images:
        sys.exit(f"no images in {args.input}")
    count = args.count if args.count is not None else len(images)
    producer = KafkaProducer(bootstrap_servers=args.bootstrap, max_request_size=16 * 1024 * 1024)
    # The first send waits for the topic's metadata; this is not measured.
    producer.partitions_for(args.topic)

    started = time.perf_counter()
    for number in range(count):
        path = images[number % len(images)]
        encoded = base64.b64encode(path.read_bytes()).decode("utf-8")
        message = {"image_file": encoded, "annotation": label_of(path)}
        value = json.dumps(message, ensure_ascii=not args.not_ascii_only).encode("utf-8")
        producer.send(args.topic, value).get(timeout=30)
    seconds = time.perf_counter() - started
    producer.close()

    args.output.mkdir(parents=True, exist_ok=True)
    with open(args.output / "producer_metrics.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerow([count, f"{seconds:.4f}", f"{seconds / max(count, 1):.6f}", f"{count / seconds:.2f}"])
    print(f"{count} images in {seconds:.3f} s, {count / seconds:.1f} images/s")


if __name__ == "__main__":
    main()
