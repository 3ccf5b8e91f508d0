"""Groups of one to eight members that join and leave, of each client and of all together."""

import json
import os
import signal
import subprocess
import threading

import confluent_kafka
import kafka
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.coordinator.assignors.range import RangePartitionAssignor

from common import Failed, demand, wait_for

PARTITIONS = 8
SESSION_MS, HEARTBEAT_MS = 10000, 300


class Member:
    """A member of a group: which partitions it has, and what it has read."""

    # Whether it reports all that it has committed. Kcat drops what it has fetched when it is stopped.
    reports_all = True

    def __init__(self):
        self.partitions = set()
        self.read = set()
        self.problem = None

    def stop(self):
        """Leaves the group, and returns when it has left."""
        raise NotImplementedError


class Thread(Member):
    """A Python client in a separate thread."""

    def __init__(self):
        super().__init__()
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.guarded, daemon=True)
        self.thread.start()

    def guarded(self):
        try:
            self.work()
        except Exception as error:  # noqa: BLE001 - the check must report any exception
            self.problem = repr(error)

    def stop(self):
        self.is_over.set()
        self.thread.join(60)
        demand(not self.thread.is_alive(), "a member does not end")


class Confluent(Thread):
    def __init__(self, ctx, topic, group, strategy):
        self.ctx, self.topic, self.group, self.strategy = ctx, topic, group, strategy
        super().__init__()

    def work(self):
        consumer = confluent_kafka.Consumer({
            "bootstrap.servers": self.ctx.servers, "group.id": self.group, "auto.offset.reset": "earliest",
            "enable.auto.commit": False, "partition.assignment.strategy": self.strategy,
            "session.timeout.ms": SESSION_MS, "heartbeat.interval.ms": HEARTBEAT_MS,
        })

        def assigned(_, partitions):
            self.partitions |= {one.partition for one in partitions}

        def revoked(consumer, partitions):
            commit(consumer)
            self.partitions -= {one.partition for one in partitions}

        def commit(consumer):
            try:
                consumer.commit(asynchronous=False)
            except confluent_kafka.KafkaException as error:
                if error.args[0].code() != confluent_kafka.KafkaError._NO_OFFSET:
                    raise

        consumer.subscribe([self.topic], on_assign=assigned, on_revoke=revoked, on_lost=revoked)
        while not self.is_over.is_set():
            for one in consumer.consume(500, 0.05):
                demand(not one.error(), str(one.error()))
                self.read.add((one.partition(), one.offset()))
        consumer.close()


class KafkaPython(Thread):
    STRATEGIES = {"range": RangePartitionAssignor, "cooperative-sticky": CooperativeStickyAssignor}

    def __init__(self, ctx, topic, group, strategy):
        self.ctx, self.topic, self.group, self.strategy = ctx, topic, group, self.STRATEGIES[strategy]
        super().__init__()

    def work(self):
        consumer = kafka.KafkaConsumer(
            self.topic, bootstrap_servers=self.ctx.servers, group_id=self.group, auto_offset_reset="earliest",
            enable_auto_commit=True, auto_commit_interval_ms=200, partition_assignment_strategy=[self.strategy],
            session_timeout_ms=SESSION_MS, heartbeat_interval_ms=HEARTBEAT_MS,
        )
        while not self.is_over.is_set():
            # If a poll times out between the response to a sync and the end of the join, kafka-python 3.0.12 never gets its
            # assignment.
            for polled in consumer.poll(2000).values():
                self.read |= {(one.partition, one.offset) for one in polled}
            self.partitions = {one.partition for one in consumer.assignment()}
        consumer.close()


