# The image of both servers, Prefect's and MLflow's, at the versions of constraints.txt.
# Built from the repository's root: docker build --file deploy/servers.Dockerfile --tag atelier-servers .
FROM python:3.11-slim-bookworm

COPY constraints.txt /tmp/constraints.txt
RUN pip install --no-cache-dir --constraint /tmp/constraints.txt \
        asyncpg boto3 "mlflow[auth]" prefect psycopg2-binary \
    && useradd --create-home --uid 1000 studio
COPY --chmod=755 deploy/mlflow-server.sh /usr/local/bin/mlflow-server

# MLflow's jobs serve language models alone, and take eight processes.
ENV DO_NOT_TRACK=1 \
    MLFLOW_DISABLE_TELEMETRY=true \
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false \
    PREFECT_SERVER_ANALYTICS_ENABLED=false
USER 1000
WORKDIR /home/studio
CMD ["prefect", "server", "start", "--host", "0.0.0.0"]
