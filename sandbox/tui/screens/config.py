"""The scenario in an editor: what is wrong while one types, and what it would come to."""

import subprocess
from pathlib import Path
from typing import ClassVar, Final

from rich.segment import Segment
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.strip import Strip
from textual.timer import Timer
from textual.widgets import TextArea
from textual.worker import get_current_worker

from sandbox.app.applying import Application
from sandbox.app.drafting import Finding, Judgement, judge_draft, read_text, stamp_of, write_text
from sandbox.errors import SandboxError
from sandbox.report.plain import plain
from sandbox.scenario.completion import suggestions
from sandbox.scenario.library import built_in
from sandbox.scenario.model import Scenario
from sandbox.scenario.writer import data_text
from sandbox.tui.actions import EVERYWHERE, Action, bindings
from sandbox.tui.desk import Desk, Place
from sandbox.tui.editing import editor_command
from sandbox.tui.painting import Pen, heading
from sandbox.tui.screens.apply_card import ApplyCard
from sandbox.tui.screens.choice import ChoiceScreen
from sandbox.tui.screens.page import Page
from sandbox.tui.syntax import editor_theme
from sandbox.tui.talk import Tone
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.row_list import RowList, Wanted

CONFIG_ACTIONS: Final = (
    Action("edit", "enter,i", "⏎", "Edit", "Give the editor the keys; esc takes them back", 0),
    Action("save", "ctrl+s,w", "^s", "Save", "Write the file; one that ships is copied", 1),
    Action("restart", "r", "r", "Restart", "Run what is written, from its start", 2),
    Action(
        "apply_now", "a", "a", "Apply now",
        "Run what is written up to the instant shown, as if it had always been so", 3,
    ),
    Action(
        "apply_new", "A,shift+a", "A", "To new",
        "Apply what is written to new messages only; those under way keep their plan", 4,
    ),
    Action("problem(1)", "n,f8", "nN", "Problem", "Go to the next problem", 4),
    Action("problem(-1)", "N,shift+n,shift+f8", "N", "", ""),
    Action("external", "e", "e", "$EDITOR", "Open it in your own editor", 6),
    Action("reload", "l", "l", "Load", "Read the file again; what was not saved is gone", 7),
    *EVERYWHERE,
)  # fmt: skip

_AFTER_S: Final = 0.15
"""So long after the last key the text is judged."""
_WATCH_S: Final = 1.0
_NARROW: Final = 110
_SUGGESTED_MAX: Final = 40


