"""What `deploy/` says is true of this repository; no engine is needed to tell."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tasks.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
EXAMPLE = dict(
    line.split("=", 1) for line in (DEPLOY / ".env.example").read_text().splitlines() if re.match(r"\w+=", line)
)
IMAGES = sorted(DEPLOY.glob("*.Dockerfile"))
PINS = dict(
    line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if re.match(r"[\w.-]+==", line)
)
TEXTS = [path.read_text() for path in DEPLOY.iterdir() if path.is_file()]


def normal(package: str) -> str:
    return re.sub(r"[-_.]+", "-", re.sub(r"\[.*\]", "", package)).lower()


@pytest.mark.parametrize("image", IMAGES, ids=lambda path: path.name)
def test_an_image_is_made_of_files_that_are_there_and_not_left_out(image):
    kept = [
        line[1:] for line in image.with_name(f"{image.name}.dockerignore").read_text().splitlines() if line[0] == "!"
    ]
    for sources in re.findall(r"^COPY (?:--\S+ )*(.+) \S+$", image.read_text(), re.MULTILINE):
        for source in sources.split():
            assert (ROOT / source).exists(), source
            assert source in kept, source


@pytest.mark.parametrize("image", IMAGES, ids=lambda path: path.name)
def test_an_image_holds_the_tested_versions(image):
    text = image.read_text()
    versions = {normal(name): version for name, version in PINS.items()}
    for name, version in re.findall(r"([\w-]+)==([\w.]+)", text):
        assert versions[normal(name)] == version
    installed = re.findall(r"--constraint \S+ \\\n(.+?) \\\n", text)
    for package in " ".join(installed).replace('"', "").split():
        assert normal(package) in versions, f"{package} is not in constraints.txt"
    assert installed or "--constraint constraints.txt" in text


def test_only_this_machine_reaches_the_ports_unless_told_otherwise():
    assert EXAMPLE["BIND"] == "127.0.0.1"
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == 4
    assert all(port.startswith("${BIND:-127.0.0.1}:") for port in ports)
    assert "ports" not in SERVICES["postgres"]


def test_each_service_that_stays_up_says_whether_it_is_well():
    for name, service in SERVICES.items():
        assert "healthcheck" in service or service["restart"] == "on-failure", name


def test_what_a_service_names_is_there():
    for name, service in SERVICES.items():
        for other, wanted in service.get("depends_on", {}).items():
            assert other in SERVICES, name
            if wanted["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other]
        for volume in service.get("volumes", []):
            source = volume.rsplit(":", 1 + volume.endswith(":ro"))[0].split(":")[0]
            if source.startswith("./"):
                assert (DEPLOY / source).exists()
            elif not source.startswith("$"):
                assert source in COMPOSE["volumes"]
        if "build" in service:
            assert (ROOT / service["build"]["dockerfile"]).is_file()


def test_secrets_are_nowhere_but_in_the_file_that_git_leaves_out():
    wanted = {name for text in TEXTS for name in re.findall(r"\$\{(\w+):\?set it", text)}
    assert wanted | {"STUDIO", "STUDIO_UID", "STUDIO_GID", "BIND"} == set(EXAMPLE)
    secret = {name for name, value in EXAMPLE.items() if not value}
    assert secret == {
        "POSTGRES_PASSWORD",
        "S3_SECRET_KEY",
        "PREFECT_AUTH",
        "MLFLOW_ADMIN_PASSWORD",
        "MLFLOW_SECRET_KEY",
    }
    ignored = subprocess.run(["git", "check-ignore", "-q", "deploy/.env"], cwd=ROOT, check=False)
    assert ignored.returncode in (0, 128), "128: not a git repository"


def test_each_variable_is_one_that_is_read():
    import mlflow.environment_variables
    import prefect.settings
    from mlflow.cli import server

    known = {f"ATELIER_{name.upper()}" for name in Settings.model_fields}
    known |= {name for name in dir(mlflow.environment_variables) if name.startswith("MLFLOW_")}
    known |= {str(parameter.envvar) for parameter in server.params}
    # MLflow's server reads these without a name for them.
    known |= {"MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_DISABLE_TELEMETRY"}
    said = {name for text in TEXTS for name in re.findall(r"\b(?:ATELIER|PREFECT|MLFLOW)_[A-Z0-9_]+\b", text)}
    unknown = said - known - set(EXAMPLE)
    assert {name for name in unknown if not hasattr(prefect.settings, name)} == set()


def test_the_kubernetes_template_makes_a_job():
    worker = pytest.importorskip("prefect_kubernetes.worker")
    template = json.loads((DEPLOY / "kubernetes" / "base-job-template.json").read_text())
    variables = worker.KubernetesWorkerVariables.model_json_schema()["properties"]
    assert set(variables) <= set(template["variables"]["properties"]), "all that Prefect knows can be set"
    for gpus in (0, 1):
        manifest = job_of(template, gpus)
        pod = manifest["spec"]["template"]["spec"]
        [container] = pod["containers"]
        assert container["resources"]["limits"]["nvidia.com/gpu"] == gpus
        assert container["envFrom"] == [{"secretRef": {"name": "atelier"}}]
        assert pod["volumes"][0]["persistentVolumeClaim"] == {"claimName": "studio"}
        assert pod["securityContext"]["runAsNonRoot"]
        assert "{{" not in json.dumps(manifest)


def job_of(template: dict, gpus: int) -> dict:
    """Return the Kubernetes job that Prefect's worker would ask for."""
    from prefect.client.schemas.objects import FlowRun
    from prefect.utilities.templating import apply_values
    from prefect_kubernetes.worker import KubernetesWorkerJobConfiguration

    properties = template["variables"]["properties"]
    values = {name: field["default"] for name, field in properties.items() if field.get("default") is not None}
    filled = apply_values(template["job_configuration"], values | {"gpus": gpus}, remove_notset=True)
    configuration = KubernetesWorkerJobConfiguration.model_validate(filled)
    configuration.prepare_for_flow_run(FlowRun(flow_id="2b1fc72b-9a4d-4d5c-a3b0-6a0a57c4d7a3", name="a run"))
    return configuration.job_manifest
