"""Kafka's own measuring and verifying tools."""

import json
import re
import subprocess

from confluent_kafka.admin import AdminClient

from common import TIMEOUT_S, demand, run

RECORDS = 3000
# The client compatibility test creates a topic of this name, and does not delete it.
MADE_BY_TEST = "newtopic"


def performance(ctx):
    topic = ctx.topic("performance")
    said = run(ctx.java("org.apache.kafka.tools.ProducerPerformance", "--topic", topic, "--num-records", str(RECORDS),
                        "--record-size", "1000", "--throughput", "-1", "--producer-props",
                        f"bootstrap.servers={ctx.servers}", "acks=all", "compression.type=lz4"))
    demand(f"{RECORDS} records sent" in said, said)
    said = run(ctx.java("org.apache.kafka.tools.ConsumerPerformance", "--bootstrap-server", ctx.servers,
                        "--topic", topic, "--messages", str(RECORDS), "--timeout", "20000"))
    # Start, end, MB, MB/s, records, …
    counted = said.strip().splitlines()[-1].split(", ")[4]
    demand(counted == str(RECORDS), said)
    return f"{RECORDS} records sent, {RECORDS} read"


def round_trips(ctx):
    topic = ctx.topic("round-trips")
    said = run(ctx.java("org.apache.kafka.tools.EndToEndLatency", ctx.servers, topic, "200", "all", "100"))
    demand("Avg latency" in said, said)
    return "200 round trips"


def events_in(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def verifiable(command, servers_option):
    """A check: the verifiable producer's records are all acknowledged, and the verifiable consumer gets each."""

    def check(ctx):
        java = command(ctx)
        topic = ctx.topic(f"verifiable-{servers_option.strip('-')}", 3)
        said = run(java("org.apache.kafka.tools.VerifiableProducer", servers_option, ctx.servers, "--topic", topic,
                        "--max-messages", str(RECORDS), "--throughput", "-1", "--acks", "-1"))
        events = events_in(said)
        acknowledged = sum(event["name"] == "producer_send_success" for event in events)
        demand(acknowledged == RECORDS, f"{acknowledged} of {RECORDS} acknowledged")
        consuming = java("org.apache.kafka.tools.VerifiableConsumer", servers_option, ctx.servers, "--topic", topic,
                         "--group-id", ctx.name("verifiable"), "--reset-policy", "earliest", "--max-messages", str(RECORDS))
        said = subprocess.run(consuming, text=True, capture_output=True, timeout=TIMEOUT_S, check=False).stdout
        events = events_in(said)
        count = sum(event["count"] for event in events if event["name"] == "records_consumed")
        committed = [event["success"] for event in events if event["name"] == "offsets_committed"]
        demand(count == RECORDS and all(committed) and committed, f"{count} of {RECORDS} read, committed: {committed[:3]}")
        return f"{RECORDS} records acknowledged, read and committed"

    return check


def compatibility(ctx):
    """Kafka's own test of a broker's features."""
    return compatibility_of(ctx, ctx.java, ["describe-configs", "idempotent-producer"])


def old_compatibility(ctx):
    return compatibility_of(ctx, ctx.old_java, [])


def compatibility_of(ctx, java, more):
    topic = ctx.topic(f"compatibility-{java.version}")
    features = ["offsets-for-times", "cluster-id", "create-topics", *more]
    options = [word for name in features for word in (f"--{name}-supported", "true")]
    admin = AdminClient({"bootstrap.servers": ctx.servers})
    demand(MADE_BY_TEST not in admin.list_topics(timeout=TIMEOUT_S).topics, f"there is a topic {MADE_BY_TEST} already")
    done = subprocess.run(java(
        "org.apache.kafka.tools.ClientCompatibilityTest", "--bootstrap-server", ctx.servers, "--topic", topic,
        "--num-cluster-nodes", "1", *options, "--describe-acls-supported", "true",
        "--expect-record-too-large-exception", "false"), text=True, capture_output=True, timeout=TIMEOUT_S, check=False)
    if MADE_BY_TEST in admin.list_topics(timeout=TIMEOUT_S).topics:
        admin.delete_topics([MADE_BY_TEST])[MADE_BY_TEST].result(TIMEOUT_S)
    demand(done.returncode == 0, (done.stdout + done.stderr)[-1500:])
    return ", ".join([*features, "describe-acls"])


def api_versions(ctx):
    """Every API that Java's client supports and finds usable, as kafka-broker-api-versions prints it."""
    said = run(ctx.java("org.apache.kafka.tools.BrokerApiVersionsCommand", "--bootstrap-server", ctx.servers))
    usable = re.findall(r"^\s*(\w+)\(\d+\): .*usable", said, re.MULTILINE)
    demand("Produce" in usable and "Fetch" in usable, said)
    return "APIs and their versions are shown"