class Process(Member):
    """A client in a separate process, which prints a line for each event."""

    def __init__(self, ctx, command, name):
        super().__init__()
        self.log = open(ctx.file(f"member-{name}-{id(self)}.log"), "w+", encoding="utf-8")  # noqa: SIM115
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.stderr(), text=True, bufsize=1)
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def stderr(self):
        return self.log

    def listen(self):
        for line in self.process.stdout:
            try:
                self.said(line.rstrip("\n"))
            except (ValueError, KeyError) as error:
                self.problem = f"{error!r} in {line!r}"

    def ask_to_end(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        if self.process.poll() is not None:
            self.log.seek(0)
            raise Failed(f"a member ended by itself: {self.log.read()[-800:]}")
        self.ask_to_end()
        self.process.wait(60)
        self.thread.join(60)
        self.log.close()


class Rdkafka(Process):
    def __init__(self, ctx, topic, group, strategy):
        super().__init__(ctx, [ctx.rust, "member", ctx.servers, topic, group, strategy], "rdkafka")

    def said(self, line):
        kind, *rest = line.split("\t")
        if kind == "assigned":
            self.partitions = {int(one) for one in rest[0].split(",") if one}
        elif kind == "read":
            self.read.add((int(rest[0]), int(rest[1])))
        else:
            self.problem = line

    def ask_to_end(self):
        self.process.stdin.close()


class Kcat(Process):
    reports_all = False

    def __init__(self, ctx, topic, group, strategy):
        command = ["kcat", "-b", ctx.servers, "-X", "auto.offset.reset=earliest", "-u",
                   "-X", f"partition.assignment.strategy={strategy}", "-X", f"session.timeout.ms={SESSION_MS}",
                   "-X", f"heartbeat.interval.ms={HEARTBEAT_MS}", "-f", "%p %o\n", "-G", group, topic]
        super().__init__(ctx, command, "kcat")
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.watcher.start()

    def stderr(self):
        return subprocess.PIPE

    def said(self, line):
        if line.startswith("%"):
            return
        partition, offset = line.split()
        self.read.add((int(partition), int(offset)))

    def watch(self):
        # "% Group G rebalanced (memberid M): assigned: T [0], T [1]", or "revoked: …".
        for line in self.process.stderr:
            self.log.write(line)
            if " assigned: " in line:
                self.partitions = {int(one.split("[")[1].split("]")[0]) for one in line.split(" assigned: ")[1].split(",")
                                   if "[" in one}
            elif " revoked: " in line:
                self.partitions = set()


class Java(Process):
    tool = staticmethod(lambda ctx: ctx.java)
    STRATEGIES = {
        "range": "org.apache.kafka.clients.consumer.RangeAssignor",
        "cooperative-sticky": "org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
    }

    def __init__(self, ctx, topic, group, strategy):
        # There is no option for the heartbeat.
        config = ctx.file("consumer.properties")
        if not os.path.exists(config):
            with open(config, "w", encoding="utf-8") as file:
                file.write(f"heartbeat.interval.ms={HEARTBEAT_MS}\n")
        command = self.tool(ctx)(
            "org.apache.kafka.tools.VerifiableConsumer", self.SERVERS_OPTION, ctx.servers, "--topic", topic,
            "--group-id", group, "--reset-policy", "earliest", "--assignment-strategy", self.STRATEGIES[strategy],
            "--session-timeout", str(SESSION_MS), "--consumer.config", config)
        super().__init__(ctx, command, "java")

    SERVERS_OPTION = "--bootstrap-server"

    # Whether it has committed all that it reported: it reports records before it commits them.
    is_committed = True

    def ask_to_end(self):
        wait_for(lambda: self.is_committed, "a member does not commit what it has read")
        super().ask_to_end()

    def said(self, line):
        if not line.startswith("{"):
            return
        event = json.loads(line)
        partitions = {one["partition"] for one in event.get("partitions", []) if "partition" in one}
        if event["name"] == "partitions_assigned":
            self.partitions |= partitions
        elif event["name"] == "partitions_revoked":
            self.partitions -= partitions
        elif event["name"] == "offsets_committed":
            self.is_committed = event["success"]
        elif event["name"] == "records_consumed":
            self.is_committed = False
            for one in event["partitions"]:
                self.read |= {(one["partition"], offset) for offset in range(one["minOffset"], one["maxOffset"] + 1)}


class OldJava(Java):
    tool = staticmethod(lambda ctx: ctx.old_java)
    SERVERS_OPTION = "--broker-list"


MEMBERS = {
    "rdkafka": Rdkafka, "confluent-kafka": Confluent, "kafka-python": KafkaPython, "kcat": Kcat, "Java": Java,
    "Java 2.1": OldJava,
}


class Producing(threading.Thread):
    """Writes to all partitions, slowly, until it is stopped."""

    def __init__(self, ctx, topic):
        super().__init__(daemon=True)
        self.ctx, self.topic, self.is_over, self.sent, self.refused = ctx, topic, threading.Event(), 0, None
        self.start()

    def run(self):
        producer = self.producer()
        while not self.is_over.wait(0.01):
            self.write(producer)
        producer.flush(60)

    def stop(self):
        self.is_over.set()
        self.join()

    def write_to_each(self):
        """One more record to each partition, after the end."""
        producer = self.producer()
        for _ in range(PARTITIONS):
            self.write(producer)
        producer.flush(60)

    def producer(self):
        return confluent_kafka.Producer({"bootstrap.servers": self.ctx.servers, "linger.ms": 0})

    def write(self, producer):
        def delivered(error, _):
            self.refused = self.refused or error

        producer.produce(self.topic, str(self.sent), partition=self.sent % PARTITIONS, on_delivery=delivered)
        producer.poll(0)
        self.sent += 1

    def records(self, first=0):
        """Partitions and offsets of what was written: record n has the offset n // PARTITIONS in partition n % PARTITIONS."""
        return {(n % PARTITIONS, n // PARTITIONS) for n in range(first, self.sent)}


def settled(members):
    """Whether every partition has one member, and no member has two more than another."""
    held = [set(one.partitions) for one in members]
    problems = [one.problem for one in members if one.problem]
    demand(not problems, f"a member failed: {problems}")
    counts = [len(one) for one in held]
    return sum(counts) == PARTITIONS and set().union(*held) == set(range(PARTITIONS)) and max(counts) - min(counts) <= 1


def come_and_go(title, kinds, strategy):
    """A check: the members join one by one, each when the group is stable, and leave in the same order."""

    def check(ctx):
        topic = ctx.topic(f"members-{title}", PARTITIONS)
        group = ctx.name(f"group-{title}")
        producing = Producing(ctx, topic)
        members, gone = [], []
        said = lambda: f"{len(members)} members have {[sorted(one.partitions) for one in members]}"  # noqa: E731
        try:
            for kind in kinds:
                members.append(MEMBERS[kind](ctx, topic, group, strategy))
                wait_for(lambda: settled(members), said)
            while len(members) > 1:
                gone.append(members.pop(0))
                gone[-1].stop()
                wait_for(lambda: settled(members), said)
            producing.stop()
            everyone = [*members, *gone]
            reports_all = all(one.reports_all for one in everyone)

            def all_are_read():
                # The last of each partition at least.
                wanted = producing.records(0 if reports_all else producing.sent - PARTITIONS)
                missing = lambda: wanted - set().union(*(one.read for one in everyone))  # noqa: E731
                wait_for(lambda: not missing(), lambda: f"records that nobody has read: {sorted(missing())[:5]}")

            all_are_read()
            # Java's verifiable consumer does not repeat a commit that a rebalance has refused: these records cause another.
            producing.write_to_each()
            all_are_read()
            demand(not producing.refused, f"refused: {producing.refused}")
            demand(set().union(*(one.read for one in everyone)) <= producing.records(), "more was read than was written")
        finally:
            producing.stop()
            for one in members:
                gone.append(one)
                one.stop()
        consumer = confluent_kafka.Consumer({"bootstrap.servers": ctx.servers, "group.id": group})
        committed = consumer.committed([confluent_kafka.TopicPartition(topic, one) for one in range(PARTITIONS)], 30)
        consumer.close()
        wrong = [one for one in committed if one.offset != sum(1 for p, _ in producing.records() if p == one.partition)]
        demand(not wrong, f"committed otherwise than read: {wrong}")
        found = "each partition has one, no record lost" if reports_all else "each partition has one"
        return f"1 to {len(kinds)} members and back: {found}, the end committed"

    return check
