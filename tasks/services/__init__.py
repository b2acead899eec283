"""The studio's services on this machine: a Prefect server, an MLflow server, and a worker for each work pool.

`supervisor` runs them, Prefect and MLflow are them: this package writes the one's configuration and asks the others.
"""
