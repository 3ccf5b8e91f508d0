"""Runs Kafka Streams' word count and a Connect worker on the embedded broker, ends and kills them and the broker, and looks
whether what comes out is what went in.

streams.py --libs DIR --serve PROGRAM [--long] [--kafka HOST:PORT]

--long    more rounds of kills, and a standalone Connect worker
--kafka   on a Kafka that runs already, which is not killed, instead of the embedded broker
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

PATIENCE_S = 90
LINES = 500
HERE = os.path.dirname(os.path.abspath(__file__))
JAVA = ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dlog4j2.level=WARN"]


class Failed(Exception):
    """A check has failed."""


def wait_for(condition, what, patience_s=PATIENCE_S):
    deadline = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"not within {patience_s} s: {what() if callable(what) else what}")
        time.sleep(0.05)


def tail(path, lines=25):
    with open(path, encoding="utf-8", errors="replace") as file:
        return "".join(file.readlines()[-lines:])


class Process:
    """A program with its output in a file."""

    def __init__(self, name, command, log):
        self.name, self.log = name, log
        with open(log, "ab") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        running.append(self)

    def is_running(self):
        return self.process.poll() is None

    def demand_running(self):
        if not self.is_running():
            raise Failed(f"{self.name} ended with {self.process.returncode}:\n{tail(self.log)}")

    def end(self, how):
        """Sends a signal and waits until the process has ended."""
        if self.is_running():
            self.process.send_signal(how)
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise Failed(f"{self.name} does not end:\n{tail(self.log)}") from None
        running.remove(self)

    def has_said(self, words, since):
        self.demand_running()
        with open(self.log, "rb") as file:
            file.seek(since)
            return words.encode() in file.read()


running = []


class Broker:
    """The embedded broker, which can be killed and started again; or a Kafka, which stays."""

    def __init__(self, serve, work, kafka):
        self.serve, self.work, self.address, self.process = serve, work, kafka, None
        if not kafka:
            self.start()

    def start(self):
        log = os.path.join(self.work, "broker.log")
        out = os.path.join(self.work, "broker.out")
        with open(out, "wb") as stdout, open(log, "ab") as stderr:
            process = subprocess.Popen([self.serve, "127.0.0.1:0", os.path.join(self.work, "data")], stdout=stdout, stderr=stderr)
        self.process = process

        def listens():
            if process.poll() is not None:
                raise Failed(f"the broker ended with {process.returncode}:\n{tail(log)}")
            with open(out, encoding="utf-8") as file:
                said = file.read()
            if said.startswith("listening on "):
                address = said[len("listening on "):].split(";")[0]
                if self.address and address != self.address:
                    raise Failed(f"the broker came back on {address}, not on {self.address}")
                self.address = address
                return True
            return False

        wait_for(listens, "the broker does not listen")

    def kill(self):
        """As by kill -9; it is started again at once."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.start()

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(PATIENCE_S)
            self.process = None


def say(what):
    print(f"[{time.monotonic() - began:5.1f} s] {what}", file=sys.stderr, flush=True)


began = time.monotonic()


class Words:
    """The word count, and its input."""

    def __init__(self, broker, java, work, stamp):
        self.broker, self.java, self.work = broker, java, work
        self.topics = [f"lines-{stamp}", f"counts-{stamp}"]
        self.sent, self.app = 0, None
        self.state = os.path.join(work, "streams-state")
        self.settings = os.path.join(work, "streams.properties")
        self.log = os.path.join(work, "word-count.log")
        with open(self.settings, "w", encoding="utf-8") as file:
            file.write(f"application.id=word-count-{stamp}\nbootstrap.servers={broker.address}\nstate.dir={self.state}\n"
                       "commit.interval.ms=200\nrepartition.purge.interval.ms=500\nstatestore.cache.max.bytes=0\n"
                       "num.stream.threads=2\nconsumer.session.timeout.ms=6000\nconsumer.heartbeat.interval.ms=1000\n"
                       "auto.offset.reset=earliest\nreplication.factor=1\n")
        make_topics(java, broker.address, {topic: 2 for topic in self.topics})

    def run(self, *arguments):
        done = subprocess.run([*self.java, "WordCount", *arguments], text=True, capture_output=True, timeout=2 * PATIENCE_S,
                              check=False)
        if done.returncode != 0:
            log = tail(self.log) if os.path.exists(self.log) else ""
            raise Failed(f"WordCount {' '.join(arguments)}:\n{done.stdout}\n{done.stderr[-3000:]}\nThe application:\n{log}")
        return done.stdout.strip()

    def start(self):
        since = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        self.app = Process("the word count", [*self.java, "WordCount", "count", self.settings, *self.topics], self.log)
        wait_for(lambda: self.app.has_said("state RUNNING", since), lambda: f"the word count does not run:\n{tail(self.log)}")

    def send(self):
        self.run("send", self.broker.address, self.topics[0], str(self.sent), str(self.sent + LINES))
        self.sent += LINES

    def check(self, spare=0):
        self.run("check", self.broker.address, self.topics[1], str(self.sent), str(spare))
        if self.app:
            self.app.demand_running()


