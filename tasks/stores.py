"""Reaching MLflow's stores: patience while one is away, and one sentence where it stays away or refuses.

A server or a bucket may be gone for half a minute: restarted, or behind a network that flaps. MLflow's client and
AWS's retry by themselves, for about a minute as set here; a database that is spoken to directly is asked again here.
"""

import functools
import logging
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from artmodels.errors import AtelierError
from tasks.secrets import hide_password

try:
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

    _S3_FAULTS: tuple[type[Exception], ...] = (Boto3Error, BotoCoreError, ClientError)
    _S3_OUTAGES: tuple[type[Exception], ...] = (HTTPClientError,)
except ImportError:
    # Without the extra `stores` there is no S3 to have faults.
    _S3_FAULTS = _S3_OUTAGES = ()

WAITS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Seconds before each further attempt: an outage of half a minute passes, one for good is told after a minute."""

PATIENCE = {
    # After 0, 4, 8, 16 and 32 s; MLflow's own 7 attempts at 120 s each would take up to 20 minutes.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "5",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    # Random waits of up to 20 s, 75 s together on average; the way of the first years gives up after 5 s.
    "AWS_RETRY_MODE": "standard",
    "AWS_MAX_ATTEMPTS": "12",
    "PGCONNECT_TIMEOUT": "10",
}
"""Settings of the libraries, where the environment does not say otherwise."""

IMPATIENCE = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "AWS_RETRY_MODE": "standard",
    "AWS_MAX_ATTEMPTS": "1",
    "PGCONNECT_TIMEOUT": "5",
}
"""The same for a trainer, which does not wait: it asks again later."""

FAULTS = (MlflowException, SQLAlchemyError, OSError, ImportError, *_S3_FAULTS)
"""What MLflow's client raises, itself or by the libraries under it, where a store is at fault."""

_NEW_EACH_TIME = {"create_run", "create_model_version"}
"""Calls that are never repeated blindly, since it may be the answer that was lost."""

_REFUSALS = {"UNAUTHENTICATED", "PERMISSION_DENIED", "CUSTOMER_UNAUTHORIZED"}
# A database says so in the same exception that tells of an outage.
_REFUSED = re.compile(r"authentication failed|does not exist|no password supplied|permission denied|no pg_hba")
_S3_AWAY = re.compile(
    r"\((?:5\d\d|InternalError|ServiceUnavailable|SlowDown)\)|Could not connect|timed? ?out", re.IGNORECASE
)
_REASON = re.compile(r"\[Errno -?\d+\] ([\w ]+)|(too many \d+ error responses)|([Tt]imed out)|(Connection \w+)")

_log = logging.getLogger("atelier.stores")
T = TypeVar("T")


class StoreAwayError(AtelierError):
    """A store does not answer: worth another try later."""


def open_client(uri: str, patient: bool = True) -> MlflowClient:
    """Return a client of MLflow that outlives short outages, if patient, and tells faults in one sentence.

    What a store gives as an answer (there is no such version) stays MLflow's own exception.

    Raises:
        StoreAwayError: the store does not answer.
        AtelierError: it cannot be used: refused credentials, an unknown kind of store.
    """
    for name, value in PATIENCE.items():
        os.environ.setdefault(name, value)
    # It prints a page for each attempt.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
    try:
        if is_database(uri):
            patiently(lambda: _check_database(uri), WAITS if patient else ())
        return cast("MlflowClient", _Guarded(MlflowClient(uri), uri, patient))
    except FAULTS as error:
        raise told(error, uri) from error


def is_database(uri: str) -> bool:
    """Tell whether the client speaks to a database server, with no server of MLflow's between."""
    return uri.partition(":")[0].partition("+")[0] in ("postgresql", "mysql", "mssql")


def is_server(uri: str) -> bool:
    """Tell whether the client speaks to an MLflow server."""
    return uri.startswith(("http://", "https://"))


