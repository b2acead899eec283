"""Reaching MLflow's stores: patience while one is away, and one sentence where it stays away or refuses.

A server or a bucket may be gone for half a minute: restarted, or behind a network that flaps. MLflow's client and
AWS's retry by themselves, for about a minute as set here; a database that is spoken to directly is asked again here.
"""

import functools
import logging
import os
import re
from collections.abc import Callable
from typing import Any, TypeVar, cast

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from artmodels.errors import AtelierError
from tasks.patience import StoreAwayError, patiently
from tasks.secrets import hide_password

try:
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

    _S3_FAULTS: tuple[type[Exception], ...] = (Boto3Error, BotoCoreError, ClientError)
    _S3_OUTAGES: tuple[type[Exception], ...] = (HTTPClientError,)
except ImportError:
    # Without the extra `stores` there is no S3 to have faults.
    _S3_FAULTS = _S3_OUTAGES = ()

PATIENCE = {
    # After 0, 2, 4, 8, 16 and 32 s; MLflow's own 8 attempts of up to 120 s each would take 20 minutes.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "6",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
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

FAULTS: tuple[type[Exception], ...] = (MlflowException, SQLAlchemyError, OSError, ImportError, *_S3_FAULTS)
"""What MLflow's client raises, itself or by the libraries under it, where a store is at fault."""

_NEW_EACH_TIME = {"create_run", "create_model_version"}
"""Calls that are never repeated blindly, since it may be the answer that was lost."""

_REFUSALS = {"UNAUTHENTICATED", "PERMISSION_DENIED", "CUSTOMER_UNAUTHORIZED"}
# A database says so in the same exception that tells of an outage.
_REFUSED = re.compile(
    r"authentication failed|does not exist|no password supplied|permission denied|no pg_hba"
    r"|is full|disk I/O|readonly|no such table|unable to open"
)
_S3_AWAY = re.compile(
    r"\((?:5\d\d|InternalError|ServiceUnavailable|SlowDown)\)|Could not connect|timed? ?out", re.IGNORECASE
)
_REASON = re.compile(r"\[Errno -?\d+\] ([\w ]+)|(too many \d+ error responses)|([Tt]imed out)|(Connection \w+)")

T = TypeVar("T")


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
    if is_database(uri):
        # MLflow would try for minutes, wrong password or not, with a page of text for each attempt.
        patiently(lambda: _telling(uri, _check_database, uri), None if patient else ())
    return cast("MlflowClient", _Guarded(_telling(uri, MlflowClient, uri), uri, patient))


def is_database(uri: str) -> bool:
    """Tell whether the client speaks to a database server, with no server of MLflow's between."""
    return uri.partition(":")[0].partition("+")[0] in ("postgresql", "mysql", "mssql")


def is_server(uri: str) -> bool:
    """Tell whether the client speaks to an MLflow server."""
    return uri.startswith(("http://", "https://"))


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
    return False


def told(error: Exception, uri: str) -> AtelierError:
    """Return a fault of a store as one sentence that names it, without its password."""
    away = is_away(error)
    if isinstance(error, _S3_FAULTS):
        hint = "the files of models are on S3: AWS_* and ATELIER_ARTIFACT_ROOT say where and who asks"
        sentence = f"The artifact store cannot be used: {_words(error, uri)} ({hint})."
        return StoreAwayError(sentence, asked_again=True) if away else AtelierError(sentence)
    shown = hide_password(uri)
    if isinstance(error, MlflowException) and error.error_code in _REFUSALS:
        return AtelierError(
            f"The registry {shown} cannot be used: it refuses the credentials "
            "(MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD give others)."
        )
    if away and is_server(uri):
        reason = _REASON.search(str(error))
        words = "it does not answer" + (f": {next(filter(None, reason.groups()))}" if reason else "")
    else:
        words = _words(error, uri)
    sentence = f"The registry {shown} cannot be used: {words} (ATELIER_TRACKING_URI names another)."
    # An answer that broke off in the middle is no fault that MLflow asks again for.
    asked_again = "Max retries exceeded" in str(error)
    return StoreAwayError(sentence, asked_again) if away else AtelierError(sentence)


class _Guarded:
    """MLflow's client: each method asks again while the store is away, and its faults are told."""

    def __init__(self, client: MlflowClient, uri: str, patient: bool) -> None:
        self._client, self._uri = client, uri
        self._waits = None if patient else ()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if not callable(method):
            return method

        @functools.wraps(method)
        def call(*arguments: Any, **options: Any) -> Any:
            ask = functools.partial(_telling, self._uri, method, *arguments, **options)
            if name in _NEW_EACH_TIME:
                return _once(ask)
            return patiently(ask, self._waits)

        return call


def _telling(uri: str, call: Callable[..., T], *arguments: Any, **options: Any) -> T:
    """Call, and tell a store's fault in one sentence; what it gives as an answer stays MLflow's own exception."""
    try:
        return call(*arguments, **options)
    except FAULTS as error:
        answer = isinstance(error, MlflowException) and error.error_code not in _REFUSALS
        if answer and not is_away(error):
            raise
        raise told(error, uri) from error


def _once(ask: Callable[[], T]) -> T:
    """Ask without retries of MLflow's HTTP client; other threads' calls meanwhile are not repeated either."""
    before = os.environ.get("MLFLOW_HTTP_REQUEST_MAX_RETRIES", PATIENCE["MLFLOW_HTTP_REQUEST_MAX_RETRIES"])
    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
    try:
        return ask()
    except StoreAwayError as error:
        raise StoreAwayError(str(error)) from error
    finally:
        os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = before


def _check_database(uri: str) -> None:
    """Open a database server once."""
    engine = create_engine(uri)
    try:
        engine.connect().close()
    finally:
        engine.dispose()


def _words(error: Exception, uri: str) -> str:
    text = hide_password((str(error).strip() or type(error).__name__), uri)
    return " ".join(text.splitlines()[0].split()).rstrip(".")
