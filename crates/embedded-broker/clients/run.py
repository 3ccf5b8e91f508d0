"""Runs every check on every broker, and prints the results as a markdown table.

run.py --java DIR --old-java DIR --rdkafka PROGRAM [--only WORD] NAME=HOST:PORT…

Clients sometimes fail on any broker: a check that fails is repeated once, which the table shows. The exit code is 1 where a
check failed twice, and where the results of the brokers differ in a way that DIFFERENCES does not list.
"""

import argparse
import concurrent.futures
import difflib
import os
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import replace
from importlib.metadata import version

import confluent_kafka

import admin
import edges
import exchange
import members
import tools
from common import Context, Java

CLIENTS = ["rdkafka", "confluent-kafka", "kafka-python", "kcat", "Java", "Java 2.1"]
MODERN = CLIENTS[:5]
REFUSED = "transactions are not supported"
COMMITTED = ["committed"]
# Where the embedded broker's results differ from Kafka's on purpose: why, and the lines that only the one and only the
# other has. Any other difference is a failure.
DIFFERENCES = {
    ("rdkafka", "transactions"): (REFUSED, ["TransactionalIdAuthorizationFailed"], COMMITTED),
    ("confluent-kafka", "transactions"): (REFUSED, ["TRANSACTIONAL_ID_AUTHORIZATION_FAILED"], COMMITTED),
    ("kafka-python", "transactions"): (REFUSED, ["TransactionalIdAuthorizationFailedError"], COMMITTED),
    ("Java", "transactions"): (REFUSED, ["TransactionalIdAuthorizationException"], COMMITTED),
    ("confluent-kafka", "group.protocol=consumer"): ("groups of KIP-848 are not supported", ["_FATAL"], ["read"]),
    ("Java", "kafka-topics"): (
        "there is no broker file whose settings could be shown",
        ["Topic: admin-topics-S TopicId: ID PartitionCount: 3 ReplicationFactor: 1 Configs: segment.bytes=2097152"],
        ["Topic: admin-topics-S TopicId: ID PartitionCount: 3 ReplicationFactor: 1 "
         "Configs: min.insync.replicas=1,segment.bytes=2097152,max.message.bytes=16777216"]),
    ("Java", "kafka-configs"): (
        "16 MiB are the embedded broker's default; this Kafka has them from its file",
        ["max.message.bytes=200000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:max.message.bytes=200000, "
         "DEFAULT_CONFIG:message.max.bytes=16777216}"],
        ["max.message.bytes=200000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:max.message.bytes=200000, "
         "STATIC_BROKER_CONFIG:message.max.bytes=16777216, DEFAULT_CONFIG:message.max.bytes=1048588}"]),
}


ATTEMPTS = 2
PRODUCE, CONSUME = "produce: each codec, idempotent and not", "consume what all clients wrote"


def chosen(word):
    """The checks whose client or title contains a word, and those that must run before them."""
    wanted = [word in f"{client}, {title}" for client, title, _ in checks()]
    needs_records = any(is_wanted for is_wanted, (_, title, _) in zip(wanted, checks()) if title == CONSUME)
    return [one for is_wanted, one in zip(wanted, checks()) if is_wanted or (needs_records and one[1] == PRODUCE)]


def checks():
    """Client, title, function; in the order in which they run."""
    for client in CLIENTS:
        yield client, PRODUCE, exchange.produce(client)
    for client in CLIENTS:
        yield client, CONSUME, exchange.consume(client)
    for client in MODERN:
        yield client, "offsets by time", edges.offsets_by_time(client)
    for client in MODERN:
        yield client, "a record that is too large", edges.too_large(client)
    for client in CLIENTS:
        yield client, "groups of 1 to 8, range", members.come_and_go(client.replace(" ", ""), [client] * 8, "range")
    for client in ("rdkafka", "confluent-kafka", "kafka-python", "Java"):
        yield client, "groups of 1 to 8, cooperative-sticky", members.come_and_go(f"{client}-c", [client] * 8, "cooperative-sticky")
    others = [client for client in CLIENTS if client != "kcat"]
    yield "all but kcat", "one group of them all, range", members.come_and_go("mixed", others, "range")
    for client, function in (("rdkafka", admin.rdkafka), ("confluent-kafka", admin.confluent),
                             ("kafka-python", admin.kafka_python), ("kcat", admin.kcat)):
        yield client, "admin", function
    yield "Java", "kafka-topics", admin.topics_tool
    yield "Java", "kafka-configs", admin.configs_tool
    yield "Java", "kafka-consumer-groups", admin.groups_tool
    yield "Java", "kafka-delete-records, kafka-get-offsets", admin.delete_records_tool
    yield "Java", "kafka-log-dirs", admin.log_dirs_tool
    yield "Java", "kafka-broker-api-versions", tools.api_versions
    yield "Java", "kafka-producer-perf-test, kafka-consumer-perf-test", tools.performance
    yield "Java", "kafka-e2e-latency", tools.round_trips
    yield "Java", "kafka-verifiable-producer, -consumer", tools.verifiable(lambda ctx: ctx.java, "--bootstrap-server")
    yield "Java 2.1", "kafka-verifiable-producer, -consumer", tools.verifiable(lambda ctx: ctx.old_java, "--broker-list")
    yield "Java", "client compatibility test", tools.compatibility
    yield "Java 2.1", "client compatibility test", tools.old_compatibility
    yield "confluent-kafka", "transactions", edges.transaction_confluent
    yield "kafka-python", "transactions", edges.transaction_kafka_python
    yield "rdkafka", "transactions", edges.transaction_rdkafka
    yield "Java", "transactions", edges.transaction_java
    yield "confluent-kafka", "group.protocol=consumer", edges.new_group_protocol


