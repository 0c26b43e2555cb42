"""The library: every scenario within reach, what it is about, and what running it came to."""

from contextlib import closing
from typing import ClassVar, Final

from rich.style import Style
from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.strip import Strip
from textual.worker import get_current_worker

from sandbox.app.judged import Case, Group, Judged, NotRun, Told
from sandbox.app.run import Verdict
from sandbox.app.shelf import Shelved, run_all, shelf
from sandbox.tui.actions import EVERYWHERE, SVG, Action, bindings
from sandbox.tui.desk import Desk, Place
from sandbox.tui.painting import Pen, heading
from sandbox.tui.screens.page import Page
from sandbox.tui.talk import Tone
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.row_list import RowList, Wanted
from sandbox.tui.widgets.timeline import wrapped

SCENARIOS_ACTIONS: Final = (
    Action("open", "enter", "⏎", "Open", "Run it on the live screen", 0),
    Action("run", "x", "x", "Run", "Run it to its end in the background, and judge it", 1),
    Action("run_all", "X,shift+x", "X", "Run all", "Run every scenario, and judge each", 2),
    Action("failure(1)", "n", "nN", "Failure", "Go to the next case that does not hold", 4),
    Action("failure(-1)", "N,shift+n", "N", "", ""),
    Action(
        "offender", "o", "o", "Offender",
        "Open it where the chosen case first went wrong, that message chosen", 5,
    ),
    Action("stop", "escape", "esc", "", "Stop what runs in the background"),
    Action("reload", "r", "r", "Reload", "Look again at what there is", 8),
    SVG,
    Action("next_panel", "tab", "tab", "Panel", "Go to the next panel", 9),
    *EVERYWHERE,
)  # fmt: skip

_NAME: Final = 27
_NAME_WIDE: Final = 36
_ROOMY: Final = 60
"""A list of this width has room for longer names."""

_VERDICT: Final = 11
_VERDICTS: Final = {
    Verdict.PASSED: "✓ passed",
    Verdict.FAILED: "✗ failed",
    Verdict.VACUOUS: "~ vacuous",
    Verdict.BROKEN: "✗ broken",
    Verdict.NOT_QUIET: "~ not quiet",
    Verdict.ERROR: "✗ error",
    Verdict.INTERRUPTED: "~ stopped",
}
_SEEN_MAX: Final = 26
_NARROW: Final = 110


