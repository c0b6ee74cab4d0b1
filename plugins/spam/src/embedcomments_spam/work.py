"""Proof of work: a little computing that a browser does unseen while its reader writes, and a robot for each comment.

The challenges are those of ALTCHA (altcha.org, protocol of version 1): find the number whose SHA-256 with a salt is
given. They are signed, for one site and two hours, with how hard they are, and each counts once, whichever process sees
it. While the site is flooded easy ones count for two minutes only, so that none can be saved up for a flood. A proof
that is missing never loses a comment: it holds one, where the site wants that or while it is flooded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from altcha.v1 import Payload, create_challenge, verify_solution
from sqlalchemy import Connection, delete

from embedcomments.api import Action, Draft, PluginContext, Proof, Verdict
from embedcomments_spam.pace import is_flooded
from embedcomments_spam.rules import is_trusted
from embedcomments_spam.tables import insert_into, spent

NEVER, WHEN_FLOODED, ALWAYS = "never", "when-flooded", "always"
LIFETIME = timedelta(hours=2)
# So long an easy proof counts in a flood: who got it before the flood may finish the sentence.
GRACE = timedelta(minutes=2)
# The largest number, of which half is tried on the average. A slow phone tries some 50,000 a second, and is done
# within half a second at rest (`python -m tests.benchmarks spam`).
AT_REST, FLOODED = 15_000, 400_000
_FIELDS = {"algorithm": 16, "challenge": 128, "salt": 300, "signature": 128}
REASON = "It came without the proof of work that the widget does."
TOO_EASY = "Its proof of work is from before the flood, when they were easier."


def difficulty(ctx: PluginContext) -> int:
    """The largest number that a browser has to try just now; 0 where nothing is asked for."""
    if ctx.settings["proof_of_work"] == NEVER:
        return 0
    return FLOODED if is_flooded(ctx) else AT_REST


def challenge(ctx: PluginContext) -> dict[str, Any] | None:
    """What the browser is to solve: ``{algorithm, challenge, maxnumber, salt, signature}``; None where nothing is."""
    most = difficulty(ctx)
    if not most:
        return None
    made = create_challenge(
        algorithm="SHA-256",
        max_number=most,
        salt_length=12,
        hmac_key=_key(ctx),
        salt="",
        number=None,
        expires=None,  # the time is our own parameter, so that it comes from the context's clock
        params={"site": str(ctx.site.id), "at": str(int(ctx.now().timestamp())), "max": str(most)},
    )
    return {
        "algorithm": made.algorithm,
        "challenge": made.challenge,
        "maxnumber": made.max_number,
        "salt": made.salt,
        "signature": made.signature,
    }


def verify_work(ctx: PluginContext, draft: Draft, proof: Proof) -> Verdict | None:
    """Hold what needs a proof and has none that counts; spend the one that it has."""
    wanted = ctx.settings["proof_of_work"]
    if wanted == NEVER or is_trusted(draft, ctx.settings):
        return None
    flooded = is_flooded(ctx)
    if wanted == WHEN_FLOODED and not flooded:
        return None
    given = _proven(ctx, proof.get("work"))
    if given is None:
        return Verdict(action=Action.HOLD, score=0.5, reason=REASON)
    if flooded and given.most < FLOODED and ctx.now() - given.at > GRACE:
        return Verdict(action=Action.HOLD, score=0.3, reason=TOO_EASY)
    return None


def forget_spent(connection: Connection, site_id: int, now: datetime) -> None:
    """Forget challenges that would be too old by now."""
    border = round((now - LIFETIME).timestamp())
    connection.execute(delete(spent).where(spent.c.site_id == site_id, spent.c.spent_at < border))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Given:
    """What was signed with a challenge: its site, when it was given, and the largest number that was to be tried."""

    site_id: int
    at: datetime
    most: int


def _proven(ctx: PluginContext, work: object) -> _Given | None:
    """What was given, if it is solved, young enough and spent with this."""
    if not isinstance(work, dict) or not _is_well_formed(work):
        return None
    solved, _ = verify_solution(Payload(**work), _key(ctx), check_expires=False)
    given = _given(work["salt"]) if solved else None
    if given is None or given.site_id != ctx.site.id or ctx.now() - given.at > LIFETIME:
        return None
    return given if _spend(ctx, work["challenge"]) else None


def _is_well_formed(work: dict[Any, Any]) -> bool:
    number = work.get("number")
    is_number = isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= FLOODED
    return (
        is_number
        and set(work) == {*_FIELDS, "number"}
        and all(isinstance(work[name], str) and len(work[name]) <= most for name, most in _FIELDS.items())
    )


def _given(salt: str) -> _Given | None:
    given = parse_qs(salt.partition("?")[2])
    try:
        at = datetime.fromtimestamp(int(given["at"][0]), UTC)
        return _Given(site_id=int(given["site"][0]), at=at, most=int(given["max"][0]))
    except (KeyError, ValueError, OverflowError, OSError):
        return None


def _spend(ctx: PluginContext, solved: str) -> bool:
    """Whether the challenge counts now, for the first time."""
    row = {"site_id": ctx.site.id, "challenge": solved, "spent_at": round(ctx.now().timestamp())}

    def work(connection: Connection) -> bool:
        statement = insert_into(connection, spent).values(**row).on_conflict_do_nothing()
        return connection.execute(statement.returning(spent.c.site_id)).first() is not None

    return ctx.tables.write(work)


def _key(ctx: PluginContext) -> str:
    # A keyed hash of the site: nobody without the server's secret can make one.
    return ctx.fingerprint("spam: proof of work")
