-- Run once, when the cluster is made: a database for each server, and one for MLflow's users.
CREATE DATABASE prefect;
CREATE DATABASE mlflow;
CREATE DATABASE mlflow_users;
