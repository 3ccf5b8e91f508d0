"""Runs the tests of Go's two Kafka clients, as their modules contain them, on a broker.

suites.py [--long] [--only WORD] HOST:PORT

--long   all tests that a broker of this kind can pass, with more records; without it a part that takes about a minute

Needs Go. What is left out stands in SUITES, each with the reason; the table that is printed counts it. A test that fails is
tried once more, alone. The exit code is 1 where one fails again.
"""

import argparse
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field

TIMEOUT_S = 540
LEAST_GO = (1, 26)


class Failed(Exception):
    """A suite cannot be run."""


@dataclass
class Suite:
    """A module's tests: the ones left out, as regular expressions for `go test -skip`, and why."""

    name: str
    module: str
    version: str
    folder: str
    left_out: dict
    # Long tests, left out of the short form.
    long: list
    prepare: callable = lambda folder, server: None
    environment: dict = field(default_factory=dict)
    environment_short: dict = field(default_factory=dict)


def point_at(folder, server):
    """kafka-go's tests name the broker in their source."""
    host, port = server.rsplit(":", 1)
    replaced = [
        ('"localhost:9092"', f'"{server}"'), ('"127.0.0.1:9092"', f'"{server}"'), ('TCP("localhost")', f'TCP("{server}")'),
        ('Host: "localhost", Port: 9092', f'Host: "{host}", Port: {port}'), ('Host != "localhost"', f'Host != "{host}"'),
        ("Port != 9092", f"Port != {port}"),
    ]
    for name in os.listdir(folder):
        # Tests of addresses need no broker.
        if name.endswith("_test.go") and name != "address_test.go":
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8") as file:
                text = file.read()
            for old, new in replaced:
                text = text.replace(old, new)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)


SUITES = [
    Suite(
        name="kafka-go",
        module="github.com/segmentio/kafka-go",
        version="v0.4.51",
        folder=".",
        left_out={
            "no SASL, and so no credentials": ["SASL", "ScramCredentials",
                                               "TestWriter/writing_a_message_with_SASL_Plain_authentication"],
            "no access control": ["ACLs"],
            "no quotas": ["TestClientAlterClientQuotas"],
            "no transactions": ["TestClientFindCoordinator"],
            "it is for port 9092 only": ["TestDialerResolver"],
            "it sets segment.bytes below Kafka 4's least, and waits for compaction": ["TestReaderReadCompactedMessage"],
            "a fault of the test: a nil dialer": ["TestReaderConsumerGroup/(consumer_group_commits_on_close|verify_)"],
            "fails on Kafka 4.1.1 as well": ["TestReaderConsumerGroup/consumer_group_rebalance", "TestRebalanceTooManyConsumers",
                                            "TestConsumerGroupWithTopic", "TestConsumerGroupWithGroupTopicsSingle"],
        },
        long=["TestReaderConsumerGroup", "TestConn/nettest"],
        prepare=point_at,
        environment={"KAFKA_VERSION": "4.1.1"},
    ),
    Suite(
        name="franz-go",
        module="github.com/twmb/franz-go",
        version="v1.22.3",
        folder="pkg/kgo",
        left_out={
            "no transactions": ["TestTxnEtl"],
            "no share groups": ["TestShareGroup"],
            "no groups of KIP-848": ["TestSignalSubscriptionChange848", "Test848RegexBrokerResolves"],
            "no SASL": ["TestSCRAMAuth", "TestOAuthAuth"],
        },
        long=["TestIssue434", "TestIssue337"],
        environment={"KGO_LOG_LEVEL": "none", "KGO_TEST_RF": "1", "KGO_TEST_RECORDS": "100000"},
        environment_short={"KGO_TEST_RECORDS": "3000", "KGO_TEST_MAX_TOPIC_PARTS": "7"},
    ),
]


def check_go():
    if not shutil.which("go"):
        raise Failed("Go is needed, and is not installed")
    said = subprocess.run(["go", "version"], text=True, capture_output=True, check=True).stdout
    found = re.search(r"go(\d+)\.(\d+)", said)
    if not found or (int(found[1]), int(found[2])) < LEAST_GO:
        raise Failed(f"Go {'.'.join(map(str, LEAST_GO))} or later is needed; found {said.strip()}")


