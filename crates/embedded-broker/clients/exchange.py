"""Every client produces with every codec, idempotent and not; every client reads the records of all."""

import subprocess
import time

import confluent_kafka
import kafka

from common import CODECS, TIMEOUT_S, Failed, demand, run

COUNT = 200
# A part of each value that compresses well, so that it shows whether a codec was used at all.
FILLING = "harbour crane container " * 12


def records(topic):
    """Keys and values of a topic."""
    return [(f"key-{number % 7}", f"{topic} {number} {FILLING[: number % 290]}") for number in range(COUNT)]


def produce_confluent(ctx, topic, codec, idempotent):
    producer = confluent_kafka.Producer({
        "bootstrap.servers": ctx.servers, "compression.type": codec, "enable.idempotence": idempotent, "linger.ms": 5,
    })
    for key, value in records(topic):
        producer.produce(topic, value, key, headers={"from": "client"})
    demand(producer.flush(TIMEOUT_S) == 0, "records are left in the queue")


def produce_kafka_python(ctx, topic, codec, idempotent):
    producer = kafka.KafkaProducer(
        bootstrap_servers=ctx.servers, compression_type=None if codec == "none" else codec,
        enable_idempotence=idempotent, linger_ms=5,
    )
    sent = [producer.send(topic, value.encode(), key.encode(), headers=[("from", b"client")]) for key, value in records(topic)]
    for one in sent:
        one.get(TIMEOUT_S)
    producer.close()


def produce_rdkafka(ctx, topic, codec, idempotent):
    lines = "".join(f"{key}\tclient\t{value}\n" for key, value in records(topic))
    said = run([ctx.rust, "produce", ctx.servers, topic, codec, str(idempotent).lower()], lines)
    demand(said == "", said)


def produce_kcat(ctx, topic, codec, idempotent):
    lines = "".join(f"{key}\t{value}\n" for key, value in records(topic))
    run(["kcat", "-P", "-b", ctx.servers, "-t", topic, "-p", "0", "-K", "\t", "-H", "from=client", "-z", codec,
         "-X", f"enable.idempotence={str(idempotent).lower()}", "-X", "linger.ms=5"], lines)


def produce_java(ctx, topic, codec, idempotent):
    lines = "".join(f"from:client\t{key}\t{value}\n" for key, value in records(topic))
    run(ctx.java(
        "org.apache.kafka.tools.ConsoleProducer", "--bootstrap-server", ctx.servers, "--topic", topic,
        f"--compression-codec={codec}", "--producer-property", f"enable.idempotence={str(idempotent).lower()}",
        "--property", "parse.key=true", "--property", "parse.headers=true"), lines)


def produce_old_java(ctx, topic, codec, idempotent):
    lines = "".join(f"{key}\t{value}\n" for key, value in records(topic))
    more = ["--producer-property", "enable.idempotence=true", "--request-required-acks", "all"] if idempotent else []
    run(ctx.old_java(
        "kafka.tools.ConsoleProducer", "--broker-list", ctx.servers, "--topic", topic,
        f"--compression-codec={codec}", *more, "--property", "parse.key=true"), lines)


def consume_confluent(ctx, topics):
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": ctx.servers, "group.id": "unused", "enable.auto.commit": False,
        "enable.partition.eof": True, "check.crcs": True,
    })
    consumer.assign([confluent_kafka.TopicPartition(topic, 0, confluent_kafka.OFFSET_BEGINNING) for topic in topics])
    found, is_open, deadline = [], len(topics), time.monotonic() + TIMEOUT_S
    while is_open and time.monotonic() < deadline:
        for one in consumer.consume(500, 0.2):
            if one.error():
                demand(one.error().code() == confluent_kafka.KafkaError._PARTITION_EOF, str(one.error()))
                is_open -= 1
            else:
                header = one.headers()[0][1].decode() if one.headers() else ""
                found.append((one.topic(), one.key().decode(), header, one.value().decode()))
    consumer.close()
    return found


def consume_kafka_python(ctx, topics):
    consumer = kafka.KafkaConsumer(bootstrap_servers=ctx.servers, enable_auto_commit=False, check_crcs=True)
    partitions = [kafka.TopicPartition(topic, 0) for topic in topics]
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(partitions)
    found, deadline = [], time.monotonic() + TIMEOUT_S
    while any(consumer.position(one) < ends[one] for one in partitions) and time.monotonic() < deadline:
        for polled in consumer.poll(200).values():
            for one in polled:
                header = one.headers[0][1].decode() if one.headers else ""
                found.append((one.topic, one.key.decode(), header, one.value.decode()))
    consumer.close()
    return found


def from_lines(text):
    return [tuple(line.split("\t", 3)) for line in text.splitlines()]


def consume_rdkafka(ctx, topics):
    return from_lines(run([ctx.rust, "consume", ctx.servers, *topics]))


