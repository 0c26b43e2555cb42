"""From a session to what a timeline shows, and to what is said of it."""

from pathlib import Path
from typing import Final

from sandbox.app.breakdown import report_text, write_report
from sandbox.app.session import Session
from sandbox.app.stories import KEPT
from sandbox.errors import MisuseError, SandboxError
from sandbox.tui.widgets.timeline import Told

REALLY_SENT: Final = "LIVE: really sent, and nobody knows more than what was said"


def told_of(
    session: Session, message: int, *, about: str = "", is_picked: bool = False
) -> Told | None:
    """A message's story as it stands; None when its lines are no longer kept.

    Args:
        session: The run.
        message: Its number.
        about: What message it is; "" for one that was chosen.
        is_picked: Nobody chose it; then nobody asked for the person's name either.
    """
    story = session.story(message)
    if session.live is not None and message in session.live.real_messages:
        about = f"{REALLY_SENT}{f' · {about}' * bool(about)}"
    if story is None:
        return None
    return Told(
        story=story,
        name=session.name_of(message),
        person="" if is_picked else session.person_of(message),
        phone=session.phone_of(message),
        now_us=session.now_us,
        currency=session.scenario.currency,
        about=about,
    )


def gone_words(message: int) -> str:
    """Why a message that was there has no timeline."""
    return (
        f"m{message}: its lines are no longer kept, only those of the latest {KEPT:,} messages. "
        "The list still says how it ended."
    )


def not_saved(error: SandboxError) -> str:
    """Why nothing was written, in a line."""
    return f"not saved: {str(error).splitlines()[0]}. {error.hint}".rstrip()


def report_of(session: Session, folder: Path) -> Path:
    """Write what is known of the error that broke a session.

    Raises:
        StorageError: it cannot be written.
    """
    if session.breakdown is None:
        raise MisuseError("nothing has broken")
    text = report_text(
        session.breakdown,
        scenario=session.scenario.name,
        seed=session.seed,
        digest=session.digest,
        deeds=len(session.deeds),
    )
    return write_report(folder, text)
