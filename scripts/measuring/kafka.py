"""A real Apache Kafka of its own, in a temporary folder."""

import contextlib
import os
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@contextlib.contextmanager
def real_kafka():
    """Starts a broker on a free port of the loopback interface, and yields its address. It is stopped and removed at the end."""
    with tempfile.TemporaryDirectory(prefix="kafka-image-bench-kafka-") as folder:
        # Kept for the usual minute, the deleted topics of a benchmark can fill a disk.
        properties = "log.segment.delete.delay.ms=1000"
        environment = os.environ | {"KIB_KAFKA_STATE": f"{folder}/state", "KIB_KAFKA_PROPERTIES": properties}
        script = [str(ROOT / "scripts/kafka")]
        subprocess.run([*script, "start", "--port", "0", "--data", f"{folder}/data"], check=True, env=environment)
        try:
            lines = subprocess.run([*script, "env"], check=True, env=environment, capture_output=True, text=True).stdout
            name = "KIB_TEST_BOOTSTRAP="
            found = [part for line in lines.splitlines() for part in line.replace(";", " ").split() if part.startswith(name)]
            yield found[0].removeprefix(name).strip("'\"")
        finally:
            subprocess.run([*script, "stop"], check=False, env=environment)
