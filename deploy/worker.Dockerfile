# The image of a worker: everything that the flows need, but not their code, which is a checkout of this repository at
# /studio, so that a model's code revision is git's.
# On CPUs:      docker build --file deploy/worker.Dockerfile --tag atelier-worker .
# On CUDA GPUs: add --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu130
FROM python:3.11-slim-bookworm

# git tells code revisions; DVC wants it, too.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && git config --system --add safe.directory /studio \
    && useradd --create-home --uid 1000 studio

ARG TORCH=torch==2.13.0
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
# The version is in the argument.
# hadolint ignore=DL3013
RUN pip install --no-cache-dir --index-url "$TORCH_INDEX" "$TORCH"

WORKDIR /tmp/atelier
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY artmodels artmodels
COPY tasks tasks
COPY flows flows
# Installed for what it depends on; in /studio the checkout's own code goes first.
RUN pip install --no-cache-dir --constraint constraints.txt ".[stores]"

ENV DO_NOT_TRACK=1 \
    DVC_NO_ANALYTICS=1 \
    MLFLOW_DISABLE_TELEMETRY=true \
    NO_ALBUMENTATIONS_UPDATE=1 \
    OMP_WAIT_POLICY=passive \
    PREFECT_SERVER_ANALYTICS_ENABLED=false \
    PYTHONPATH=/studio
USER 1000
WORKDIR /studio
CMD ["prefect", "worker", "start", "--pool", "cpu", "--type", "process"]