def run_all(name, context, selected):
    """Every check on one broker: its result, whether it failed, and the number of attempts."""
    found = {}
    for client, title, function in selected:
        for attempt in range(1, ATTEMPTS + 1):
            began = time.monotonic()
            # New names for each attempt.
            of_attempt = context if attempt == 1 else replace(context, stamp=f"{context.stamp}a{attempt}")
            try:
                text, failed = function(of_attempt), False
            except Exception as error:  # noqa: BLE001 - a check that fails must not hide the others
                text, failed = f"{type(error).__name__}: {error}", True
                with open(context.file("traces.txt"), "a", encoding="utf-8") as file:
                    file.write(f"{client}, {title}\n{traceback.format_exc()}\n")
            print(f"{name}: {client}, {title}: {'FAILED: ' + text if failed else 'ok'} ({time.monotonic() - began:.1f} s)",
                  file=sys.stderr, flush=True)
            if not failed:
                break
        found[client, title] = text, failed, attempt
    return found


def versions(java, old_java):
    kcat = subprocess.run(["kcat", "-V"], text=True, capture_output=True, check=False).stdout
    librdkafka = kcat.split("librdkafka ")[1].split(" ")[0]
    return (f"confluent-kafka {version('confluent-kafka')} (librdkafka {confluent_kafka.libversion()[0]}), "
            f"kafka-python {version('kafka-python')}, kcat with librdkafka {librdkafka}, "
            f"Java {java.version} and {old_java.version}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--java", required=True)
    parser.add_argument("--old-java", required=True)
    parser.add_argument("--rdkafka", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("brokers", nargs="+")
    options = parser.parse_args()
    selected = chosen(options.only)
    brokers = dict(one.split("=", 1) for one in options.brokers)
    stamp = f"s{int(time.time()):x}{os.getpid():x}"
    with tempfile.TemporaryDirectory(prefix="broker-clients.") as work:
        java, old_java = Java(options.java), Java(options.old_java)
        servers = next(iter(brokers.values()))
        java.prepare(f"{work}/java.jsa", "org.apache.kafka.tools.EndToEndLatency", servers, f"classes-{stamp}", "1", "all", "1")
        old_java.prepare(f"{work}/old-java.jsa", "kafka.tools.EndToEndLatency", servers, f"old-classes-{stamp}", "1", "all", "1")
        contexts = {}
        for name, servers in brokers.items():
            folder = os.path.join(work, name)
            os.mkdir(folder)
            contexts[name] = Context(servers, stamp, folder, java, old_java, options.rdkafka)
        # The brokers in parallel: most of the time is spent waiting for members of groups.
        with concurrent.futures.ThreadPoolExecutor(len(brokers)) as pool:
            running = {name: pool.submit(run_all, name, context, selected) for name, context in contexts.items()}
            found = {name: one.result() for name, one in running.items()}
        for name, context in contexts.items():
            if os.path.exists(context.file("traces.txt")):
                with open(context.file("traces.txt"), encoding="utf-8") as file:
                    print(f"== {name}\n{file.read()}", file=sys.stderr)
    return report(list(brokers), selected, found, versions(java, old_java))


def only_in(text, other):
    return [line for line in text.splitlines() if line not in other.splitlines()]


def is_known(client, title, texts):
    """Whether the difference of two brokers is a listed one."""
    known = DIFFERENCES.get((client, title))
    return known and len(texts) == 2 and [only_in(*texts), only_in(*reversed(texts))] == list(known[1:])


def short(text):
    text = " ".join(text.split())
    return (text if len(text) < 160 else f"{text[:150]}…").replace("|", "/")


def report(names, selected, found, clients):
    """Prints the table, and the differences below it; returns the exit code."""
    is_good, below = True, []
    print(f"{clients}\n\n| client | what | {' | '.join(names)} |\n|---|---|{'---|' * len(names)}")
    for client, title, _ in selected:
        texts = [found[name][client, title][0] for name in names]
        failed = [found[name][client, title][1] for name in names]
        differ = len(set(texts)) > 1
        if any(failed) or (differ and not is_known(client, title, texts)):
            is_good = False
        cells = ["ok" if "\n" in text else short(text) for text in texts]
        if any(failed):
            cells = [f"FAILED: {short(text)}" if bad else short(text) for text, bad in zip(texts, failed)]
        elif differ and is_known(client, title, texts):
            cells = [cells[0], f"{cells[1] if cells[1] != 'ok' else 'different'}: {DIFFERENCES[client, title][0]}"]
        elif differ:
            cells = ["DIFFERS, see below"] * len(names)
        elif len(names) > 1:
            cells[1:] = ["the same"] * (len(names) - 1)
        attempts = [found[name][client, title][2] for name in names]
        cells = [f"{cell} (at attempt {attempt})" if attempt > 1 else cell for cell, attempt in zip(cells, attempts)]
        print(f"| {client} | {title} | {' | '.join(cells)} |")
        if differ and len(names) == 2 and any("\n" in text for text in texts):
            lines = difflib.unified_diff(texts[0].splitlines(), texts[1].splitlines(), *names, lineterm="", n=0)
            below.append("\n".join([f"\n{client}, {title}:", *lines]))
    print("\n".join(below))
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
