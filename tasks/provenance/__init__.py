"""Content credentials: what every picture that a job writes says of itself, signed, by the C2PA standard."""

from tasks.provenance.credentials import Credentials, open_credentials

__all__ = ["Credentials", "open_credentials"]
