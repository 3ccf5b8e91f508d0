#!/usr/bin/env python3
"""A plain image consumer, as commonly written with kafka-python: the reference for `compare`.

One message after the other: JSON, base64, write the file, append the row; offsets are committed automatically.
The clock starts when the first message arrives and stops when the last file and row are written.
"""

import argparse
import base64
import csv
import json
import pathlib
import sys
import time

from kafka import KafkaConsumer

HEADER = ["Total Processed Messages", "Total Time (s)", "Average Latency (s)", "Throughput (messages/s)"]
SIGNATURES = [
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"GIF8", ".gif"),
    (b"BM", ".bmp"),
    (b"II*\x00", ".tif"),
    (b"MM\x00*", ".tif"),
]


def suffix_of(data):
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ".webp"
    return next((suffix for signature, suffix in SIGNATURES if data.startswith(signature)), ".bin")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap", default="localhost:9092")
    parser.add_argument("--topic", default="image-data")
    parser.add_argument("--group", default="image-consumer-group")
    parser.add_argument("--output", type=pathlib.Path, required=True, help="folder for output_images and the CSV files")
    parser.add_argument("--count", type=int, help="stop after that many; without it, after 5 s without a message")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds without a message that end it early")
    args = parser.parse_args()

    folder = args.output / "output_images"
    folder.mkdir(parents=True, exist_ok=True)
    consumer = KafkaConsumer(
        args.topic,
        bootstrap_servers=args.bootstrap,
        group_id=args.group,
        auto_offset_reset="earliest",
        enable_auto_commit=True,
        max_partition_fetch_bytes=16 * 1024 * 1024,
        consumer_timeout_ms=int(1000 * (args.timeout if args.count is not None else 5.0)),
    )

    count, started, ended = 0, 0.0, 0.0
    with open(args.output / "annotation.csv", "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["image_path", "annotation"])
        for record in consumer:
            if count == 0:
                started = time.perf_counter()
            message = json.loads(record.value.decode("utf-8"))
            data = base64.b64decode(message["image_file"])
            name = message["annotation"] + suffix_of(data)
            (folder / name).write_bytes(data)
            rows.writerow([f"output_images/{name}", message["annotation"]])
            count += 1
            ended = time.perf_counter()
            if count == args.count:
                break
    consumer.close()
    if count == 0 or (args.count is not None and count < args.count):
        sys.exit(f"only {count} messages came")

    seconds = max(ended - started, 1e-9)
    with open(args.output / "consumer_metrics.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerow([count, f"{seconds:.4f}", f"{seconds / count:.6f}", f"{count / seconds:.2f}"])
    print(f"{count} messages in {seconds:.3f} s, {count / seconds:.1f} messages/s")


if __name__ == "__main__":
    main()
