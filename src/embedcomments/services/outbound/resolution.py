"""Names to addresses, within a deadline that the C library does not know."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence

from embedcomments.domain.errors import OutboundError
from embedcomments.services.outbound.deadline import Deadline

Resolver = Callable[[str, int], Sequence[str]]
"""(host, port) to addresses as text; raises OSError for a name that is not known."""

# getaddrinfo cannot be interrupted: a lookup that outlives its request keeps its thread until the system gives up
# (30 s and more). So many may hang at once; above that, requests fail at once and are tried again later.
_LOOKUPS = threading.BoundedSemaphore(32)


def system_resolver(host: str, port: int) -> Sequence[str]:
    """What this machine's resolver says, in its order of preference, each address once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def resolve(resolver: Resolver, host: str, port: int, deadline: Deadline) -> Sequence[str]:
    """The addresses of ``host``, asked for once. Raises OutboundError when there are none,
    TimeoutError at the deadline."""
    answers: list[Sequence[str]] = []
    failures: list[Exception] = []
    left_s = deadline.remaining_s()
    # A lookup may end long after its request: it gives its place back where it was taken.
    places = _LOOKUPS

    def look_up() -> None:
        try:
            answers.append(resolver(host, port))
        except (OSError, UnicodeError) as error:
            failures.append(error)
        finally:
            places.release()

    if not places.acquire(blocking=False):
        raise OutboundError("Too many names are being looked up.")
    # A daemon, so that a hanging lookup does not keep the server from ending.
    thread = threading.Thread(target=look_up, name="outbound-lookup", daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        places.release()
        raise OutboundError("There is no thread left to look up a name.") from error
    thread.join(left_s)
    if failures:
        raise OutboundError(f"The name {host} could not be resolved.") from failures[0]
    if not answers:
        deadline.remaining_s()
        raise OutboundError(f"The name {host} could not be resolved.")
    if not answers[0]:
        raise OutboundError(f"The name {host} has no address.")
    return answers[0]
