"""What the app writes beside the screen: a pinned scenario, a picture, a report."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from sandbox.app.beside import write_beside
from sandbox.app.saving import stem_of
from sandbox.errors import SandboxError
from sandbox.tui.actions import Action
from sandbox.tui.mannered import MannerlyApp
from sandbox.tui.picture import alone
from sandbox.tui.screens.export_menu import Export, ExportMenu

if TYPE_CHECKING:
    from sandbox.app.keeping import Keepsake

_SAID_EVERY_S: Final = 0.5
"""So often it is said how far something is."""


class _Kept(NamedTuple):
    """A session that was kept for its report, as far as it was then."""

    digest: str
    at_us: int
    run: str


class WritingApp(MannerlyApp):
    """The part of the app that writes files for somebody."""

    clock: Callable[[], float]
    _kept: _Kept | None = None
    """So that two reports of one instant do not keep two runs."""

    def place_name(self) -> str:
        """What is shown, in a word."""
        raise NotImplementedError

    def chosen_run(self) -> str | None:
        """The stored run that is shown or chosen; None where no stored run is shown."""
        raise NotImplementedError

    def keyless(self) -> Sequence[Action]:
        """What only the palette does, in every place."""
        return (*super().keyless(), *WRITING)

    # A picture -------------------------------------------------------------------------------

    def action_export(self) -> None:
        """Ask what is to be written of what is shown."""
        self.push_screen(ExportMenu(self.palette()), self._export)

    def _export(self, what: Export | None) -> None:
        match what:
            case Export.SVG:
                self.call_after_refresh(self.action_save_svg)
            case Export.REPORT:
                self.action_report()
            case Export.MASKED:
                self.action_report_masked()
            case None:
                pass

    def action_save_svg(self) -> None:
        """Write the screen as an SVG into the folder the app was started in."""
        name = stem_of(self.session.scenario.name)
        try:
            svg = alone(self.export_screenshot(title=f"{self.TITLE}: {name}"))
            path = write_beside(self.folder, f"{name}-{self.place_name()}", ".svg", svg)
        except SandboxError as error:
            self._say(f"no picture: {_first(error)}")
            return
        self._say(f"the screen is in {path}")

    # A scenario ------------------------------------------------------------------------------

    def action_save_pinned(self) -> None:
        """Save the session as a scenario that expects what was seen."""
        keepsake = self._keepsake("not saved")
        if keepsake is not None:
            self._say("pinning …")
            name = self.session.scenario.name
            self.run_worker(partial(self._pin, keepsake, name), thread=True, group="pin")

    def _keepsake(self, otherwise: str) -> "Keepsake | None":
        from sandbox.app.keeping import keepsake_of  # noqa: PLC0415 - the first picture needs no store

        try:
            return keepsake_of(self.session)
        except SandboxError as error:
            self._say(f"{otherwise}: {_first(error)}")
            return None

    def _pin(self, keepsake: "Keepsake", name: str) -> None:
        """Run it once more in a thread, and say how far that is."""
        from sandbox.app.pinning import pin, write_pinned  # noqa: PLC0415 - see above

        try:
            pinned = pin(keepsake, self._telling("pinning"))
            path = write_pinned(self.folder, name, pinned)
        except SandboxError as error:
            self.call_from_thread(self._say, f"not saved: {_first(error)}")
            return
        told = f"saved as {path.name}: {pinned.count} pinned"
        if pinned.left_out:
            told += f", {len(pinned.left_out)} that broke left out"
        self.call_from_thread(self._say, told)

    def _telling(self, doing: str) -> Callable[[Fraction], None]:
        """Says now and then, from a thread, how much is done."""
        said_at = self.clock()

        def told(done: Fraction) -> None:
            nonlocal said_at
            if self.clock() - said_at > _SAID_EVERY_S:
                said_at = self.clock()
                self.call_from_thread(self._say, f"{doing} … {float(done):.0%}")

        return told

    # A report --------------------------------------------------------------------------------

    def action_report(self) -> None:
        """Write a report of the run that is shown, as one page of HTML."""
        self._report(redacts=False)

    def action_report_masked(self) -> None:
        """Write the same without numbers, texts and codes."""
        self._report(redacts=True)

    def _report(self, *, redacts: bool) -> None:
        run = self.chosen_run()
        if run == "":
            self._say("no run to report: none is stored")
            return
        if run is not None:
            self._say(f"writing the report of {run} …")
            work = partial(self._report_run, run, redacts=redacts)
            self.run_worker(work, thread=True, group="report")
            return
        kept, digest = self._kept, self.session.digest
        if kept is not None and (kept.digest, kept.at_us) == (digest, self.session.now_us):
            work = partial(self._report_run, kept.run, redacts=redacts)
            self.run_worker(work, thread=True, group="report")
            return
        keepsake = self._keepsake("no report")
        if keepsake is not None:
            self._say("writing the report …")
            work = partial(self._report_session, digest, keepsake, redacts=redacts)
            self.run_worker(work, thread=True, group="report")

    def _report_session(self, digest: str, keepsake: "Keepsake", *, redacts: bool) -> None:
        """Keep a session in a thread, then report the run."""
        from sandbox.app.keeping import keep  # noqa: PLC0415 - see above

        try:
            run = keep(keepsake, self.store, self._telling("running it once more")).run
        except SandboxError as error:
            self.call_from_thread(self._say, f"no report: {_first(error)}")
            return
        self._kept = _Kept(digest, keepsake.until_us, run)
        self._report_run(run, redacts=redacts)

    def _report_run(self, run: str, *, redacts: bool) -> None:
        """Report a stored run in a thread."""
        from sandbox.app.reporting import report_run  # noqa: PLC0415 - see above

        try:
            path = report_run(self.store, run, self.folder, redacts=redacts)
        except SandboxError as error:
            self.call_from_thread(self._say, f"no report: {_first(error)}")
            return
        masked = ", numbers, texts and codes masked" if redacts else ""
        self.call_from_thread(self._say, f"the report of {run} is in {path}{masked}")


WRITING: Final = (
    Action("app.save_svg", "", "", "SVG", "Write this screen as an SVG that stands alone"),
    Action("app.report", "", "", "Report", "Write the run as one page of HTML"),
    Action(
        "app.report_masked", "", "", "Report, masked", "The same without numbers, texts and codes"
    ),
    Action(
        "app.save_pinned", "", "", "Save pinned", "Save the session with what was seen expected"
    ),
)
"""What has no key of its own in some places."""


def _first(error: SandboxError) -> str:
    return f"{str(error).splitlines()[0]}. {error.hint}".rstrip()
