"""The configuration of supervisord, written anew by each `atelier up`: commands and logs, and no password."""

import configparser
import io
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from tasks.services import orphans
from tasks.services.plan import Plan, Service, auth_file, credentials

STOP_SECONDS = 10
"""How long a service may take to end before it is killed."""

Sections = dict[str, dict[str, object]]

_LOG_BYTES, _LOG_COPIES = 10_000_000, 3


def write_configuration(plan: Plan, socket: Path) -> Path:
    """Write what supervisord reads, for its owner's eyes only, and make the folder of logs; return the file.

    Args:
        plan: what is to run.
        socket: where supervisord is to be asked; the path of a Unix socket holds some hundred characters.
    """
    plan.log_folder.mkdir(parents=True, exist_ok=True)
    if shown := credentials(plan.settings):
        _write_private(auth_file(plan.settings), {"mlflow": _auth(plan, shown["MLFLOW_TRACKING_USERNAME"])})
    path = plan.settings.scratch / "services" / "supervisord.conf"
    sections: Sections = {
        "unix_http_server": {"file": socket, "chmod": "0700"},
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface",
        },
        "supervisord": {
            "pidfile": path.with_suffix(".pid"),
            "logfile": plan.log("supervisord"),
            "logfile_maxbytes": _LOG_BYTES,
            "logfile_backups": _LOG_COPIES,
        },
    }
    sections["eventlistener:orphans"] = _listener(plan)
    sections |= {f"program:{service.name}": _program(plan, service) for service in plan.services}
    # What follows a percent sign, supervisord would expand.
    _write_private(path, {name: _escaped(options) for name, options in sections.items()})
    return path


def _program(plan: Plan, service: Service) -> dict[str, object]:
    return {
        "command": shlex.join(service.command),
        "directory": plan.settings.root,
        # Without its pool a worker would only fail.
        "autostart": service.pool is None,
        "autorestart": True,
        # A server that is not there yet makes a worker fail for a while: each try waits a second longer.
        "startsecs": 5,
        "startretries": 10,
        "stopwaitsecs": STOP_SECONDS,
        "stopasgroup": True,
        "killasgroup": True,
        "redirect_stderr": True,
        "stdout_logfile": plan.log(service.name),
        "stdout_logfile_maxbytes": _LOG_BYTES,
        "stdout_logfile_backups": _LOG_COPIES,
    }


def _listener(plan: Plan) -> dict[str, object]:
    return {
        "command": shlex.join([sys.executable, orphans.__file__]),
        "events": "PROCESS_STATE_EXITED",
        "stderr_logfile": plan.log("supervisord-events"),
    }


def _auth(plan: Plan, user: str) -> dict[str, object]:
    """MLflow's basic auth: one user, who may do everything."""
    return {
        "default_permission": "NO_PERMISSIONS",
        "database_uri": f"sqlite:///{plan.settings.scratch / 'mlflow-auth.db'}",
        "admin_username": user,
        "authorization_function": "mlflow.server.auth:authenticate_request_basic_auth",
    }


def _escaped(options: Mapping[str, object]) -> dict[str, object]:
    # Of the logs' paths supervisord expands what it has expanded.
    signs = {name: "%%%%" if name.endswith("_logfile") else "%%" for name in options}
    return {name: str(value).replace("%", signs[name]) for name, value in options.items()}


def _write_private(path: Path, sections: Sections) -> None:
    parser = configparser.RawConfigParser()
    parser.read_dict(sections)
    text = io.StringIO()
    parser.write(text)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text.getvalue(), encoding="utf-8")