def patiently(attempt: Callable[[], T], waits: Sequence[float] = WAITS) -> T:
    """Return what `attempt` returns, asked again after each of `waits` while the store is away."""
    for wait in waits:
        try:
            return attempt()
        except (StoreAwayError, *FAULTS) as error:
            # S3's client has asked again by itself.
            if isinstance(error, _S3_FAULTS) or not is_away(error):
                raise
            _log.warning("A store does not answer: asked again in %g s.", wait)
            time.sleep(wait)
    return attempt()


def create_once(create: Callable[[], T], find: Callable[[], T | None]) -> T:
    """Create something, and look for it before another attempt: the answer may have been lost, not the request."""
    asked = False

    def attempt() -> T:
        nonlocal asked
        found = find() if asked else None
        asked = True
        return create() if found is None else found

    return patiently(attempt)


def is_away(error: Exception) -> bool:
    """Tell an outage, which may pass, from a refusal or an answer."""
    if isinstance(error, MlflowException):
        if error.error_code == "TEMPORARILY_UNAVAILABLE":
            return not _REFUSED.search(str(error))
        return str(error).startswith("API request to ") and " failed with " in str(error)
    if isinstance(error, OperationalError):
        return not _REFUSED.search(str(error))
    if isinstance(error, _S3_FAULTS):
        # An upload's fault wraps the one that it met.
        said = " ".join(str(fault) for fault in (error, error.__context__))
        return isinstance(error, _S3_OUTAGES) or bool(_S3_AWAY.search(said))
    return isinstance(error, StoreAwayError)


def told(error: Exception, uri: str) -> AtelierError:
    """Return a fault of a store as one sentence that names it, without its password."""
    if isinstance(error, AtelierError):
        return error
    kind = StoreAwayError if is_away(error) else AtelierError
    if isinstance(error, _S3_FAULTS):
        hint = "the files of models are on S3: AWS_* and ATELIER_ARTIFACT_ROOT say where and who asks"
        return kind(f"The artifact store cannot be used: {_words(error, uri)} ({hint}).")
    shown = hide_password(uri)
    if isinstance(error, MlflowException) and error.error_code in _REFUSALS:
        return AtelierError(
            f"The registry {shown} cannot be used: it refuses the credentials "
            "(MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD give others)."
        )
    if kind is StoreAwayError and not isinstance(error, OperationalError):
        reason = _REASON.search(str(error))
        words = "it does not answer" + (f": {next(filter(None, reason.groups()))}" if reason else "")
    else:
        words = _words(error, uri)
    return kind(f"The registry {shown} cannot be used: {words} (ATELIER_TRACKING_URI names another).")


class _Guarded:
    """MLflow's client: each method asks again while the store is away, and its faults are told."""

    def __init__(self, client: MlflowClient, uri: str, patient: bool) -> None:
        self._client, self._uri = client, uri
        # MLflow's server is asked again by MLflow's client itself.
        self._waits = WAITS if patient and not is_server(uri) else ()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if not callable(method):
            return method
        once = name in _NEW_EACH_TIME

        @functools.wraps(method)
        def call(*arguments: Any, **options: Any) -> Any:
            try:
                if once:
                    with _no_retries():
                        return method(*arguments, **options)
                return patiently(lambda: method(*arguments, **options), self._waits)
            except FAULTS as error:
                answer = isinstance(error, MlflowException) and error.error_code not in _REFUSALS
                if answer and not is_away(error):
                    raise
                raise told(error, self._uri) from error

        return call


@contextmanager
def _no_retries() -> Iterator[None]:
    """Let MLflow's HTTP client ask once; other threads' calls meanwhile ask once, too."""
    before = os.environ.get("MLFLOW_HTTP_REQUEST_MAX_RETRIES", PATIENCE["MLFLOW_HTTP_REQUEST_MAX_RETRIES"])
    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
    try:
        yield
    finally:
        os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = before


def _check_database(uri: str) -> None:
    """Open a database server once; MLflow would try for minutes, wrong password or not."""
    engine = create_engine(uri)
    try:
        engine.connect().close()
    finally:
        engine.dispose()


def _words(error: Exception, uri: str) -> str:
    text = hide_password((str(error).strip() or type(error).__name__), uri)
    return " ".join(text.splitlines()[0].split()).rstrip(".")