class Editor(TextArea):
    """The text; escape gives the keys back to the page, ctrl+space suggests."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "screen.leave", "Leave the editor", show=False, priority=True),
        Binding("ctrl+@,ctrl+space,f4", "screen.suggest", "What may stand here", show=False),
        Binding("f8", "screen.problem(1)", "Next problem", show=False),
        Binding("shift+f8", "screen.problem(-1)", "Problem before", show=False),
        Binding("ctrl+s", "screen.save", "Save", show=False),
    ]

    def render_line(self, y: int) -> Strip:
        """A line as it may be shown: what a file holds must not reach the terminal as it is."""
        strip = super().render_line(y)
        if strip.text.isprintable():
            return strip
        shown = [Segment(plain(text), style) for text, style, _ in strip]
        return Strip(shown).adjust_cell_length(strip.cell_length)


class ConfigPage(Page):
    """The editor beside what is wrong with the text and what it would come to."""

    PLACE = Place.CONFIG
    ACTIONS = CONFIG_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.CONFIG, CONFIG_ACTIONS)
    READING = (
        ("✗", "an error: the text cannot be run until it is mended"),
        ("!", "what the linter finds: it can be run, and is probably not meant"),
        ("ctrl+space", "in the editor: what may be written here (also F4)"),
        ("F8", "in the editor: the next problem"),
    )

    def __init__(self, desk: Desk) -> None:
        """Make the page; the file is read when it is shown."""
        super().__init__(desk)
        self.editor = Editor("", id="editor", show_line_numbers=True, soft_wrap=False)
        self.problems = RowList("problems", self._finding_strip, nothing="nothing is wrong")
        self.forecast = RowList("forecast", self._forecast_strip, nothing="no forecast yet")
        self.judgement: Judgement | None = None
        self._judging: Timer | None = None
        self.file: Path | None = None
        """Where the text is saved; None for a session's scenario that has no file."""
        self._base: Scenario | None = None
        self._saved = ""
        self._stamp = (0, 0)
        self._is_told_of_change = False
        self._coloured: Palette | None = None
        """The styles the editor has."""

    def body(self) -> ComposeResult:
        """The editor, and two lists."""
        with Container(id="config"):
            yield self.editor
            yield self.problems
            yield self.forecast

    def on_mount(self) -> None:
        """Read the file of the live scenario, and keep an eye on it."""
        try:
            self.editor.language = "yaml"
        except Exception:  # noqa: BLE001 - without its grammar the text is plain, which is no harm
            self.editor.language = None
        self.editor.read_only = self.desk.is_viewer
        self.problems.border_title = "Problems"
        self.forecast.border_title = "Forecast"
        self.problems.focus()
        self.set_interval(_WATCH_S, self._look_at_file)
        self._read_live()

    def on_screen_resume(self) -> None:
        """Another live scenario brings another file, unless something here is not saved."""
        scenario = self.desk.session.scenario
        if self._base is not None and scenario.file != self._base.file and not self.is_changed:
            self._read_live()
        super().on_screen_resume()

    def on_resize(self) -> None:
        """Put the lists beside the editor where there is room."""
        self.set_class(self.size.width < _NARROW, "narrow")
        super().on_resize()

    @property
    def is_changed(self) -> bool:
        """Something was written and not saved."""
        return self.editor.text != self._saved

    @property
    def about(self) -> str:
        """Which file, and whether it is saved."""
        name = "a scenario without a file" if self.file is None else self.file.name
        return f"{name}{' · not saved' if self.is_changed else ''}"

    @property
    def hint(self) -> str:
        """What to press."""
        if self.focused is self.editor:
            return "esc leaves the editor · ctrl+space suggests · F8 next problem · ctrl+s saves"
        return "enter edits · r runs what is written · a applies it, A to new messages only"

    # Reading and judging ---------------------------------------------------------------------

    def _read_live(self) -> None:
        scenario = self._base = self.desk.session.scenario
        self.file = Path(scenario.file) if scenario.file else None
        self._read()

    def _read(self) -> None:
        try:
            text = self._text_of(self._base)
        except SandboxError as error:
            self.say(str(error).splitlines()[0], Tone.TROUBLE)
            return
        self._saved = text
        self._stamp = stamp_of(self.file) if self.file else (0, 0)
        self._is_told_of_change = False
        self.editor.load_text(text)
        self._judge_soon()

    def _text_of(self, scenario: Scenario | None) -> str:
        if self.file is not None and self.file.exists():
            return read_text(self.file)
        return "" if scenario is None else data_text(scenario.resolved)

    def on_text_area_changed(self) -> None:
        """Judge what is written, a moment after the last key."""
        self._judge_soon()
        self.paint()

    def _judge_soon(self) -> None:
        """Judge when nothing more has been written for a moment."""
        if self._judging is not None:
            self._judging.stop()
        self._judging = self.set_timer(_AFTER_S, self._judge, name="judge")

    def _judge(self) -> None:
        self._judge_text(self.editor.text)

    @property
    def _place(self) -> Path:
        """Beside which what the text uses is looked for."""
        return self.file or self.desk.folder / "unnamed.yaml"

    @work(thread=True, exclusive=True, group="judge", exit_on_error=False)
    def _judge_text(self, text: str) -> None:
        worker = get_current_worker()
        judgement = judge_draft(text, self._place)
        if not worker.is_cancelled:
            self.app.call_from_thread(self._judged, text, judgement)

    def _judged(self, text: str, judgement: Judgement) -> None:
        if text == self.editor.text:
            self.judgement = judgement
            self.paint()

    def _look_at_file(self) -> None:
        """Say when somebody else has changed the file; read it where nothing would be lost."""
        if self.file is None or self._is_told_of_change:
            return
        if stamp_of(self.file) == self._stamp:
            return
        if self.is_changed:
            self._is_told_of_change = True
            self.say("the file was changed elsewhere: l loads it, ctrl+s writes over it")
        else:
            self._read()
            self.say("the file was changed elsewhere, and is loaded again")

    # Drawing ---------------------------------------------------------------------------------

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the text."""
        return () if self.judgement is None else self.judgement.findings

    @property
    def forecast_lines(self) -> tuple[str, ...]:
        """What it would come to."""
        return () if self.judgement is None else self.judgement.forecast

    def draw(self) -> None:
        """Draw the lists; the editor draws itself, in the colours of the theme."""
        palette = self.desk.palette()
        if palette is not self._coloured:
            self._coloured = palette
            theme = editor_theme(palette, f"sandbox-{id(palette)}")
            self.editor.register_theme(theme)
            self.editor.theme = theme.name
        errors = sum(finding.is_error for finding in self.findings)
        warnings = len(self.findings) - errors
        self.problems.border_subtitle = f"{_many(errors, 'error')}, {_many(warnings, 'warning')}"
        self.problems.nothing = "reading …" if self.judgement is None else "nothing is wrong"
        self.problems.show(len(self.findings), palette)
        self.forecast.nothing = "no forecast while there are errors"
        self.forecast.show(len(self.forecast_lines), palette)
        name = "scenario" if self.file is None else self.file.name
        self.editor.border_title = heading(name)

    def _finding_strip(self, wanted: Wanted) -> Strip:
        row, width, is_chosen, palette = wanted
        finding = self.findings[row]
        back = palette.cursor if is_chosen else palette.text
        look = palette.bad if finding.is_error else palette.warn
        pen = Pen(width).put("✗ " if finding.is_error else "! ", look + back)
        if finding.line:
            pen.put(f"{finding.line}: ", palette.dim + back)
        text = finding.text + (f" · {finding.note}" if finding.note else "")
        return pen.write(text, palette.text + back, pen.room).strip(back)

    def _forecast_strip(self, wanted: Wanted) -> Strip:
        row, width, _, palette = wanted
        line = self.forecast_lines[row]
        look = palette.text if line.startswith(" ") else palette.strong
        return Pen(width).write(line, look, width).strip(palette.text)

    # Keys ------------------------------------------------------------------------------------

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """A problem was chosen: show where it is."""
        if event.rows is self.problems and self.findings:
            self._show_finding(event.row)
            if event.opens:
                self.editor.focus()

    def _show_finding(self, row: int) -> None:
        finding = self.findings[row]
        if finding.line:
            self.editor.move_cursor((finding.line - 1, max(finding.column - 1, 0)), center=True)
        self.say(finding.text + (f": {finding.note}" if finding.note else ""))

    def action_problem(self, by: int) -> None:
        """Go to the next problem."""
        if not self.findings:
            self.say("nothing is wrong" if self.judgement is not None else "reading …")
            return
        self.problems.choose((self.problems.cursor + by) % len(self.findings))

    def action_edit(self) -> None:
        """Give the editor the keys."""
        self.editor.focus()
        self.say("")

    def action_leave(self) -> None:
        """Take the keys back from the editor."""
        self.problems.focus()
        self.say("")

    def action_suggest(self) -> None:
        """Show what may be written at the cursor."""
        line, column = self.editor.cursor_location
        found = suggestions(self.editor.text.split("\n"), line, column)[:_SUGGESTED_MAX]
        if not found:
            self.say("nothing to suggest here")
            return
        names = [f"{each.text:<18} {each.about}" for each in found]

        def take(row: int | None) -> None:
            if row is not None:
                begun = _begun(self.editor.document.get_line(line)[:column])
                start = (line, column - len(begun))
                self.editor.replace(found[row].text, start, (line, column))
            self.editor.focus()

        self.app.push_screen(ChoiceScreen("What may stand here", names, self.desk.palette()), take)

    def action_save(self) -> None:
        """Write the file; what ships, or has no file, becomes a file of the folder."""
        target = self._target()
        try:
            write_text(target, self.editor.text)
        except SandboxError as error:
            self.say(f"not saved: {str(error).splitlines()[0]}. {error.hint}", Tone.TROUBLE)
            return
        self.file, self._saved, self._stamp = target, self.editor.text, stamp_of(target)
        self._is_told_of_change = False
        self._judge_soon()
        self.say(f"saved as {target.name}")

    def _target(self) -> Path:
        """Where to save; what ships, and what is somebody else's, is never written over."""
        shipped = {path.resolve() for path in built_in().values()}
        if self.file is not None and self.file.resolve() not in shipped:
            return self.file
        stem = self.file.stem if self.file is not None else "scenario"
        number, target = 2, self.desk.folder / f"{stem}.yaml"
        while target.exists():
            target = self.desk.folder / f"{stem}-{number}.yaml"
            number += 1
        return target

    def action_restart(self) -> None:
        """Run what is written, from its start."""
        scenario = self._usable()
        if scenario is not None:
            self._base = scenario
            self.desk.open_scenario(scenario)

    def action_apply_now(self) -> None:
        """Run what is written up to the instant shown on the live screen."""
        scenario = self._usable()
        if scenario is not None:
            self._base = scenario
            self.desk.open_at(scenario, self.desk.session.now_us)

    def action_apply_new(self) -> None:
        """Ask whether to apply what is written to new messages, having said what that does."""
        session, edited = self.desk.session, self._usable()
        if edited is None:
            return
        if session.is_at_end:
            self.say("not applied: the run is over, no message comes any more", Tone.TROUBLE)
            return
        try:
            application = session.application(edited)
        except SandboxError as error:
            self.say(f"not applied: {str(error).splitlines()[0]}", Tone.TROUBLE)
            return

        def apply(wanted: Application | None) -> None:
            if wanted is not None:
                self.desk.apply_to_new(wanted)

        self.app.push_screen(ApplyCard(application, self.desk.palette()), apply)

    def _usable(self) -> Scenario | None:
        judgement = judge_draft(self.editor.text, self._place)
        self.judgement = judgement
        if judgement.scenario is None:
            errors = sum(finding.is_error for finding in judgement.findings)
            first = judgement.findings[0]
            where = f"{first.line}: " if first.line else ""
            told = f"not applied: {_many(errors, 'error')} to be mended first: {where}{first.text}"
            self.say(told, Tone.TROUBLE)
        return judgement.scenario

    def action_reload(self) -> None:
        """Read the file again."""
        self._read()
        self.say("loaded again; what was not saved is gone")

    def action_external(self) -> None:
        """Open the file in the user's own editor, and read it again afterwards."""
        command = editor_command()
        if self.app.is_web or command is None or self.file is None:
            self.say("no editor: set EDITOR, and save the scenario as a file first")
            return
        self.action_save()
        if self.is_changed:
            return
        with self.app.suspend():
            subprocess.run([*command, str(self.file)], check=False)  # noqa: S603 - the user's own
        self._read()


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _begun(text: str) -> str:
    """The word before the cursor."""
    return text.replace(":", " ").split(" ")[-1] if text and not text.endswith(" ") else ""
