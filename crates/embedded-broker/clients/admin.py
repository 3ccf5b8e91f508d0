"""Topics, settings, partitions, records, groups and offsets, as each client manages them.

Each check prints what the client received, one line per request; both brokers must give the same.
"""

import confluent_kafka
import kafka
from confluent_kafka import ConsumerGroupTopicPartitions
from confluent_kafka.admin import (
    AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic, ResourceType,
)
from kafka.admin import ConfigResource as PythonResource
from kafka.admin import ConfigResourceType, NewTopic as PythonTopic

from common import TIMEOUT_S, demand, run, wait_for


class Said:
    """The results, a line each."""

    def __init__(self, ctx):
        self.ctx, self.lines = ctx, []

    def add(self, what, value):
        self.lines.append(f"{what}: {value}")

    def attempt(self, what, action):
        """Runs an action, and records its result, or the name of its exception."""
        try:
            value = action()
        except confluent_kafka.KafkaException as error:
            value = error.args[0].name()
        except kafka.errors.KafkaError as error:
            value = type(error).__name__
        self.add(what, "done" if value is None else value)

    def text(self):
        return self.ctx.plain("\n".join(self.lines))


def confluent(ctx):
    said = Said(ctx)
    admin = AdminClient({"bootstrap.servers": ctx.servers})
    topic, group = ctx.name("admin-confluent"), ctx.name("admin-confluent-group")

    def one(futures):
        [future] = futures.values()
        return future.result(TIMEOUT_S)

    said.attempt("create", lambda: one(admin.create_topics([NewTopic(topic, 2, 1, config={"retention.ms": "3600000"})])))
    said.attempt("create again", lambda: one(admin.create_topics([NewTopic(topic, 2, 1)])))
    said.attempt("bad name", lambda: one(admin.create_topics([NewTopic("a b", 1, 1)])))
    said.attempt("bad setting", lambda: one(admin.create_topics([NewTopic(f"{topic}-x", 1, 1, config={"retention.ms": "soon"})])))
    said.attempt("unknown setting", lambda: one(admin.create_topics([NewTopic(f"{topic}-x", 1, 1, config={"no.such": "1"})])))
    said.attempt("too many replicas", lambda: one(admin.create_topics([NewTopic(f"{topic}-x", 1, 2)])))
    said.attempt("create partitions", lambda: one(admin.create_partitions([NewPartitions(topic, 3)])))
    said.attempt("fewer partitions", lambda: one(admin.create_partitions([NewPartitions(topic, 1)])))

    def altered(operation, name, value):
        entry = ConfigEntry(name, value, incremental_operation=operation)
        return one(admin.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])]))

    said.attempt("set", lambda: altered(AlterConfigOpType.SET, "segment.bytes", "2097152"))
    said.attempt("set to nonsense", lambda: altered(AlterConfigOpType.SET, "segment.bytes", "big"))
    said.attempt("take back", lambda: altered(AlterConfigOpType.DELETE, "retention.ms", None))

    def own_settings():
        entries = one(admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]))
        return sorted(f"{entry.name}={entry.value}" for entry in entries.values() if not entry.is_default and entry.source == 1)

    # Kafka's broker learns of a change shortly after its controller has answered.
    wait_for(lambda: len(own_settings()) == 1, lambda: f"not one setting: {own_settings()}", 10)
    said.add("own settings", own_settings())

    ctx.fill(topic, 10)
    partition = confluent_kafka.TopicPartition(topic, 0)
    said.attempt("delete records", lambda: one(admin.delete_records([confluent_kafka.TopicPartition(topic, 0, 4)])).low_watermark)
    said.attempt("delete too many records", lambda: one(admin.delete_records([confluent_kafka.TopicPartition(topic, 0, 40)])))
    for name, spec in {"earliest": confluent_kafka.admin.OffsetSpec.earliest(), "latest": confluent_kafka.admin.OffsetSpec.latest()}.items():
        said.attempt(name, lambda spec=spec: one(admin.list_offsets({partition: spec})).offset)

    commit = ConsumerGroupTopicPartitions(group, [confluent_kafka.TopicPartition(topic, 0, 5)])
    said.attempt("commit", lambda: one(admin.alter_consumer_group_offsets([commit])).topic_partitions[0].offset)
    said.attempt("committed", lambda: one(admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])).topic_partitions[0].offset)
    listed = admin.list_consumer_groups().result(TIMEOUT_S).valid
    said.add("listed", [str(found.state) for found in listed if found.group_id == group])
    described = one(admin.describe_consumer_groups([group]))
    said.add("described", [str(described.state), len(described.members)])
    unknown = one(admin.describe_consumer_groups([f"{group}-x"]))
    said.add("unknown group", str(unknown.state))
    said.attempt("delete group", lambda: one(admin.delete_consumer_groups([group])))
    said.attempt("delete group again", lambda: one(admin.delete_consumer_groups([group])))

    cluster = admin.describe_cluster().result(TIMEOUT_S)
    said.add("nodes", len(cluster.nodes))
    metadata = admin.list_topics(topic, TIMEOUT_S).topics[topic]
    said.add("partitions", [(number, len(found.replicas), len(found.isrs)) for number, found in sorted(metadata.partitions.items())])
    said.attempt("delete", lambda: one(admin.delete_topics([topic])))
    said.attempt("delete again", lambda: one(admin.delete_topics([topic])))
    return said.text()


