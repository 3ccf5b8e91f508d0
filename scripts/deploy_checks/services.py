"""Runs the services and pods without containers: the brokers' settings on real brokers, the commands through the entry point."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from .files import COMPOSE, ROOT, compose, manifests, pod_of

WAIT_S = 120
IMAGES = 12
PODS_USER = 10001
ENTRY_POINT, HEALTH_CHECK = ROOT / "scripts/docker-entrypoint", ROOT / "scripts/docker-healthcheck"
METRICS = "9464"
SERVICES_PORT, CONTROLLER_PORT, HOST_PORT = "9092", "9093", "19092"


class Failed(Exception):
    """Something is not as it should be."""


def wait_for(what, condition, logs=()):
    deadline = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > deadline:
            shown = "\n".join(log.read_text(errors="replace")[-2000:] for log in logs if log.exists())
            raise Failed(f"waited {WAIT_S} s for {what}\n{shown}")
        time.sleep(0.1)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1])


def rows(folder):
    table = folder / "annotation.csv"
    return len(table.read_text(encoding="utf-8").splitlines()) - 1 if table.exists() else 0


class Brokers:
    """The brokers of a compose file, as processes. Each container port becomes a free port of this machine."""

    def __init__(self, services, folder):
        self.libs = subprocess.run([ROOT / "scripts/kafka", "libs"], check=True, capture_output=True, text=True).stdout.strip()
        self.folder, self.processes, self.logs = folder, {}, []
        self.services = {name: one for name, one in services.items() if name.startswith("kafka-")}
        ports = (SERVICES_PORT, CONTROLLER_PORT, HOST_PORT)
        self.ports = {(name, port): free_port() for name in self.services for port in ports}

    def here(self, text, broker=None):
        """Addresses of containers as addresses of this machine."""
        for (name, port), mapped in self.ports.items():
            text = text.replace(f"{name}:{port}", f"127.0.0.1:{mapped}")
            if name == broker:
                text = re.sub(rf"://:{port}\b", f"://127.0.0.1:{mapped}", text)
        if broker is not None:
            text = re.sub(r"HOST://localhost:\d+", f"HOST://127.0.0.1:{self.ports[broker, HOST_PORT]}", text)
        return text

    def java(self, *arguments):
        return ["java", "-Xmx384m", "-XX:TieredStopAtLevel=1", "-Dlog4j2.level=ERROR", "-cp", f"{self.libs}/*", *arguments]

    def start(self):
        for name, service in self.services.items():
            settings = {key: str(value) for key, value in service["environment"].items()}
            settings["KAFKA_LOG_DIRS"] = str(self.folder / name)
            # As the image apache/kafka does it: KAFKA_LOG_DIRS is log.dirs.
            lines = [
                f"{key.removeprefix('KAFKA_').lower().replace('_', '.')}={self.here(value, name)}"
                for key, value in settings.items() if key.startswith("KAFKA_")
            ]
            file, log = self.folder / f"{name}.properties", self.folder / f"{name}.log"
            file.write_text("\n".join(lines) + "\n", encoding="utf-8")
            formatted = self.java("kafka.tools.StorageTool", "format", "-t", settings["CLUSTER_ID"], "-c", str(file))
            done = subprocess.run(formatted, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise Failed(f"{name} cannot be formatted: {done.stdout}{done.stderr}")
            with open(log, "wb") as output:
                self.processes[name] = subprocess.Popen(self.java("kafka.Kafka", str(file)), stdout=output, stderr=output)
            self.logs.append(log)
        wait_for("the brokers", lambda: all(self.answers(name) for name in self.services), self.logs)

    def answers(self, name):
        address = self.here(f"{name}:{SERVICES_PORT}")
        command = self.java("org.apache.kafka.tools.BrokerApiVersionsCommand", "--bootstrap-server", address)
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def describe(self, topic):
        address = self.here(f"kafka-1:{SERVICES_PORT}")
        command = self.java("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", address, "--describe", "--topic", topic)
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def stop(self, name):
        self.processes[name].terminate()
        self.processes.pop(name).wait(timeout=60)

    def stop_all(self):
        for process in self.processes.values():
            process.kill()
            process.wait()


class Programs:
    """The program's services, started through the entry point."""

    def __init__(self, program, folder):
        self.program, self.folder, self.running = program, folder, {}

    def start(self, name, arguments, servers, user=None):
        """Returns the port of its metrics."""
        port = free_port()
        arguments = [argument.replace(f":{METRICS}", f":{port}") for argument in arguments]
        environment = os.environ | {"KIB_PROGRAM": str(self.program)} | ({"KAFKA_BOOTSTRAP_SERVERS": servers} if servers else {})
        identity = {}
        if user is not None:
            # A root file system that cannot be written to.
            environment["HOME"] = "/nonexistent"
            identity = {"user": user, "group": user, "extra_groups": []}
        with open(self.log(name), "wb") as log:
            self.running[name] = subprocess.Popen(
                [ENTRY_POINT, *arguments], cwd=self.folder, env=environment, stdout=log, stderr=log, **identity
            )
        return port

    def log(self, name):
        return self.folder / f"{name}.log"

    def end(self, name, how=signal.SIGTERM):
        process = self.running.pop(name)
        if how is not None:
            process.send_signal(how)
        return process.wait(timeout=WAIT_S)

    def stop_all(self):
        for name in list(self.running):
            self.running[name].kill()
            self.end(name, None)