def consume_kcat(ctx, topics):
    found = []
    for topic in topics:
        text = run(["kcat", "-C", "-q", "-e", "-b", ctx.servers, "-t", topic, "-p", "0", "-o", "beginning",
                    "-X", "check.crcs=true", "-X", "fetch.wait.max.ms=10", "-f", "%t\t%k\t%h\t%s\n"])
        for name, key, header, value in from_lines(text):
            found.append((name, key, header.removeprefix("from="), value))
    return found


def console_consumer(command, topics, has_headers):
    """The console consumer's records; the value contains the topic."""
    total = COUNT * len(topics)
    done = subprocess.run(command, text=True, capture_output=True, timeout=TIMEOUT_S, check=False)
    if done.returncode != 0:
        raise Failed(f"the console consumer ended with {done.returncode} before it had {total} records: {done.stderr[-800:]}")
    found = []
    for line in done.stdout.splitlines():
        header, key, value = line.split("\t", 2) if has_headers else ["", *line.split("\t", 1)]
        header = {"from:client": "client", "NO_HEADERS": ""}.get(header, header)
        found.append((value.split(" ", 1)[0], key, header, value))
    return found


def consume_java(ctx, topics):
    return console_consumer(ctx.java(
        "org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", ctx.servers,
        "--include", f"from-.*-{ctx.stamp}", "--from-beginning", "--max-messages", str(COUNT * len(topics)),
        "--timeout-ms", "20000", "--property", "print.key=true", "--property", "print.headers=true"), topics, True)


def consume_old_java(ctx, topics):
    return console_consumer(ctx.old_java(
        "kafka.tools.ConsoleConsumer", "--bootstrap-server", ctx.servers,
        "--whitelist", f"from-.*-{ctx.stamp}", "--from-beginning", "--max-messages", str(COUNT * len(topics)),
        "--timeout-ms", "20000", "--property", "print.key=true"), topics, False)


PRODUCERS = {
    "rdkafka": produce_rdkafka, "confluent-kafka": produce_confluent, "kafka-python": produce_kafka_python,
    "kcat": produce_kcat, "Java": produce_java, "Java 2.1": produce_old_java,
}
CONSUMERS = {
    "rdkafka": consume_rdkafka, "confluent-kafka": consume_confluent, "kafka-python": consume_kafka_python,
    "kcat": consume_kcat, "Java": consume_java, "Java 2.1": consume_old_java,
}


def sizes(ctx, topics):
    """The bytes that topics take in the broker's log."""
    admin = kafka.KafkaAdminClient(bootstrap_servers=ctx.servers)
    found = {}

    def look(node):
        if isinstance(node, dict):
            if "partitions" in node and ("name" in node or "topic" in node):
                name = node.get("name", node.get("topic"))
                found[name] = found.get(name, 0) + sum(one["partition_size"] for one in node["partitions"])
            for value in node.values():
                look(value)
        elif isinstance(node, (list, tuple)):
            for value in node:
                look(value)

    look(admin.describe_log_dirs())
    admin.close()
    return {topic: found[topic] for topic in topics}


def produce(client):
    """A check: a client produces with each codec, idempotent and not, and what it sends is compressed."""

    def check(ctx):
        topics = {}
        for idempotent in (True, False):
            for codec in CODECS:
                name = f"from-{client.replace(' ', '')}-{codec}-{'idempotent' if idempotent else 'plain'}"
                topics[codec, idempotent] = topic = ctx.topic(name)
                PRODUCERS[client](ctx, topic, codec, idempotent)
        ctx.written[client] = list(topics.values())
        bytes_of = sizes(ctx, topics.values())
        for (codec, idempotent), topic in topics.items():
            plain = bytes_of[topics["none", idempotent]]
            size = bytes_of[topic]
            demand(codec == "none" or size < plain / 2, f"{topic} takes {size} bytes, uncompressed {plain}")
        return f"{len(topics)} topics of {COUNT} records, compressed as asked"

    return check


def consume(client):
    """A check: a client reads the records of all clients, in order and complete."""

    def check(ctx):
        topics = [topic for written in ctx.written.values() for topic in written]
        demand(len(ctx.written) == len(PRODUCERS), f"only {sorted(ctx.written)} have written")
        found = {topic: [] for topic in topics}
        for topic, key, header, value in CONSUMERS[client](ctx, topics):
            found[topic].append((key, header, value))
        for topic in topics:
            # Neither of Kafka 2.1's tools supports headers.
            header = "" if "from-Java2.1" in topic or client == "Java 2.1" else "client"
            expected = [(key, header, value) for key, value in records(topic)]
            if found[topic] != expected:
                wrong = next((pair for pair in zip(found[topic], expected) if pair[0] != pair[1]), "only their number")
                raise Failed(f"{topic}: {len(found[topic])} of {COUNT} records; what differs first: {wrong}")
        return f"{len(topics)} topics of {len(ctx.written)} clients: all records, in order"

    return check