def kafka_python(ctx):
    said = Said(ctx)
    admin = kafka.KafkaAdminClient(bootstrap_servers=ctx.servers)
    topic, group = ctx.name("admin-python"), ctx.name("admin-python-group")
    partition = kafka.TopicPartition(topic, 0)

    def create(name, **more):
        admin.create_topics([PythonTopic(name, 2, 1, **more)])

    said.attempt("create", lambda: create(topic, topic_configs={"retention.ms": "3600000"}))
    said.attempt("create again", lambda: create(topic))
    said.attempt("bad setting", lambda: create(f"{topic}-x", topic_configs={"retention.ms": "soon"}))
    said.attempt("create partitions", lambda: admin.create_partitions({topic: 3}) and None)
    resource = lambda configs=None: PythonResource(ConfigResourceType.TOPIC, topic, configs)  # noqa: E731
    said.attempt("alter", lambda: admin.alter_configs([resource({"segment.bytes": "2097152"})]) and None)

    def own_settings():
        entries = admin.describe_configs([resource()])["topic"][topic]
        return sorted(f"{name}={entry['value']}" for name, entry in entries.items() if name in ("segment.bytes", "retention.ms"))

    # As above.
    wait_for(lambda: len(own_settings()) == 2, lambda: f"not two settings: {own_settings()}", 10)
    said.attempt("own settings", own_settings)
    producer = kafka.KafkaProducer(bootstrap_servers=ctx.servers)
    for number in range(10):
        producer.send(topic, str(number).encode(), partition=0)
    producer.close()
    said.attempt("delete records", lambda: admin.delete_records({partition: 4}) and None)
    consumer = kafka.KafkaConsumer(bootstrap_servers=ctx.servers, group_id=group)
    said.attempt("earliest", lambda: consumer.beginning_offsets([partition])[partition])
    said.attempt("latest", lambda: consumer.end_offsets([partition])[partition])
    consumer.assign([partition])
    consumer.seek(partition, 6)
    consumer.commit()
    consumer.close()
    said.attempt("committed", lambda: admin.list_group_offsets({group: None})[group][partition].offset)
    said.attempt("listed", lambda: any(group == (found.get("group_id") if isinstance(found, dict) else found.group_id)
                                       for found in admin.list_groups()))
    said.attempt("delete offsets", lambda: admin.delete_group_offsets(group, [partition]) and None)
    said.attempt("committed then", lambda: list(admin.list_group_offsets({group: None}).get(group, {})))
    said.attempt("delete", lambda: admin.delete_topics([topic]) and None)
    said.attempt("delete again", lambda: admin.delete_topics([topic]) and None)
    admin.close()
    return said.text()


def rdkafka(ctx):
    return ctx.plain(run([ctx.rust, "admin", ctx.servers, ctx.name("admin-rdkafka")]))


def kcat(ctx):
    topic = ctx.topic("admin-kcat", 3)
    lines = run(["kcat", "-L", "-b", ctx.servers, "-t", topic]).splitlines()
    return ctx.plain("\n".join(line for line in lines if "topic" in line or "partition" in line))