def copy_image(number, folder):
    image = sorted((ROOT / "Labeled_Images").glob("*.png"))[number]
    partial = folder / f"{image.name}.part"
    shutil.copy2(image, partial)
    partial.rename(folder / image.name)


def is_healthy(port):
    return subprocess.run([HEALTH_CHECK, port], capture_output=True, check=False).returncode == 0


def check_compose(brokers, programs, services):
    """The three brokers' producer and consumer, with all brokers, and then with one less."""
    images, results = programs.folder / "Labeled_Images", programs.folder / "results"
    images.mkdir()
    results.mkdir()
    for number in range(IMAGES):
        copy_image(number, images)
    ports, logs = {}, [programs.log(name) for name in ("producer", "consumer")]
    for name in ("producer", "consumer"):
        command = [part.replace("/work/results", str(results)) for part in services[name]["command"]]
        ports[name] = programs.start(name, command, brokers.here(services[name]["environment"]["KAFKA_BOOTSTRAP_SERVERS"]))
    wait_for("the saved images", lambda: rows(results) == IMAGES, logs)
    for name, port in ports.items():
        wait_for(f"the health of the {name}", lambda port=port: is_healthy(port), logs)
    described = brokers.describe("image-data")
    if "ReplicationFactor: 3" not in described or "min.insync.replicas=2" not in described:
        raise Failed(f"the topic has not three replicas, of which two must be in sync: {described}")
    brokers.stop("kafka-2")
    copy_image(IMAGES, images)
    wait_for("the image that was added while a broker is down", lambda: rows(results) == IMAGES + 1, logs)
    codes = {name: programs.end(name) for name in ports}
    if set(codes.values()) - {0, 130}:
        raise Failed(f"the services ended with {codes}")
    if any(is_healthy(port) for port in ports.values()):
        raise Failed("the health check succeeds although the services have ended")
    print(f"three brokers: {IMAGES} images saved, one more with a broker down; the health checks follow the services")


def check_pods(brokers, programs):
    """The pods' commands, as their user, with their volumes as folders."""
    servers = ",".join(brokers.here(f"{name}:{SERVICES_PORT}") for name in brokers.services)
    folders = {"/etc/kafka-image-bench": "configuration", "/images": "images", "/work": "work"}
    documents = [document for _, document in manifests()]
    configuration = next(one for one in documents if one["kind"] == "ConfigMap")["data"]
    saved = None
    for document in (one for kind in ("Job", "Deployment") for one in documents if one["kind"] == kind):
        container = pod_of(document)["containers"][0]
        base = programs.folder / container["name"]
        for name in folders.values():
            (base / name).mkdir(parents=True)
        for name, text in configuration.items():
            (base / "configuration" / name).write_text(re.sub(r"(?m)^bootstrap\.servers=.*", f"bootstrap.servers={servers}", text))
        for number in range(IMAGES):
            copy_image(number, base / "images")
        os.chown(base / "work", PODS_USER, PODS_USER)
        arguments = container["args"]
        for inside, outside in folders.items():
            arguments = [argument.replace(f"={inside}", f"={base / outside}") for argument in arguments]
        port = programs.start(container["name"], [*arguments, "--topic=pods"], "", user=PODS_USER)
        if document["kind"] == "Job":
            if code := programs.end(container["name"], None):
                raise Failed(f"the Job ended with exit code {code}: {programs.log(container['name']).read_text()}")
        else:
            saved, probe = base / "work", container["livenessProbe"]["httpGet"]["path"]
            wait_for("what the pod saves", lambda: rows(saved) == IMAGES, [programs.log(container["name"])])
            connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)
            connection.request("GET", probe)
            if (status := connection.getresponse().status) != 200:
                raise Failed(f"{probe} answers {status}")
            programs.end(container["name"])
    print(f"pods: the Job sent {IMAGES} images, and the Deployment saved them, as user {PODS_USER}")


def check(program):
    if os.geteuid() != 0:
        return ["needs root, to start the pods' commands as their user"]
    services = compose(COMPOSE[1])["services"]
    with tempfile.TemporaryDirectory(prefix="kafka-image-bench-deploy.") as folder:
        base = Path(folder)
        base.chmod(0o755)
        # Other users must reach the program, which may be below a home folder that they cannot access.
        reachable = base / "kafka-image-bench"
        shutil.copy2(program, reachable)
        brokers, programs = Brokers(services, base), Programs(reachable, base)
        try:
            brokers.start()
            check_compose(brokers, programs, services)
            check_pods(brokers, programs)
        except (Failed, subprocess.SubprocessError) as failed:
            return [str(failed)]
        finally:
            programs.stop_all()
            brokers.stop_all()
    return []
