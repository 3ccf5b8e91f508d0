"""Offsets by time, records that are too large, and refused features."""

import re
import time

import confluent_kafka
import kafka
from confluent_kafka.admin import AdminClient, OffsetSpec

from common import CODECS, TIMEOUT_S, demand, run

# Offsets 0 to 9 have these times in seconds after a start; the newest is not the last.
SECONDS = [0, 10, 20, 30, 30, 50, 90, 60, 70, 80]
# A requested time, and its offset: the first whose time is not earlier.
ASKED = {-5: 0, 0: 0, 1: 1, 20: 2, 25: 3, 30: 3, 31: 5, 60: 6, 90: 6, 91: None}


def timed_topic(ctx, codec):
    """A topic whose records have known times, in one batch; where its time starts, in ms."""
    topic = ctx.topic(f"times-{codec}-{time.monotonic_ns()}")
    start_ms = (int(time.time()) - 3600) * 1000
    producer = confluent_kafka.Producer({"bootstrap.servers": ctx.servers, "compression.type": codec, "linger.ms": 200})
    for number, seconds in enumerate(SECONDS):
        producer.produce(topic, f"{number} " * 50, timestamp=start_ms + seconds * 1000)
    demand(producer.flush(TIMEOUT_S) == 0, "records are left in the queue")
    return topic, start_ms


def times_confluent(ctx, topic, times):
    consumer = confluent_kafka.Consumer({"bootstrap.servers": ctx.servers, "group.id": "unused"})
    found = [consumer.offsets_for_times([confluent_kafka.TopicPartition(topic, 0, one)], TIMEOUT_S)[0].offset for one in times]
    consumer.close()
    partition = confluent_kafka.TopicPartition(topic, 0)
    admin = AdminClient({"bootstrap.servers": ctx.servers})
    newest = admin.list_offsets({partition: OffsetSpec.max_timestamp()})
    demand(newest[partition].result(TIMEOUT_S).offset == 6, "the offset of the newest record is not 6")
    return [None if one == confluent_kafka.OFFSET_END else one for one in found]


def times_kafka_python(ctx, topic, times):
    consumer = kafka.KafkaConsumer(bootstrap_servers=ctx.servers)
    partition = kafka.TopicPartition(topic, 0)
    found = [consumer.offsets_for_times({partition: one})[partition] for one in times]
    demand(consumer.beginning_offsets([partition])[partition] == 0, "the beginning is not 0")
    demand(consumer.end_offsets([partition])[partition] == len(SECONDS), f"the end is not {len(SECONDS)}")
    consumer.close()
    return [one and one.offset for one in found]


def times_rdkafka(ctx, topic, times):
    found = run([ctx.rust, "times", ctx.servers, topic, *map(str, times)]).split()
    return [None if one == "end" else int(one) for one in found]


def times_kcat(ctx, topic, times):
    found = [run(["kcat", "-Q", "-b", ctx.servers, "-t", f"{topic}:0:{one}"]).split()[-1] for one in times]
    return [None if one == "-1" else int(one) for one in found]


def times_java(ctx, topic, times):
    def offset(asked):
        said = run(ctx.java("org.apache.kafka.tools.GetOffsetShell", "--bootstrap-server", ctx.servers,
                            "--topic", topic, "--time", asked)).strip()
        return said.split(":")[-1]

    for asked, expected in {"earliest": "0", "latest": str(len(SECONDS)), "max-timestamp": "6"}.items():
        demand(offset(asked) == expected, f"{asked} is not {expected}")
    # Where no record is late enough, the tool returns the end of the log.
    return [None if found in ("", str(len(SECONDS))) else int(found) for found in (offset(str(one)) for one in times)]


TIMES = {"rdkafka": times_rdkafka, "confluent-kafka": times_confluent, "kafka-python": times_kafka_python,
         "kcat": times_kcat, "Java": times_java}


def offsets_by_time(client):
    """A check: a client requests offsets by time."""

    def check(ctx):
        # A process for each time would take Java's tool too long.
        asked = {one: ASKED[one] for one in (25, 91)} if client == "Java" else ASKED
        for codec in ["zstd"] if client == "Java" else CODECS:
            topic, start_ms = timed_topic(ctx, codec)
            found = TIMES[client](ctx, topic, [start_ms + one * 1000 for one in asked])
            demand(found == list(asked.values()), f"{codec}: {list(asked)} s: {found}, not {list(asked.values())}")
        return "first record not before a time, also inside compressed batches"

    return check


# A topic accepts batches of up to this many bytes; one record is larger, the next is not.
LIMIT, TOO_LARGE = 100_000, 150_000