class Tools:
    """Kafka's own tools on a broker, and their output."""

    def __init__(self, ctx):
        self.ctx, self.lines = ctx, []

    def tool(self, name, *arguments, package="org.apache.kafka.tools", keep=lambda line: True):
        said = run(self.ctx.java(f"{package}.{name}", "--bootstrap-server", self.ctx.servers, *arguments),
                   may_fail=True, only_stdout=False)
        said = [line for line in self.ctx.plain(said).splitlines() if keep(line) and not line.startswith("at ")]
        self.lines.append(f"$ {name} {self.ctx.plain(' '.join(arguments))}")
        self.lines.extend(said)

    def text(self):
        return "\n".join(self.lines)


def topics_tool(ctx):
    tools, topic = Tools(ctx), ctx.name("admin-topics")
    tools.tool("TopicCommand", "--create", "--topic", topic, "--partitions", "2", "--replication-factor", "1",
               "--config", "segment.bytes=2097152")
    tools.tool("TopicCommand", "--create", "--topic", topic, "--partitions", "2", keep=lambda line: "rror" in line)
    tools.tool("TopicCommand", "--alter", "--topic", topic, "--partitions", "3")
    tools.tool("TopicCommand", "--list", keep=lambda line: line == ctx.plain(topic))
    tools.tool("TopicCommand", "--describe", "--topic", topic)
    tools.tool("TopicCommand", "--delete", "--topic", topic)
    tools.tool("TopicCommand", "--describe", "--topic", topic, keep=lambda line: "rror" in line)
    return tools.text()


def configs_tool(ctx):
    tools, topic = Tools(ctx), ctx.topic("admin-configs")

    def configs(*arguments):
        tools.tool("ConfigCommand", "--entity-type", "topics", "--entity-name", topic, *arguments, package="kafka.admin")

    configs("--alter", "--add-config", "retention.ms=7200000,max.message.bytes=200000")
    configs("--alter", "--delete-config", "retention.ms")
    configs("--alter", "--add-config", "retention.ms=soon")
    configs("--describe")
    return tools.text()


def groups_tool(ctx):
    tools, topic, group = Tools(ctx), ctx.topic("admin-groups", 2), ctx.name("admin-group")
    ctx.fill(topic, 20, 2)
    consumer = confluent_kafka.Consumer({"bootstrap.servers": ctx.servers, "group.id": group, "client.id": "reader",
                                         "auto.offset.reset": "earliest", "enable.auto.commit": False})
    consumer.subscribe([topic])
    read = []
    while len(read) < 20:
        read += consumer.consume(20, 0.2)
    consumer.commit(offsets=[confluent_kafka.TopicPartition(topic, 0, 4), confluent_kafka.TopicPartition(topic, 1, 10)], asynchronous=False)
    name = "consumer.group.ConsumerGroupCommand"
    tools.tool(name, "--list", keep=lambda line: line == ctx.plain(group))
    tools.tool(name, "--describe", "--group", group)
    tools.tool(name, "--describe", "--group", group, "--members")
    tools.tool(name, "--describe", "--group", group, "--state")
    tools.tool(name, "--group", group, "--delete", keep=lambda line: "rror" in line)
    consumer.close()
    tools.tool(name, "--describe", "--group", group)
    tools.tool(name, "--group", group, "--topic", topic, "--reset-offsets", "--to-offset", "7", "--execute")
    tools.tool(name, "--group", group, "--topic", topic, "--reset-offsets", "--to-earliest", "--execute")
    tools.tool(name, "--group", group, "--delete-offsets", "--topic", topic)
    tools.tool(name, "--group", group, "--delete")
    tools.tool(name, "--group", group, "--delete")
    return tools.text()


def delete_records_tool(ctx):
    tools, topic = Tools(ctx), ctx.topic("admin-records")
    ctx.fill(topic, 10)
    file = ctx.file("records.json")
    with open(file, "w", encoding="utf-8") as out:
        out.write(f'{{"partitions": [{{"topic": "{topic}", "partition": 0, "offset": 6}}], "version": 1}}')
    tools.tool("DeleteRecordsCommand", "--offset-json-file", file, keep=lambda line: "partition" in line)
    for asked in ("earliest", "latest"):
        tools.tool("GetOffsetShell", "--topic", topic, "--time", asked)
    text = tools.text().replace(file, "FILE")
    demand(":6" in text, text)
    return text


def log_dirs_tool(ctx):
    topic = ctx.topic("admin-log-dirs")
    tools = Tools(ctx)
    tools.tool("LogDirsCommand", "--describe", "--topic-list", topic, keep=lambda line: line.startswith("{"))
    text = tools.text()
    demand('"size":0' in text, text)
    return "the size of an empty topic is 0"
