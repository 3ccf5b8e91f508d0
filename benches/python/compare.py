"""See `compare`."""

import csv
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent


def figure(path):
    """Images per second, from a metrics file of either side."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return int(rows[1][0]), float(rows[1][3])


def main():
    program, rounds, images, servers = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3]), sys.argv[4]
    count = sum(1 for _ in images.glob("*.png"))
    with tempfile.TemporaryDirectory(prefix="kafka-image-bench-compare.") as work:
        work = pathlib.Path(work)
        broker = None
        if not servers:
            command = [program, "--headless", "broker", "--listen", "127.0.0.1:0", "--data", str(work / "data")]
            broker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            servers = broker.stdout.readline().split("listens on ")[1].split(";")[0]
        try:
            compare(program, rounds, images, servers, count, work)
        finally:
            if broker:
                broker.terminate()
                broker.wait()


def compare(program, rounds, images, servers, count, work):
    figures = {"python producer": [], "python consumer": [], "program": []}
    for number in range(rounds):
        theirs, ours = work / f"python-{number}", work / f"program-{number}"
        topic = f"compare-{work.name[-8:]}-{number}"
        common = ["--bootstrap", servers, "--topic", topic, "--output", str(theirs)]
        admin = [program, "--headless", "--output-format", "json"]
        subprocess.run([sys.executable, HERE / "producer.py", *common, "--input", str(images)], check=True,
                       stdout=subprocess.DEVNULL)
        subprocess.run([sys.executable, HERE / "consumer.py", *common, "--group", topic, "--count", str(count)],
                       check=True, stdout=subprocess.DEVNULL)
        figures["python producer"].append(figure(theirs / "producer_metrics.csv")[1])
        figures["python consumer"].append(figure(theirs / "consumer_metrics.csv")[1])
        run = subprocess.run(
            [*admin, "stream", "--bootstrap-server", servers, "--topic", f"{topic}-program", "--group",
             f"{topic}-program", "--input", str(images), "--work-dir", str(ours)], check=True, capture_output=True, text=True)
        report = json.loads(run.stdout)
        assert report["saved"] == count, report
        # From the first record sent to the last image and row durable.
        seconds = max(report["producer_s"], report["consumer_s"])
        figures["program"].append(count / seconds)
        print(f"round {number + 1}: " + ", ".join(f"{name} {values[-1]:.0f}/s" for name, values in figures.items()))
    medians = {name: statistics.median(values) for name, values in figures.items()}
    # One after the other, as the scripts are run; the slower side bounds both when they run together.
    slower = min(medians["python producer"], medians["python consumer"])
    print(f"medians of {rounds}: " + ", ".join(f"{name} {value:.0f} images/s" for name, value in medians.items()))
    print(f"folder to saved files: {medians['program'] / slower:.1f} times the slower Python side")


if __name__ == "__main__":
    main()