def make_topics(java, address, topics):
    """With a tool of Kafka that checks the broker's responses."""
    for name, partitions in topics.items():
        command = [*java, "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", address, "--create", "--topic", name,
                   "--partitions", str(partitions)]
        done = subprocess.run(command, text=True, capture_output=True, timeout=PATIENCE_S, check=False)
        if done.returncode != 0:
            raise Failed(f"kafka-topics --create {name}: {done.stdout}{done.stderr}")


def streams(broker, java, work, stamp, rounds):
    words = Words(broker, java, work, stamp)
    words.start()
    words.send()
    words.check()
    say(f"word count: {LINES} lines are counted")
    words.app.end(signal.SIGTERM)
    shutil.rmtree(words.state)
    words.start()
    words.send()
    words.check()
    say("word count: stopped, its state removed and restored from the topic; counted on exactly")
    spare = 0
    for one in range(rounds):
        words.app.end(signal.SIGKILL)
        words.send()
        broker.kill()
        words.start()
        words.send()
        # At least once: what was counted since the last commit may be counted again after a kill, not more.
        spare += 2 * 3 * LINES
        words.check(spare)
        say(f"word count: killed, and the broker too; nothing is missing ({one + 1} of {rounds})")
    broker.kill()
    words.send()
    spare += 2 * 3 * LINES
    words.check(spare)
    say("word count: runs on when the broker alone is killed")
    words.app.end(signal.SIGTERM)


