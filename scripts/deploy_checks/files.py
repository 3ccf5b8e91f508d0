"""What can be said of the files without running anything."""

import json
import subprocess
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE = [ROOT / "docker-compose.yml", ROOT / "deploy/compose/three-brokers.yml"]
MANIFESTS = ROOT / "deploy/kubernetes"
KUBERNETES_VERSION = "1.34"
# The Compose Specification's schema, as its reference implementation has it.
COMPOSE_GO = "github.com/compose-spec/compose-go/v2@v2.16.2"


def compose_schema():
    found = subprocess.run(["go", "mod", "download", "-json", COMPOSE_GO], check=True, capture_output=True, text=True, cwd="/")
    return json.loads((Path(json.loads(found.stdout)["Dir"]) / "schema/compose-spec.json").read_text(encoding="utf-8"))


def compose(file):
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def manifests():
    """Every object, with its file."""
    for file in sorted(MANIFESTS.glob("*.yaml")):
        for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            yield file, document


def pod_of(document):
    return document["spec"]["template"]["spec"]


def check_compose(file, schema):
    name, content = file.relative_to(ROOT), compose(file)
    validator = jsonschema.validators.validator_for(schema)(schema)
    problems = [f"{name}: {error.json_path}: {error.message}" for error in validator.iter_errors(content)]
    services = content["services"]
    for service, definition in services.items():
        for needed, how in definition.get("depends_on", {}).items():
            if needed not in services:
                problems.append(f"{name}: {service} depends on {needed}, which does not exist")
            elif how["condition"] == "service_healthy" and "healthcheck" not in services[needed]:
                problems.append(f"{name}: {service} waits until {needed} is healthy, which has no health check")
        for volume in definition.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                if not (file.parent / source).exists():
                    problems.append(f"{name}: {service} mounts {source}, which does not exist")
            elif source not in content["volumes"]:
                problems.append(f"{name}: {service} mounts the volume {source}, which is not declared")
        runs_for_ever = service in ("producer", "consumer")
        if (runs_for_ever or service.startswith("kafka")) and "healthcheck" not in definition:
            problems.append(f"{name}: {service} has no health check")
    return problems


def check_pod(name, pod, objects):
    """No root, nothing writable but volumes, probes, and only references that exist."""
    problems = []
    if pod.get("securityContext", {}).get("runAsNonRoot") is not True:
        problems.append(f"{name}: the pod may run as root")
    if pod.get("automountServiceAccountToken") is not False:
        problems.append(f"{name}: the pod has a token of the cluster that it does not need")
    volumes = {volume["name"] for volume in pod["volumes"]}
    for container in pod["containers"]:
        security = container.get("securityContext", {})
        if not security.get("readOnlyRootFilesystem") or security.get("allowPrivilegeEscalation") is not False:
            problems.append(f"{name}: {container['name']} can write to its root file system, or gain privileges")
        if security.get("capabilities", {}).get("drop") != ["ALL"]:
            problems.append(f"{name}: {container['name']} keeps capabilities")
        if "livenessProbe" not in container or "limits" not in container.get("resources", {}):
            problems.append(f"{name}: {container['name']} has no liveness probe, or no limits")
        for mount in container["volumeMounts"]:
            if mount["name"] not in volumes:
                problems.append(f"{name}: {container['name']} mounts {mount['name']}, which the pod does not have")
    for volume in pod["volumes"]:
        for kind, key, field in [("PersistentVolumeClaim", "persistentVolumeClaim", "claimName"), ("ConfigMap", "configMap", "name")]:
            if key in volume and (kind, volume[key][field]) not in objects:
                problems.append(f"{name}: there is no {kind} {volume[key][field]}")
    return problems


def check_manifests():
    problems, found = [], list(manifests())
    objects = {(document["kind"], document["metadata"]["name"]) for _, document in found if "metadata" in document}
    for file, document in found:
        name = file.relative_to(ROOT)
        if document["kind"] == "Kustomization":
            problems += [f"{name}: {one} does not exist" for one in document["resources"] if not (MANIFESTS / one).exists()]
            continue
        try:
            kubernetes_validate.validate(document, KUBERNETES_VERSION, strict=True)
        except kubernetes_validate.ValidationError as error:
            problems.append(f"{name}: {document['kind']}: {str(error).splitlines()[0]}")
        if document["kind"] in ("Deployment", "Job"):
            problems += check_pod(name, pod_of(document), objects)
    print(f"{len(found)} objects of Kubernetes {KUBERNETES_VERSION}" if not problems else "")
    return problems


def check():
    schema = compose_schema()
    problems = [problem for file in COMPOSE for problem in check_compose(file, schema)]
    print(f"{len(COMPOSE)} compose files" if not problems else "")
    return problems + check_manifests()
