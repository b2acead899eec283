"""The model registry: MLflow's runs, versions and aliases. The only place that talks to it about models."""

from tasks.registry.bundles import fetch_bundle, open_model
from tasks.registry.connection import ABSENT, connect
from tasks.registry.names import CHALLENGER, CHAMPION, PREVIOUS, parse_reference, split_reference
from tasks.registry.registering import register
from tasks.registry.runs import (
    EXPERIMENT,
    REQUEST,
    family_of,
    find_run,
    finish_run,
    newest_open_run,
    read_run_file,
    run_is_open,
    start_run,
)
from tasks.registry.versions import Version, aliases, find, named_versions, newest, version_of_run, versions

__all__ = [
    "ABSENT",
    "CHALLENGER",
    "CHAMPION",
    "EXPERIMENT",
    "PREVIOUS",
    "REQUEST",
    "Version",
    "aliases",
    "connect",
    "family_of",
    "fetch_bundle",
    "find",
    "find_run",
    "finish_run",
    "named_versions",
    "newest",
    "newest_open_run",
    "open_model",
    "parse_reference",
    "read_run_file",
    "register",
    "run_is_open",
    "split_reference",
    "start_run",
    "version_of_run",
    "versions",
]
