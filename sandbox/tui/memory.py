"""What the app remembers: read once, written at every change, and nothing is ever lost by it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sandbox.app.last_time import LastTime, last_time_path, read_last_time, write_last_time
from sandbox.app.session import Session
from sandbox.app.settings import Remembered, Settings, change_settings, read_settings, source_of
from sandbox.errors import SandboxError, StorageError


class Memory:
    """The settings of one run of the app."""

    def __init__(self, file: Path | None) -> None:
        """Remember.

        Args:
            file: Where; None remembers nothing beyond the end of the app.
        """
        self._file = file
        found = Remembered(Settings()) if file is None else read_settings(file)
        self.settings = found.settings
        self.last = LastTime() if file is None else read_last_time(last_time_path(file))
        """Where the app was left."""
        self._may_write = file is not None and not found.trouble
        self._troubles = [found.trouble] if found.trouble else []

    def change(self, change: Callable[[Settings], Settings]) -> None:
        """Change settings, here and in the file."""
        self.settings = change(self.settings)
        if self._file is None or not self._may_write:
            return
        try:
            change_settings(self._file, change)
        except SandboxError as error:
            self._may_write = False
            self._troubles.append(f"nothing is remembered: {str(error).splitlines()[0]}")

    def note(self, trouble: str) -> None:
        """Something in the settings is of no use; to be told."""
        self._troubles += [trouble] if trouble else []

    def trouble(self) -> str:
        """What must be told, each only once; "" for nothing."""
        told, self._troubles = self._troubles, []
        return " · ".join(told)

    def take_leave(self, session: Session) -> None:
        """Remember what is on the live screen, and how fast it runs."""
        source = source_of(session.scenario.file)
        if source:
            speed = session.speed
            self.change(lambda was: replace(was, scenario=source, speed=speed))

    def keep_last(self, last: LastTime) -> None:
        """Keep where the app is left; what cannot be kept is not: nobody is there to be told."""
        if self._file is not None:
            with suppress(StorageError):
                write_last_time(last_time_path(self._file), last)

    def restore(self, session: Session) -> None:
        """Let a session run as fast as it did when it was left; another scenario has its own."""
        settings = self.settings
        if settings.speed is not None and source_of(session.scenario.file) == settings.scenario:
            session.set_speed(settings.speed)