class ScenariosPage(Page):
    """Three panels: the scenarios, what the chosen one is about, and how it was judged."""

    PLACE = Place.SCENARIOS
    ACTIONS = SCENARIOS_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.SCENARIOS, SCENARIOS_ACTIONS)
    READING = (
        ("✓ passed", "every expectation held"),
        ("✗ failed", "some did not: the cases say which, and the first message that offends"),
        ("~ vacuous", "nothing was proved: a fault never fired, or nothing was looked at"),
    )

    def __init__(self, desk: Desk) -> None:
        """Make the page; the scenarios are read when it is shown for the first time."""
        super().__init__(desk)
        self.entries: list[Shelved] = []
        self.verdicts: dict[str, Told] = {}
        self.running: list[str] = []
        """What is run in the background and has not come back."""
        self._lines: list[str] = []
        self._shown_cases: list[Case] = []
        self.list = RowList("list", self._entry_strip, nothing="reading the scenarios …")
        self.preview = RowList("preview", self._preview_strip, nothing="no scenario is chosen")
        self.cases = RowList("cases", self._case_strip, nothing="not run yet: x runs it")
        self.list.border_title = "Scenarios"

    def body(self) -> ComposeResult:
        """The list beside or above what is told of the chosen one."""
        with Container(id="library"):
            yield self.list
            yield self.preview
            yield self.cases

    def on_mount(self) -> None:
        """Read what there is."""
        self.list.focus()
        self._read()

    def on_resize(self) -> None:
        """Put the panels beside each other where there is room."""
        self.set_class(self.size.width < _NARROW, "narrow")
        super().on_resize()

    @property
    def hint(self) -> str:
        """What to press."""
        if self.running:
            return f"running {len(self.running)} in the background · esc stops it"
        return "enter runs it on the live screen · x runs it to its end and judges it"

    @property
    def about(self) -> str:
        """How many there are, and how they did."""
        told = f"{len(self.entries)} scenarios"
        verdicts = [each.verdict for each in self.verdicts.values()]
        if verdicts:
            passed = verdicts.count(Verdict.PASSED)
            told += f" · {passed} of {len(verdicts)} passed"
        return told

    # Reading ---------------------------------------------------------------------------------

    @work(thread=True, exclusive=True, group="shelf")
    def _read(self) -> None:
        worker = get_current_worker()
        entries: list[Shelved] = []
        for entry in shelf(self.desk.folder):
            if worker.is_cancelled:
                return
            entries.append(entry)
            if len(entries) % 5 == 1:
                self.app.call_from_thread(self._have, list(entries))
        self.app.call_from_thread(self._have, entries, is_all=True)

    def _have(self, entries: list[Shelved], *, is_all: bool = False) -> None:
        self.entries = entries
        self.list.nothing = "no scenario here, and none that ships" if is_all else "reading …"
        self.paint()

    @property
    def chosen(self) -> Shelved | None:
        """The scenario under the cursor."""
        return self.entries[self.list.cursor] if self.entries else None

    @property
    def told(self) -> Told | None:
        """What running the chosen one came to."""
        return None if self.chosen is None else self.verdicts.get(self.chosen.source)

    def judged_cases(self) -> list[Case]:
        """What was judged of the chosen one, what does not hold first."""
        return _cases_of(self.told)

    # Drawing ---------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the three panels."""
        palette = self.desk.palette()
        self.list.show(len(self.entries), palette)
        self.preview.border_title = "" if self.chosen is None else heading(self.chosen.name)
        self._lines = self._preview_lines(max(self.preview.scrollable_content_region.width, 20))
        self.preview.show(len(self._lines), palette)
        told = self.told
        self.cases.border_title = "Judged"
        self.cases.border_subtitle = _summary(told)
        self.cases.nothing = _nothing(self.chosen, told, self.running)
        self._shown_cases = self.judged_cases()
        self.cases.show(len(self._shown_cases), palette)

    def _preview_lines(self, width: int) -> list[str]:
        entry = self.chosen
        if entry is None:
            return []
        told = [entry.title, *([f"[{', '.join(entry.tags)}]"] if entry.tags else []), ""]
        if isinstance(self.told, NotRun):
            told += self.told.text.splitlines()
        lines = entry.lines()
        about = lines[1:] if lines[:1] == [""] else lines  # there is no description
        return [piece for line in [*told, *about] for piece in _pieces(line, width)]

    def _entry_strip(self, wanted: Wanted) -> Strip:
        row, width, is_chosen, palette = wanted
        entry = self.entries[row]
        back = palette.cursor if is_chosen else Style()
        pen = Pen(width).put("▸ " if is_chosen else "  ", palette.accent + back)
        look = palette.bad if entry.scenario is None else palette.text
        longest = max(len(each.name) for each in self.entries) + 1
        name = min(longest, _NAME_WIDE if width >= _ROOMY else _NAME, width - 4)
        pen.write(entry.name, look + back, name)
        if self._has_verdicts:
            word, style = self._verdict_of(entry, palette)
            pen.write(f" {word}", style + back, _VERDICT + 1)
        if pen.room > 10:
            pen.put(" ", back).brief(entry.title, palette.dim + back, pen.room)
        return pen.strip(palette.text + back)

    @property
    def _has_verdicts(self) -> bool:
        """Whether there is anything to be said of any of them; else titles have the room."""
        is_any_wrong = any(entry.scenario is None for entry in self.entries)
        return bool(self.verdicts or self.running) or is_any_wrong

    def _verdict_of(self, entry: Shelved, palette: Palette) -> tuple[str, Style]:
        told = self.verdicts.get(entry.source)
        if entry.source in self.running:
            return "… running", palette.accent
        if told is None:
            return ("✗ error", palette.bad) if entry.scenario is None else ("", palette.dim)
        is_good = told.verdict is Verdict.PASSED
        look = palette.good if is_good else palette.bad
        return _VERDICTS[told.verdict], palette.warn if "~" in _VERDICTS[told.verdict] else look

    def _preview_strip(self, wanted: Wanted) -> Strip:
        row, width, _, palette = wanted
        look = palette.strong if row == 0 else palette.text
        return Pen(width).write(self._lines[row], look, width).strip(palette.text)

    def _case_strip(self, wanted: Wanted) -> Strip:
        row, width, is_chosen, palette = wanted
        case = self._shown_cases[row]
        has_keys = is_chosen and self.focused is self.cases
        pen = Pen(width).put("▸ " if has_keys else "  ", palette.accent)
        pen.put("✓ " if case.holds else "✗ ", palette.good if case.holds else palette.bad)
        first = f"  m{case.message}" if case.message is not None and not case.holds else ""
        seen = min(len(case.seen), _SEEN_MAX)
        pen.brief(case.name, palette.text, max(pen.room - seen - len(first) - 2, width // 3))
        pen.put("  ", palette.text).brief(case.seen, palette.dim, max(pen.room - len(first), 0))
        pen.put(first, palette.warn)
        return pen.strip(palette.text)

    # Keys ------------------------------------------------------------------------------------

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Another row is under the cursor, or one was clicked twice."""
        if event.rows is self.list:
            self.cases.cursor = self.preview.cursor = 0
            self.preview.scroll_to(y=0, animate=False, immediate=True)
            if event.opens:
                self.action_open()
        elif event.rows is self.cases and event.opens:
            self.action_offender()
        self.paint()

    def action_open(self) -> None:
        """Run the chosen one on the live screen; on a case, show its first offending message."""
        entry = self.chosen
        if self.focused is self.cases:
            self.action_offender()
        elif entry is None:
            self.say("no scenario is chosen")
        elif entry.scenario is None:
            self.say("this file cannot be used: the panel says why", Tone.TROUBLE)
        else:
            self.desk.open_scenario(entry.scenario)

    def action_offender(self) -> None:
        """Show the first message that offends against the chosen case."""
        entry, cases = self.chosen, self.judged_cases()
        if entry is None or entry.scenario is None or not cases:
            self.say("run it first: x")
            return
        case = cases[min(self.cases.cursor, len(cases) - 1)]
        if case.message is None:
            self.say("no single message offends here: " + case.seen)
            return
        self.desk.open_scenario(entry.scenario, case.message)

    def action_failure(self, by: int) -> None:
        """Go to the next case that does not hold, here or in the next scenario that has one."""
        places = [
            (row, nth)
            for row, entry in enumerate(self.entries)
            for nth, case in enumerate(_cases_of(self.verdicts.get(entry.source)))
            if not case.holds
        ]
        if not places:
            self.say("nothing failed" if self.verdicts else "nothing was run yet: X runs all")
            return
        here = (self.list.cursor, self.cases.cursor if self.focused is self.cases else -1)
        ahead = [place for place in places if (place > here if by > 0 else place < here)]
        row, nth = (ahead[0] if by > 0 else ahead[-1]) if ahead else places[0 if by > 0 else -1]
        self.list.choose(row)
        self.cases.focus()
        self.draw()
        self.cases.choose(nth)
        case = self.judged_cases()[nth]
        self.say(case.seen + (" · o shows the message" if case.message is not None else ""))

    def action_run(self) -> None:
        """Run the chosen one in the background."""
        if self.chosen is not None:
            self._start([self.chosen])

    def action_run_all(self) -> None:
        """Run every one that can be run."""
        self._start(self.entries)

    def action_stop(self) -> None:
        """Stop what runs in the background."""
        if self.running:
            self.workers.cancel_group(self, "runs")
            self.running = []
            self.say("stopped; what had come back stays")
        else:
            self.list.focus()
            self.paint()

    def action_reload(self) -> None:
        """Look again at what there is."""
        self._read()
        self.say("reading the scenarios again")

    def action_next_panel(self) -> None:
        """Give the next panel the keys."""
        panels = [self.list, self.preview, self.cases]
        at = panels.index(self.focused) if self.focused in panels else -1
        panels[(at + 1) % len(panels)].focus()
        self.paint()

    # Running ---------------------------------------------------------------------------------

    def _start(self, entries: list[Shelved]) -> None:
        sources = [entry.source for entry in entries if entry.scenario is not None]
        if self.running:
            self.say("something runs already: esc stops it")
        elif not sources:
            self.say("this file cannot be run: the panel says why", Tone.TROUBLE)
        else:
            self.running = list(sources)
            for source in sources:
                self.verdicts.pop(source, None)
            self._run(sources)
            self.say("")

    @work(thread=True, exclusive=True, group="runs", exit_on_error=False)
    def _run(self, sources: list[str]) -> None:
        worker = get_current_worker()
        try:
            with closing(run_all(sources)) as outcomes:
                for source, told in zip(sources, outcomes, strict=True):
                    if worker.is_cancelled:
                        return
                    self.app.call_from_thread(self._came_back, source, told)
        except Exception as error:  # noqa: BLE001 - whatever it is, the screen must say it
            self.app.call_from_thread(self._failed, f"{type(error).__name__}: {error}")

    def _failed(self, trouble: str) -> None:
        self.running = []
        self.say(f"running stopped: {trouble}", Tone.TROUBLE)

    def _came_back(self, source: str, told: Told) -> None:
        if source not in self.running:
            return  # it was stopped meanwhile
        self.running.remove(source)
        self.verdicts[source] = told
        if not self.running:
            failed = [each for each in self.verdicts.values() if each.verdict is not Verdict.PASSED]
            many = f"{len(self.verdicts)} run, {len(failed)} not passed"
            self.say(many + (": n goes to the first failure" if failed else ""))
        else:
            self.paint()


def _cases_of(told: Told | None) -> list[Case]:
    """What does not hold first; laws of the engine only where one was broken."""
    if not isinstance(told, Judged):
        return []
    shown = (case for case in told.cases if case.group is not Group.LAWS or not case.holds)
    return sorted(shown, key=lambda case: case.holds)


def _pieces(line: str, width: int) -> list[str]:
    """A line of the preview, wrapped; what is indented stays so."""
    indent = len(line) - len(line.lstrip())
    return [" " * indent + piece for piece in wrapped(line.strip(), max(width - indent, 10))]


def _summary(told: Told | None) -> str:
    if not isinstance(told, Judged):
        return ""
    failed = len(told.failed)
    return f"{len(told.cases) - failed} hold, {failed} do not · {told.wall_s:.1f} s"


def _nothing(entry: Shelved | None, told: Told | None, running: list[str]) -> str:
    if entry is not None and entry.source in running:
        return "running …"
    if isinstance(told, NotRun):
        return told.text.splitlines()[0]
    if isinstance(told, Judged):
        return "it expects nothing, and broke no law"
    return "not run yet: x runs it, X runs all"