def large_confluent(ctx, topic):
    said = []
    producer = confluent_kafka.Producer({"bootstrap.servers": ctx.servers, "message.max.bytes": 10_000_000})
    for size in (TOO_LARGE, 10):
        producer.produce(topic, b"x" * size, on_delivery=lambda error, _: said.append(error.name() if error else "delivered"))
        producer.flush(TIMEOUT_S)
    return said


def large_kafka_python(ctx, topic):
    said = []
    for size in (TOO_LARGE, 10):
        # One producer each: after a refusal it accepts no further record.
        producer = kafka.KafkaProducer(bootstrap_servers=ctx.servers, max_request_size=10_000_000)
        try:
            producer.send(topic, b"x" * size).get(TIMEOUT_S)
            said.append("delivered")
        except kafka.errors.KafkaError as error:
            said.append(type(error).__name__)
        producer.close(timeout=5)
    return said


def large_rdkafka(ctx, topic):
    return run([ctx.rust, "too-large", ctx.servers, topic, str(TOO_LARGE)]).splitlines()


def large_kcat(ctx, topic):
    said = run(["kcat", "-P", "-b", ctx.servers, "-t", topic, "-X", "message.max.bytes=10000000"],
               "x" * TOO_LARGE, may_fail=True, only_stdout=False)
    return [said.strip()]


def large_java(ctx, topic):
    said = run(ctx.java("org.apache.kafka.tools.ConsoleProducer", "--bootstrap-server", ctx.servers, "--topic", topic,
                        "--producer-property", "max.request.size=10000000", "--max-memory-bytes", "33554432"),
               "x" * TOO_LARGE, may_fail=True, only_stdout=False)
    return re.findall(r"\b[A-Z]\w+Exception\b", said)


LARGE = {"rdkafka": large_rdkafka, "confluent-kafka": large_confluent, "kafka-python": large_kafka_python,
         "kcat": large_kcat, "Java": large_java}


def too_large(client):
    """A check: what a client reports for a record that is too large for the topic."""

    def check(ctx):
        topic = ctx.topic(f"large-{client}", max_message_bytes=LIMIT)
        said = LARGE[client](ctx, topic)
        consumer = kafka.KafkaConsumer(bootstrap_servers=ctx.servers)
        partition = kafka.TopicPartition(topic, 0)
        end = consumer.end_offsets([partition])[partition]
        consumer.close()
        # The small record; the command lines send the large one alone.
        demand(end == (0 if client in ("kcat", "Java") else 1), f"the topic has {end} records after {said}")
        return ctx.plain("; ".join(said))

    return check


def transaction_confluent(ctx):
    topic = ctx.topic("transaction-confluent")
    producer = confluent_kafka.Producer({"bootstrap.servers": ctx.servers, "transactional.id": ctx.name("t-confluent")})
    try:
        producer.init_transactions(TIMEOUT_S)
        producer.begin_transaction()
        producer.produce(topic, b"x")
        producer.commit_transaction(TIMEOUT_S)
    except confluent_kafka.KafkaException as error:
        return error.args[0].name()
    return "committed"


def transaction_kafka_python(ctx):
    topic = ctx.topic("transaction-python")
    producer = kafka.KafkaProducer(bootstrap_servers=ctx.servers, transactional_id=ctx.name("t-python"))
    try:
        producer.init_transactions()
        producer.begin_transaction()
        producer.send(topic, b"x")
        producer.commit_transaction()
    except kafka.errors.KafkaError as error:
        return type(error).__name__
    finally:
        producer.close(timeout=5)
    return "committed"


def transaction_rdkafka(ctx):
    return run([ctx.rust, "transaction", ctx.servers, ctx.topic("transaction-rdkafka")]).strip()


def transaction_java(ctx):
    said = run(ctx.java("org.apache.kafka.tools.ProducerPerformance", "--topic", ctx.topic("transaction-java"),
                        "--num-records", "10", "--record-size", "10", "--throughput", "-1",
                        "--transactional-id", ctx.name("t-java"), "--transaction-duration-ms", "100",
                        "--producer-props", f"bootstrap.servers={ctx.servers}"), may_fail=True, only_stdout=False)
    refused = re.findall(r"\b[A-Z]\w+Exception\b", said)
    return refused[0] if refused else "committed"


def new_group_protocol(ctx):
    """What librdkafka reports with the group protocol of KIP-848."""
    topic = ctx.topic("new-groups")
    ctx.fill(topic, 1)
    consumer = confluent_kafka.Consumer({"bootstrap.servers": ctx.servers, "group.id": ctx.name("new-groups"),
                                         "group.protocol": "consumer", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    deadline = time.monotonic() + TIMEOUT_S
    said = "nothing"
    while time.monotonic() < deadline:
        try:
            one = consumer.poll(0.5)
        except confluent_kafka.KafkaException as error:
            said = error.args[0].name()
            break
        if one is not None:
            said = one.error().name() if one.error() else "read"
            break
    consumer.close()
    return said