def fetch(suite, work):
    """A writable copy of the module."""
    own = os.path.join(work, f"{suite.name}-fetch")
    os.mkdir(own)
    done = subprocess.run(["go", "mod", "download", "-json", f"{suite.module}@{suite.version}"], cwd=own, text=True,
                          capture_output=True, timeout=TIMEOUT_S, check=False)
    if done.returncode != 0:
        raise Failed(f"{suite.module}@{suite.version} cannot be fetched: {done.stdout}{done.stderr}")
    copy = os.path.join(work, suite.name)
    shutil.copytree(json.loads(done.stdout)["Dir"], copy)
    for folder, _, files in os.walk(copy):
        os.chmod(folder, 0o755)
        for file in files:
            os.chmod(os.path.join(folder, file), 0o644)
    return os.path.join(copy, suite.folder)


@dataclass
class Result:
    """The outcome of each test, and its output."""

    outcomes: dict = field(default_factory=dict)
    printed: dict = field(default_factory=dict)
    stderr: str = ""
    code: int = 0

    def of_tests(self, outcome):
        """The tests (not their parts) with an outcome."""
        return [name for name, one in self.outcomes.items() if one == outcome and "/" not in name]

    def failed(self):
        """The tests that failed, or that were running at the end; a panic is one of the test it was in."""
        bad = [name for name in self.printed if self.outcomes.get(name, "fail") == "fail"]
        return sorted({name.split("/")[0] for name in bad})


def go_test(suite, folder, server, is_long, *selection):
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "KGO_SEEDS": server, **suite.environment}
    if not is_long:
        environment |= suite.environment_short
    command = ["go", "test", "-json", "-vet=off", "-count=1", f"-timeout={TIMEOUT_S - 60}s", *selection, "."]
    done = subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True, timeout=TIMEOUT_S, check=False)
    result = Result(stderr=done.stderr, code=done.returncode)
    for line in done.stdout.splitlines():
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            continue
        name = event.get("Test")
        if name and event["Action"] == "output":
            result.printed.setdefault(name, []).append(event["Output"])
        elif name and event["Action"] in ("pass", "fail", "skip"):
            result.outcomes[name] = event["Action"]
    if not result.outcomes:
        raise Failed(f"{suite.name}: no test ran: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return result


def run(suite, server, is_long, work):
    folder = fetch(suite, work)
    suite.prepare(folder, server)
    skipped = [pattern for patterns in suite.left_out.values() for pattern in patterns]
    if not is_long:
        skipped += suite.long
    # For `go test` each alternative is a separate pattern, down to its last slash.
    skip = f"-skip={'|'.join(skipped)}"
    result = go_test(suite, folder, server, is_long, skip)
    again = result.failed()
    if again or result.code != 0:
        print(f"{suite.name}: failed, and is tried again: {', '.join(again)}", file=sys.stderr)
        print("".join(text for name in again for text in result.printed.get(name, []))[-4000:], file=sys.stderr)
        only = f"-run=^({'|'.join(again)})$"
        second = go_test(suite, folder, server, is_long, only, skip)
        result.outcomes |= second.outcomes
        left = second.failed()
        if left:
            print("".join(text for name, texts in second.printed.items() if name.split("/")[0] in left for text in texts)[-8000:],
                  file=sys.stderr)
        return result, again, left
    return result, [], []


def report(suite, result, again, failed, is_long):
    counted = Counter(outcome for name, outcome in result.outcomes.items() if "/" not in name)
    parts = sum(outcome == "pass" for outcome in result.outcomes.values())
    reasons = "; ".join(f"{why}: {', '.join(f'`{one}`' for one in patterns)}" for why, patterns in suite.left_out.items())
    if not is_long:
        reasons += f"; takes long: {', '.join(f'`{one}`' for one in suite.long)}"
    passed = f"{counted['pass']} tests ({parts} with their parts)"
    if again and not failed:
        passed += f", at the second attempt {', '.join(again)}"
    if failed:
        passed += f", FAILED: {', '.join(failed)}"
    return f"| {suite.name} {suite.version} | {passed} | {counted['skip']} | {reasons.replace('|', ' or ')} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("server")
    options = parser.parse_args()
    chosen = [suite for suite in SUITES if options.only in suite.name]
    try:
        check_go()
        with tempfile.TemporaryDirectory(prefix="broker-suites.") as work, \
                concurrent.futures.ThreadPoolExecutor(len(chosen) or 1) as pool:
            running = [(suite, pool.submit(run, suite, options.server, options.long, work)) for suite in chosen]
            found = [(suite, *one.result()) for suite, one in running]
    except (Failed, subprocess.TimeoutExpired) as failure:
        print(f"suites.py: {failure}", file=sys.stderr)
        return 1
    print("| suite | passed | skipped by itself | left out |\n|---|---|---|---|")
    for suite, result, again, failed in found:
        print(report(suite, result, again, failed, options.long))
    return 1 if any(failed for _, _, _, failed in found) else 0


if __name__ == "__main__":
    sys.exit(main())
