"""What the checks share: a broker's address, the programs, and how to run them."""

import glob
import os
import re
import subprocess
import time
from dataclasses import dataclass, field

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
TIMEOUT_S = 60


class Failed(Exception):
    """A check has failed."""


@dataclass
class Context:
    """A broker and the programs to check it with."""

    servers: str
    stamp: str
    work: str
    java: "Java"
    old_java: "Java"
    rust: str
    # The topics that earlier checks have written to.
    written: dict = field(default_factory=dict)

    def topic(self, name, partitions=1, **settings):
        """Creates a topic under a unique name."""
        name = self.name(name)
        new = NewTopic(name, partitions, 1, config={key.replace("_", "."): str(value) for key, value in settings.items()})
        # Kept until the response arrives: a client that is dropped drops its requests.
        admin = AdminClient({"bootstrap.servers": self.servers})
        admin.create_topics([new])[name].result(TIMEOUT_S)

        def is_known():
            found = admin.list_topics(name, TIMEOUT_S).topics[name]
            return not found.error and sum(one.leader >= 0 for one in found.partitions.values()) == partitions

        # Kafka's broker learns of it shortly after its controller has answered, and a client that asks too early may not retry.
        wait_for(is_known, f"{name} is not known", 30)
        return name

    def fill(self, topic, records, partitions=1):
        """Writes small records to the partitions in turn."""
        producer = Producer({"bootstrap.servers": self.servers})
        for number in range(records):
            producer.produce(topic, str(number), partition=number % partitions)
        demand(producer.flush(TIMEOUT_S) == 0, "records are left in the queue")

    def name(self, name):
        return f"{name}-{self.stamp}"

    def file(self, name):
        return os.path.join(self.work, name)

    def plain(self, text):
        """A text without what differs from run to run and from broker to broker."""
        text = text.replace(self.stamp, "S").replace(self.servers, "BROKER")
        text = re.sub(r"\b\d{4}-\d\d-\d\dT[0-9:.]+Z", "TIME", text)
        text = re.sub(r"TopicId: \S+", "TopicId: ID", text)
        text = re.sub(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UUID", text)
        text = re.sub(r"-[0-9a-f]{32}\b", "-UUID", text)
        text = re.sub(r"[ \t]+", " ", text)
        return "\n".join(line.strip() for line in text.splitlines() if line.strip())


class Java:
    """The tools of one Kafka, as command lines."""

    OPTIONS = ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dlog4j2.level=ERROR"]

    def __init__(self, libs):
        self.libs, self.archived = libs, []
        self.version = version_of_jar(libs, "kafka-clients")

    def __call__(self, tool, *arguments):
        return ["java", *self.OPTIONS, *self.archived, "-cp", f"{self.libs}/*", tool, *arguments]

    def prepare(self, archive, tool, *arguments):
        """Archives the classes that a tool loads, so that the next ones start in half the time."""
        run(self("-XX:ArchiveClassesAtExit=" + archive, tool, *arguments))
        demand(os.path.exists(archive), f"Java has not written {archive}")
        self.archived = [f"-XX:SharedArchiveFile={archive}"]


def run(command, text=None, may_fail=False, timeout_s=TIMEOUT_S, only_stdout=True):
    """Runs a program and returns its output."""
    done = subprocess.run(command, input=text, text=True, capture_output=True, timeout=timeout_s, check=False)
    if done.returncode != 0 and not may_fail:
        raise Failed(f"{' '.join(command[:1] + command[-8:])}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"[-2000:])
    return done.stdout if only_stdout else done.stdout + done.stderr


def wait_for(condition, what, timeout_s=TIMEOUT_S):
    """Waits until a condition holds, and returns its value."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failed(f"not within {timeout_s} s: {what() if callable(what) else what}")
        time.sleep(0.02)


def demand(holds, what):
    if not holds:
        raise Failed(what)


def version_of_jar(libs, name):
    [path] = glob.glob(f"{libs}/{name}-[0-9]*.jar")
    return re.search(r"-([0-9.]+)\.jar$", path).group(1)