def request(port, method, path, body=None):
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Content-Type": "application/json"}
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, headers, method=method)
    with urllib.request.urlopen(asked, timeout=30) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def answers(port):
    try:
        request(port, "GET", "/connectors")
        return True
    except (urllib.error.URLError, OSError):
        return False


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Connect:
    """A Connect worker that reads a file's lines into a topic, and the topic into another file."""

    def __init__(self, broker, java, work, stamp, kind):
        self.broker, self.java, self.work, self.kind, self.stamp = broker, java, work, kind, f"{kind}-{stamp}"
        self.source, self.sink = os.path.join(work, f"{kind}-source.txt"), os.path.join(work, f"{kind}-sink.txt")
        self.log, self.worker, self.lines = os.path.join(work, f"connect-{kind}.log"), None, []
        self.port = free_port()
        self.topic = f"connect-{self.stamp}"
        # With one partition, which keeps the order of the lines; created by the broker it would have more.
        make_topics(java, broker.address, {self.topic: 1})
        self.settings = os.path.join(work, f"connect-{kind}.properties")
        common = (f"bootstrap.servers={broker.address}\nlisteners=http://127.0.0.1:{self.port}\noffset.flush.interval.ms=500\n"
                  "key.converter=org.apache.kafka.connect.storage.StringConverter\n"
                  "value.converter=org.apache.kafka.connect.json.JsonConverter\nplugin.discovery=hybrid_warn\n")
        own = {
            "standalone": f"offset.storage.file.filename={work}/standalone-offsets\n",
            "distributed": (f"group.id=workers-{stamp}\nconfig.storage.topic=configs-{stamp}\noffset.storage.topic=offsets-{stamp}\n"
                            f"status.storage.topic=status-{stamp}\nconfig.storage.replication.factor=1\n"
                            "offset.storage.replication.factor=1\nstatus.storage.replication.factor=1\n"
                            "offset.storage.partitions=3\nstatus.storage.partitions=2\nsession.timeout.ms=6000\n"
                            "heartbeat.interval.ms=1000\nscheduled.rebalance.max.delay.ms=0\n"),
        }
        with open(self.settings, "w", encoding="utf-8") as file:
            file.write(common + own[kind])
        self.connectors = {
            "source": {"connector.class": "org.apache.kafka.connect.file.FileStreamSourceConnector", "tasks.max": "1",
                       "file": self.source, "topic": self.topic},
            "sink": {"connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector", "tasks.max": "1",
                     "file": self.sink, "topics": self.topic, "consumer.override.session.timeout.ms": "6000",
                     "consumer.override.heartbeat.interval.ms": "1000"},
        }

    def start(self):
        main = {"standalone": "ConnectStandalone", "distributed": "ConnectDistributed"}[self.kind]
        command = [*self.java, f"org.apache.kafka.connect.cli.{main}", self.settings]
        if self.kind == "standalone":
            for name, settings in self.connectors.items():
                path = os.path.join(self.work, f"{name}.properties")
                with open(path, "w", encoding="utf-8") as file:
                    file.write(f"name={name}\n" + "".join(f"{key}={value}\n" for key, value in settings.items()))
                command.append(path)
        self.worker = Process(f"the {self.kind} worker", command, self.log)

        def is_up():
            self.worker.demand_running()
            return answers(self.port)

        wait_for(is_up, lambda: f"the worker does not answer:\n{tail(self.log)}")

    def make_connectors(self):
        for name, settings in self.connectors.items():
            request(self.port, "PUT", f"/connectors/{name}/config", settings)

    def write(self, count=100):
        new = [f"line {len(self.lines) + at}" for at in range(count)]
        with open(self.source, "a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in new)
        self.lines += new

    def read(self):
        """The complete lines at this moment."""
        try:
            with open(self.sink, "rb") as file:
                return file.read().decode().split("\n")[:-1]
        except FileNotFoundError:
            return []

    def check(self, exactly):
        """Every line has arrived, in order; after a kill some may be repeated."""
        found = []

        def have_come():
            self.worker.demand_running()
            found[:] = self.read()
            return len(set(found)) >= len(self.lines)

        wait_for(have_come, lambda: f"{len(set(found))} of {len(self.lines)} lines:\n{tail(self.log)}")
        given, came = self.lines, list(dict.fromkeys(found))
        if exactly and found != given:
            raise Failed(f"Connect brought {len(found)} lines for {len(given)}")
        if came != given:
            at = next((at for at, pair in enumerate(zip(came, given)) if pair[0] != pair[1]), min(len(came), len(given)))
            raise Failed(f"Connect brought {len(came)} different lines for {len(given)}; from number {at} on it brought "
                         f"{came[at:at + 5]} for {given[at:at + 5]}")


def connect(broker, java, work, stamp, kind, rounds):
    worker = Connect(broker, java, work, stamp, kind)
    worker.write()
    worker.start()
    if kind == "distributed":
        worker.make_connectors()
    worker.check(exactly=True)
    say(f"Connect, {kind}: {len(worker.lines)} lines went through")
    for one in range(rounds):
        worker.worker.end(signal.SIGKILL)
        worker.write()
        broker.kill()
        # Its tasks are in the broker's topics (or in files, where it is alone): they are not sent again.
        worker.start()
        worker.write()
        worker.check(exactly=False)
        say(f"Connect, {kind}: killed, and the broker too; nothing is missing ({one + 1} of {rounds})")
    worker.worker.end(signal.SIGTERM)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--libs", required=True)
    parser.add_argument("--serve", required=True)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--kafka", default="")
    options = parser.parse_args()
    stamp = f"s{int(time.time()):x}{os.getpid():x}"
    rounds = 3 if options.long else 1
    with tempfile.TemporaryDirectory(prefix="broker-streams.") as work:
        classes = os.path.join(work, "classes")
        subprocess.run(["javac", "-cp", f"{options.libs}/*", "-d", classes, os.path.join(HERE, "WordCount.java")], check=True)
        java = [*JAVA, "-cp", f"{classes}:{options.libs}/*"]
        broker = Broker(options.serve, work, options.kafka)
        try:
            streams(broker, java, work, stamp, rounds)
            connect(broker, java, work, stamp, "distributed", rounds)
            if options.long:
                connect(broker, java, work, stamp, "standalone", rounds)
            say("all is well")
            return 0
        except Failed as failure:
            print(f"FAILED: {failure}", file=sys.stderr)
            log = os.path.join(work, "broker.log")
            if os.path.exists(log):
                print(f"The broker:\n{tail(log)}", file=sys.stderr)
            return 1
        finally:
            for process in list(running):
                process.process.kill()
                process.process.wait()
            broker.stop()


if __name__ == "__main__":
    sys.exit(main())
