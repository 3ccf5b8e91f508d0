"""See `cross-check`."""

import base64
import csv
import io
import json
import pathlib
import re
import resource
import statistics
import subprocess
import sys

IMAGES = pathlib.Path("Labeled_Images")
CONFIGURATIONS = [(16384, 0, "none"), (1000000, 5, "none"), (1000000, 5, "lz4")]
RECORDS = 10_000


class Check:
    def __init__(self, target, libs, servers, work, rounds):
        self.program, self.bare = f"{target}/kafka-image-bench", f"{target}/examples/bare_client"
        self.libs, self.servers, self.work, self.rounds = libs, servers, pathlib.Path(work), rounds
        self.payloads = self.work / "payloads"
        lines = []
        for path in sorted(IMAGES.glob("*.png")):
            encoded = base64.b64encode(path.read_bytes()).decode()
            lines.append(json.dumps({"image_file": encoded, "annotation": path.name.split(".", 1)[0]}))
        self.payloads.write_text("\n".join(lines) + "\n")
        self.value_bytes = statistics.mean(map(len, lines))
        self.number = 0

    def java(self, name, *arguments):
        command = ["java", "-Xmx1g", "-cp", f"{self.libs}/*", name, *map(str, arguments)]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode != 0:
            sys.exit(f"{name} failed:\n{run.stdout}\n{run.stderr}")
        return run.stdout

    def topic(self, partitions=4):
        self.number += 1
        name = f"check-{self.number}"
        self.java("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", self.servers, "--create", "--topic", name,
                  "--partitions", partitions, "--config", "max.message.bytes=16777216")
        return name

    def drop(self, topic):
        self.java("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", self.servers, "--delete", "--topic", topic)

    def ours(self, *options):
        command = [self.program, "--headless", "--output-format", "json", "benchmark", "--bootstrap-server", self.servers,
                   "--input", str(IMAGES), "--work-dir", str(self.work / "results"), "--repeats", "1", *map(str, options)]
        run = subprocess.run(command, check=True, capture_output=True, text=True)
        return json.loads(run.stdout)["results"]["configurations"][0]["runs"][0]

    def producer_performance(self, batch, linger, compression):
        topic = self.topic()
        out = self.java("org.apache.kafka.tools.ProducerPerformance", "--topic", topic, "--num-records", RECORDS,
                        "--throughput", -1, "--payload-file", self.payloads, "--producer-props",
                        f"bootstrap.servers={self.servers}", "acks=all", f"batch.size={batch}", f"linger.ms={linger}",
                        f"compression.type={compression}", "buffer.memory=33554432", "max.request.size=16777216")
        self.drop(topic)
        last = out.strip().splitlines()[-1]
        rate = float(re.search(r"([\d.]+) records/sec", last).group(1))
        p50, p99 = (int(re.search(rf"(\d+) ms {rank}th", last).group(1)) for rank in ("50", "99"))
        return rate, p50, p99

    def bare_client(self, batch, linger, compression):
        topic = self.topic()
        properties = [f"batch.size={batch}", f"linger.ms={linger}", f"compression.type={compression}",
                      "enable.idempotence=true", "message.max.bytes=1000000", "queue.buffering.max.kbytes=32768"]
        rates = []
        for mode, options in (("produce", properties), ("consume", ["fetch.queue.backoff.ms=10", "fetch.wait.max.ms=100"])):
            out = subprocess.run([self.bare, mode, self.servers, topic, str(RECORDS), str(self.payloads), *options],
                                 check=True, capture_output=True, text=True).stdout.split()
            rates.append(float(out[0]) / float(out[1]))
        self.drop(topic)
        return rates

    def throughput(self):
        print(f"\n{RECORDS} records of {self.value_bytes / 1e3:.0f} kB, {self.rounds} rounds in turns, medians; images/s:\n")
        print("| batch/linger/compression | ours, producing alone | ProducerPerformance | ours / it | bare librdkafka | ours / it "
              "| ours p50, p99 (ms) | ProducerPerformance p50, p99 (ms) |")
        print("|---|---|---|---|---|---|---|---|")
        for batch, linger, compression in CONFIGURATIONS:
            rows = []
            for number in range(self.rounds):
                # A backlog without warm-up: like the other two it first produces the same bytes, and then consumes them.
                turns = [
                    ("ours", lambda: self.ours("--backlog", "--images", RECORDS, "--warmup", 0, "--batch-size", batch, "--linger-ms", linger,
                                               "--compression-type", compression)),
                    ("java", lambda: self.producer_performance(batch, linger, compression)),
                    ("bare", lambda: self.bare_client(batch, linger, compression)),
                ]
                # The speed of the broker's disk varies, so the order rotates.
                turns = turns[number % 3:] + turns[:number % 3]
                done = {name: measure() for name, measure in turns}
                ours, java, bare = done["ours"], done["java"], done["bare"]
                latency = ours["acknowledgement_latency"]
                rows.append((ours["producer"]["images_per_s"], ours["consumer"]["images_per_s"],
                             latency["p50_micros"] / 1e3, latency["p99_micros"] / 1e3, *java, *bare))
            o, oc, p50, p99, j, j50, j99, b, bc = (statistics.median(column) for column in zip(*rows))
            by_java = statistics.median(row[0] / row[4] for row in rows)
            by_bare = statistics.median(row[0] / row[7] for row in rows)
            consuming = statistics.median(row[1] / row[8] for row in rows)
            print(f"| {batch}/{linger}/{compression} | {o:.0f} | {j:.0f} | {by_java:.2f} | {b:.0f} | {by_bare:.2f} "
                  f"| {p50:.0f}, {p99:.0f} | {j50:.0f}, {j99:.0f} |")
            print(f"| – consuming the backlog | {oc:.0f} | | | {bc:.0f} | {consuming:.2f} | | |", flush=True)
            spread = ", ".join(f"{row[0]:.0f}/{row[4]:.0f}/{row[7]:.0f}" for row in rows)
            print(f"each round, ours/ProducerPerformance/bare: {spread}", file=sys.stderr, flush=True)

    def latency(self):
        size = int(self.value_bytes)
        print(f"\nEnd to end at a low rate, one record in flight, {size} bytes (ms):\n\n| | p50 | p99 |\n|---|---|---|")
        mine, java = [], []
        for _ in range(self.rounds):
            run = self.ours("--rate", 50, "--images", 500, "--linger-ms", 0, "--partitions", 1)
            mine.append([run["end_to_end_latency"][name] / 1e3 for name in ("p50_micros", "p99_micros")])
            topic = self.topic(1)
            out = self.java("org.apache.kafka.tools.EndToEndLatency", self.servers, topic, 1000, "all", size)
            self.drop(topic)
            found = re.search(r"50th = (\d+), 99th = (\d+)", out)
            java.append([float(number) for number in found.groups()])
        for name, rows in (("ours, 50 images/s", mine), ("EndToEndLatency (whole milliseconds)", java)):
            p50, p99 = (statistics.median(column) for column in zip(*rows))
            print(f"| {name} | {p50:.1f} | {p99:.1f} |", flush=True)

    def counts(self):
        topic, group = self.topic(), "check-group"
        common = ["--bootstrap-server", self.servers, "--topic", topic, "--output-format", "quiet"]
        base = [self.program, "--headless"]
        subprocess.run([*base, "produce", *common, "--input", str(IMAGES), "--work-dir", str(self.work / "p")], check=True)
        subprocess.run([*base, "consume", *common, "--group", group, "--count", "100", "--work-dir", str(self.work / "c")],
                       check=True)
        out = self.java("org.apache.kafka.tools.GetOffsetShell", "--bootstrap-server", self.servers, "--topic", topic)
        stored = sum(int(line.rsplit(":", 1)[1]) for line in out.split())
        acknowledged = len((self.work / "p" / "processed_files.txt").read_text().splitlines())
        rows = list(csv.DictReader(io.StringIO(subprocess.run(
            [*base, "--output-format", "csv", "lag", "--once", "--bootstrap-server", self.servers, "--group", group,
             "--topic", topic], check=True, capture_output=True, text=True).stdout)))
        ours = {row["partition"]: (row["committed_offset"], row["end_offset"], row["lag"]) for row in rows}
        out = self.java("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "--bootstrap-server", self.servers,
                        "--describe", "--group", group)
        theirs = {cells[2]: tuple(cells[3:6]) for cells in map(str.split, out.splitlines()) if cells[1:2] == [topic]}
        # The tool omits partitions on which the group has never committed.
        ours = {part: values for part, values in ours.items() if values[0]}
        saved = len((self.work / "c" / "annotation.csv").read_text().splitlines()) - 1
        print(f"\nGetOffsetShell: {stored} records on the topic; acknowledged by our list: {acknowledged}")
        print(f"lag by partition, committed, end, lag: ours {ours}")
        print(f"                    ConsumerGroupCommand {theirs}")
        assert stored == acknowledged and saved == 100
        assert ours == theirs
        self.drop(topic)

    def processor(self):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run = self.ours("--duration", 8, "--warmup", 0, "--linger-ms", 5)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        whole = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"\nprocessor time of an 8 s run: ours {run['cpu_s']:.2f} s from the clock's start to the end of the drain; "
              f"the system's, of the whole process: {whole:.2f} s")
        print(f"peak memory: ours {run['peak_memory_bytes'] / 1e6:.0f} MB; the system's {after.ru_maxrss * 1024 / 1e6:.0f} MB "
              "(of any process so far)")
        payload = sum(second["acknowledged_bytes"] for second in run["seconds"])
        expected = self.value_bytes * run["acknowledged"]
        print(f"bytes of values: by librdkafka's txmsg_bytes {run['client_value_bytes']}, expected from {run['acknowledged']} "
              f"acknowledged records of {self.value_bytes:.0f} bytes {expected:.0f} ({payload} bytes of images)")
        assert abs(run["client_value_bytes"] / expected - 1) < 0.005


def main():
    check = Check(*sys.argv[1:5], int(sys.argv[5]))
    check.counts()
    check.processor()
    check.latency()
    check.throughput()


if __name__ == "__main__":
    main()
