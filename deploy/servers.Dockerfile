# The image of both servers, Prefect's and MLflow's, at the versions of constraints.txt.
# Built from the repository's root: docker build --file deploy/servers.Dockerfile --tag atelier-servers .
FROM python:3.11-slim-bookworm

COPY constraints.txt /tmp/constraints.txt
RUN pip install --no-cache-dir --constraint /tmp/constraints.txt \
        asyncpg boto3 "mlflow[auth]" prefect psycopg2-binary \
    && useradd --create-home --uid 1000 studio \
    && install --directory --owner studio /home/studio/.prefect
COPY --chmod=755 deploy/mlflow-server.sh /usr/local/bin/mlflow-server

# MLflow's jobs serve language models alone, and take eight processes.
# Prefect's leases, kept where a restart finds them: a slot whose holder died is freed all the same.
ENV DO_NOT_TRACK=1 \
    MLFLOW_DISABLE_TELEMETRY=true \
    PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE=prefect.server.concurrency.lease_storage.filesystem \
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false \
    PREFECT_SERVER_ANALYTICS_ENABLED=false
USER 1000
WORKDIR /home/studio
CMD ["prefect", "server", "start", "--host", "0.0.0.0"]
