"""Passwords in addresses: a message, a log or a file may show where a store is, never how to get in."""

import re
from urllib.parse import unquote

HIDDEN = "***"

# Up to the last @: a password may hold one, or a slash, though it should have been percent-encoded.
_USER_INFO = re.compile(r"(?<=://)([^:/@\s]*):(\S*)@")
_PARAMETER = re.compile(r"([?&](?:password|sslpassword|secret|token)=)([^&#\s]*)", re.IGNORECASE)


def hide_password(text: str, address: str | None = None) -> str:
    """Return a text without the passwords of the addresses in it.

    Args:
        text: an address, or words that quote one.
        address: a known one, whose password is hidden in whatever way the words quote it.
    """
    for password in _passwords(address) if address else ():
        text = text.replace(password, HIDDEN)
    text = _USER_INFO.sub(rf"\1:{HIDDEN}@", text)
    return _PARAMETER.sub(rf"\1{HIDDEN}", text)


def _passwords(address: str) -> list[str]:
    found = [match[2] for pattern in (_USER_INFO, _PARAMETER) for match in pattern.finditer(address)]
    # As written and as it is meant; a short one would blot out half of the words.
    return [form for password in found for form in {password, unquote(password)} if len(form) > 3]
