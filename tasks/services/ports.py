"""Can the servers listen where they are to?"""

import errno
import socket

from artmodels.errors import AtelierError
from tasks.services.plan import Plan, Service


def check_ports(plan: Plan) -> None:
    """See that the servers can listen where they are to.

    Raises:
        AtelierError: a port is taken, or the address is not this machine's.
    """
    for service in plan.services:
        if service.port is not None:
            _check_port(plan.settings.host, service.port, service)


def _check_port(host: str, port: int, service: Service) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As the servers do: a port that was in use a moment ago is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                message = f"Port {port} is taken: {service.setting} sets another for {service.name}."
            elif error.errno == errno.EACCES:
                message = f"Port {port} may not be opened: {service.setting} sets another for {service.name}."
            else:
                message = f"ATELIER_HOST={host} is no address of this machine."
            raise AtelierError(message) from error
