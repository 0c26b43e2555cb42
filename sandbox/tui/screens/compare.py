"""Two plans on one luck, side by side: who differs, who pays, who waits."""

import asyncio
from fractions import Fraction
from typing import ClassVar, Final, NamedTuple

from rich.style import Style
from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.strip import Strip
from textual.worker import get_current_worker

from sandbox.app.frame import Figures, MessageRow, Phase
from sandbox.app.repeating import Ran, Round
from sandbox.app.side_by_side import Contender, SideBySide, path_of, variants
from sandbox.scenario.library import builtin_names
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.tui.actions import EVERYWHERE, SVG, Action, bindings
from sandbox.tui.desk import Desk, Place
from sandbox.tui.painting import Pen, heading
from sandbox.tui.screens.choice import ChoiceScreen
from sandbox.tui.screens.compare_repeat import Repeat, run_rounds
from sandbox.tui.screens.page import Page
from sandbox.tui.screens.two_timelines import TwoTimelines
from sandbox.tui.talk import Tone
from sandbox.tui.telling import told_of
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.flow import Flow
from sandbox.tui.widgets.message_list import state_of
from sandbox.tui.widgets.row_list import RowList, Wanted
from sandbox.tui.wording import clock, count, duration, money, share, speed

COMPARE_ACTIONS: Final = (
    Action("pause", "space", "space", "Pause", "Stop both clocks, or let them run again", 0),
    Action("faster", "plus,equals_sign", "+-", "Speed", "Run both at twice or half the speed", 6),
    Action("slower", "minus,underscore", "-", "", ""),
    Action("other", "b", "b", "Choose B", "Choose what is compared: another order or scenario", 1),
    Action("swap", "x", "x", "Swap", "Let A and B change places", 5),
    Action("difference(1)", "d", "dD", "Differs", "Go to the next message whose fate differs", 3),
    Action("difference(-1)", "D,shift+d", "D", "", ""),
    Action("inspect", "enter", "⏎", "Both", "Show what became of the chosen message in both", 4),
    Action("restart", "r", "r", "Again", "Start both again from the beginning", 7),
    Action(
        "repeat", "R,shift+r", "R", "Repeat",
        "Repeat the comparison on 30 more seeds in the background: is it more than luck?", 5,
    ),
    Action("stop", "escape", "esc", "", "Stop the repetition; what has come back stays"),
    Action("view", "v", "v", "View", "Figures or differences, where not both have room", 8),
    SVG,
    Action("next_panel", "tab", "tab", "Panel", "Go to the next panel", 9),
    *EVERYWHERE,
)  # fmt: skip

_BUDGET_US: Final = 45_000
_SLOW_TIER: Final = 8
"""Figures and differences are worked out with every eighth frame."""
_SLICE_S: Final = 0.005
"""For how long messages are compared between two frames, in seconds."""
_IDLE_SLICE_S: Final = 0.02
"""The same while both clocks stand still."""
_NARROW: Final = 110
_SHORT: Final = 20
"""Below this height there is room for a table and not for the lanes."""
_LABEL: Final = 17
_COLUMN: Final = 16
_NUMBER: Final = 9


class Figure(NamedTuple):
    """A figure of both, and how they differ.

    Attributes:
        better: 1 where B is better, -1 where A is, 0 for neither.
    """

    label: str
    first: str
    second: str
    apart: str
    better: int


class ComparePage(Page):
    """Two lanes pictures over a table of figures and a list of messages that fare differently."""

    PLACE = Place.COMPARE
    ACTIONS = COMPARE_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.COMPARE, COMPARE_ACTIONS)
    READING = (
        ("A  B", "two plans with the same messages, the same people and the same luck"),
        ("B − A", "how much more B has; ✓ stands by whoever is better off"),
        ("differs", "messages over in both that ended otherwise, elsewhere, or came twice"),
        ("± ~", "over several seeds: twice the error of the mean difference; ~ may be luck"),
    )

    def __init__(self, desk: Desk) -> None:
        """Make the page; the two runs begin when it is shown for the first time."""
        super().__init__(desk)
        self._clock = desk.clock
        self._looked_at = desk.clock()
        self._frames = 0
        self.pair: SideBySide | None = None
        self._base: Scenario | None = None
        self._figures: list[Figure] = []
        self.repeat = Repeat()
        self.flows = (Flow("flow-a"), Flow("flow-b"))
        self.figures = RowList("figures-table", self._figure_strip, nothing="no figures yet")
        nothing = "no message fares differently yet"
        self.differences = RowList("differences", self._difference_strip, nothing=nothing)
        self._shows_differences = False

    def body(self) -> ComposeResult:
        """Lanes above, tables below."""
        with Container(id="compare"):
            yield from self.flows
            yield self.figures
            yield self.differences

    def on_mount(self) -> None:
        """Compare what is wanted; else the live scenario with its next best order."""
        self.figures.border_title = "Figures, same messages, same luck"
        self.differences.border_title = "Who fares differently"
        self.differences.focus()
        if not self._see_what_is_wanted() and self.pair is None:
            self._begin_with_live()

    def on_screen_resume(self) -> None:
        """Time spent elsewhere is not caught up with; another live scenario is compared anew."""
        self._looked_at = self._clock()
        is_other = self._base is not None and self.desk.session.scenario.name != self._base.name
        if not self._see_what_is_wanted() and is_other:
            self._begin_with_live()
        super().on_screen_resume()

    def on_resize(self) -> None:
        """Put the panels beside each other where there is room."""
        self.set_class(self.size.width < _NARROW, "narrow")
        self.set_class(self.size.height < _SHORT, "short")
        super().on_resize()

    @property
    def hint(self) -> str:
        """What one sees."""
        if self.pair is None:
            return "b chooses what the live scenario is compared with"
        if self.pair.is_shifted:
            return "the loads differ: messages are paired by number, and not only the plan differs"
        return "same messages, same people, same luck: d goes to a message that fares differently"

    @property
    def about(self) -> str:
        """Clock and speed."""
        if self.pair is None:
            return ""
        session = self.pair.sessions[0]
        words = {Phase.PAUSED: "‖ paused ", Phase.OVER: "■ over ", Phase.BROKEN: "✗ broken "}
        phase = words.get(self.pair.phase, "▶ ")
        return f"{phase}{speed(session.speed)}  {clock(session.now_us)}  seed {session.seed}"

    # Beginning -------------------------------------------------------------------------------

    def _see_what_is_wanted(self) -> bool:
        """Show the pair that somebody brought along, where they part; whether there is one."""
        pairing, self.desk.wanted_pair = self.desk.wanted_pair, None
        if pairing is None:
            return False
        self._base = self.desk.session.scenario
        self._begin(pairing.first, pairing.second)
        self._catch_up(pairing.from_us)
        return True

    @work(exclusive=True)
    async def _catch_up(self, at_us: int) -> None:
        """Let both come to an instant; up to there they are the same."""
        pair = self.pair
        while pair is not None and pair is self.pair and not pair.is_over:
            first = pair.sessions[0]
            if first.now_us >= at_us:
                break
            pair.advance(int((at_us - first.now_us) / first.speed) + 1, _BUDGET_US)
            self.say(f"both go to {clock(at_us)}, where they part …")
            await asyncio.sleep(0)
        self._look()
        self.say(f"they part at {clock(at_us)}: d goes to a message that fares differently")

    def _begin_with_live(self) -> None:
        scenario = self._base = self.desk.session.scenario
        others = variants(scenario)
        if others:
            self._begin(Contender(name=scenario.name, scenario=scenario), others[0])

    def _begin(self, first: Contender, second: Contender) -> None:
        self.pair = SideBySide(
            first, second, clock=self._clock, has_names=self.desk.session.has_names
        )
        self._figures = []
        self._stop()
        self.repeat.forget(self.pair.contenders)
        self.differences.cursor = 0
        self._looked_at = self._clock()
        self._look()

    # Drawing ---------------------------------------------------------------------------------

    def tick(self) -> None:
        """Let both catch up with the time that went by, and draw."""
        now = self._clock()
        wall_us = min(int((now - self._looked_at) * 1_000_000), 250_000)
        self._looked_at = now
        if self.pair is None:
            return
        moves = self.pair.advance(wall_us, _BUDGET_US)
        looks = self._compare_more(_SLICE_S if moves else _IDLE_SLICE_S)
        if not moves and not looks:
            return
        self._frames += 1
        if self._frames % _SLOW_TIER == 0 or self.pair.is_over:
            self._look()
            self.paint()
        else:
            self._draw_flows(self.desk.palette())

    def _look(self) -> None:
        """Work out figures and, for a slice of time, differences."""
        if self.pair is not None:
            self._figures = figures_of(*self.pair.figures())
            self._compare_more(_SLICE_S)

    def _compare_more(self, slice_s: float) -> bool:
        """Compare messages for a slice of time; whether there were any to compare."""
        if self.pair is None:
            return False
        chosen = self.chosen if self.differences.cursor else None
        end = self._clock() + slice_s
        if not self.pair.differing.work(lambda: self._clock() < end):
            return False
        place = None if chosen is None else self.pair.differing.place_of(chosen)
        if place is not None:  # graver ones may have come before it
            self.differences.cursor = place
        return True

    def draw(self) -> None:
        """Draw all panels."""
        palette = self.desk.palette()
        is_single = self._is_single
        self.figures.display = not is_single or not self._shows_differences
        self.differences.display = not is_single or self._shows_differences
        self._draw_flows(palette)
        self.figures.show(len(self._figures) + self.repeat.row_count, palette)
        self.figures.border_subtitle = self.repeat.progress
        self.differences.show(self._differing_count, palette)
        over = 0 if self.pair is None else self.pair.differing.paired_count
        self.differences.border_subtitle = f"{count(self._differing_count)} of {count(over)}"

    @property
    def _differing_count(self) -> int:
        """Messages known to fare differently."""
        return 0 if self.pair is None else len(self.pair.differing)

    @property
    def _is_single(self) -> bool:
        """There is room for one table at a time."""
        return self.has_class("narrow") or self.has_class("short")

    def _draw_flows(self, palette: Palette) -> None:
        if self.pair is None:
            return
        chosen = self.chosen
        for letter, flow, session, name in zip(
            "AB", self.flows, self.pair.sessions, self.pair.names, strict=True
        ):
            title = f"{letter}  {name} · {path_of(session.scenario.world.plans[0])}"
            flow.border_title = heading(title)
            flow.show(session.frame(chosen), 0, palette)

    @property
    def chosen(self) -> int | None:
        """The message under the cursor of the differences."""
        if self.pair is None or not self._differing_count:
            return None
        return self.pair.differing.at(min(self.differences.cursor, self._differing_count - 1))

    def _figure_strip(self, wanted: Wanted) -> Strip:
        row, width, _, palette = wanted
        column = min(_COLUMN, max((width - _LABEL - 2) // 3, 8))
        if row >= len(self._figures):
            below = wanted._replace(row=row - len(self._figures))
            return self.repeat.strip(below, self._currency, _LABEL, column)
        figure = self._figures[row]
        looks = {-1: (palette.good, palette.text), 1: (palette.text, palette.good)}
        first, second = looks.get(figure.better, (palette.text, palette.text))
        pen = Pen(width).put(" ", palette.text).write(figure.label, palette.dim, _LABEL)
        pen.write(figure.first + " ✓" * (figure.better < 0), first, column)
        pen.write(figure.second + " ✓" * (figure.better > 0), second, column)
        return pen.write(figure.apart, palette.dim).strip(palette.text)

    def _difference_strip(self, wanted: Wanted) -> Strip:
        row, width, is_chosen, palette = wanted
        if self.pair is None or row >= self._differing_count:  # it was taken away since
            return Strip.blank(width, palette.text)
        message = self.pair.differing.at(row)
        back = palette.cursor if is_chosen else palette.text
        pen = Pen(width).put("▸" if is_chosen else " ", palette.accent)
        pen.write(f"m{message}", palette.accent + back if is_chosen else palette.accent, _NUMBER)
        half = (width - _NUMBER - 1) // 2
        for letter, session in zip("AB", self.pair.sessions, strict=True):
            end = pen.room - half
            _write_fate(pen, letter, session.row(message), end, palette, back)
            pen.put(" " * (pen.room - end), back)
        return pen.strip(back)

    # Keys ------------------------------------------------------------------------------------

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Another message is pointed out in both lanes."""
        if event.rows is self.differences and event.opens:
            self.action_inspect()
        self.paint()

    def action_pause(self) -> None:
        """Stop both clocks, or let them run again."""
        if self.pair is not None and not self.pair.is_over:
            self.pair.pause()
            self.say("paused" if self.pair.is_paused else "")
        else:
            self.say("both are over: r starts them again")

    def action_faster(self) -> None:
        """Double the speed of both."""
        self._change_speed(1)

    def action_slower(self) -> None:
        """Halve the speed of both."""
        self._change_speed(-1)

    def _change_speed(self, doublings: int) -> None:
        if self.pair is not None:
            self.pair.change_speed(doublings)
        self.say("")

    def action_other(self) -> None:
        """Choose what A is compared with."""
        base = self._base or self.desk.session.scenario
        others = variants(base)
        names = [f"{other.name} · {path_of(other.scenario.world.plans[0])}" for other in others]
        shipped = builtin_names()

        def choose(place: int | None) -> None:
            if place is None:
                return
            is_variant = place < len(others)
            other = others[place] if is_variant else _shipped(shipped[place - len(others)])
            self._begin(Contender(name=base.name, scenario=base), other)
            self.say("")

        names += [f"the scenario {name}" for name in shipped]
        title = f"Compare {base.name} with"
        self.app.push_screen(ChoiceScreen(title, names, self.desk.palette()), choose)

    def action_swap(self) -> None:
        """Let A and B change places, and start again."""
        if self.pair is not None:
            first, second = self.pair.contenders
            self._begin(second, first)
            self.say("A and B changed places, and began again")

    def action_difference(self, by: int) -> None:
        """Go to the next message whose fate differs."""
        self._look()
        if self.pair is None or not self._differing_count:
            is_at_work = self.pair is not None and self.pair.differing.is_at_work
            self.say("still looking …" if is_at_work else "no message fares differently yet")
            return
        if self._is_single:
            self._shows_differences = True
        self.draw()
        self.differences.focus()
        self.differences.choose((self.differences.cursor + by) % self._differing_count)
        self.say(f"m{self.chosen}: enter shows what became of it in both")

    def action_inspect(self) -> None:
        """Show both timelines of the chosen message."""
        message = self.chosen
        if self.pair is None or message is None:
            self.say("no message fares differently yet")
            return
        told = [told_of(session, message) for session in self.pair.sessions]
        titles = [f"{letter}  {name}" for letter, name in zip("AB", self.pair.names, strict=True)]
        self.app.push_screen(TwoTimelines(told, titles, self.desk.palette()))

    def action_restart(self) -> None:
        """Start both again."""
        if self.pair is not None:
            self._begin(*self.pair.contenders)
            self.say("both again from the start, with the same luck")

    @property
    def _currency(self) -> str:
        """Of all money; "" for none."""
        return "" if self.pair is None else self.pair.sessions[0].scenario.currency

    # Many seeds ------------------------------------------------------------------------------

    def action_repeat(self) -> None:
        """Run the next seeds of this pair beside the screen."""
        if self.repeat.is_running:
            self.say("it is being repeated: esc stops it")
            return
        work = self.repeat.begin()
        if not work:
            self.say("nothing is compared yet")
            return
        self._shows_differences = False
        self.say(f"{len(work)} seeds, both plans with each: esc stops it")
        self._repeat(work)

    @work(thread=True, exclusive=True, group="repeat")
    def _repeat(self, work: list[Round]) -> None:
        worker = get_current_worker()
        try:
            run_rounds(
                work,
                lambda: worker.is_cancelled,
                lambda ran: self.app.call_from_thread(self._came_back, work, ran),
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the screen must say it
            self.app.call_from_thread(self._failed, f"{type(error).__name__}: {error}")

    def _came_back(self, work: list[Round], ran: Ran) -> None:
        """One seed is done; it counts unless it was stopped meanwhile."""
        if not self.repeat.take(work, ran):
            return
        if self.repeat.is_first:
            self.figures.show(len(self._figures) + self.repeat.row_count, self.desk.palette())
            last = len(self._figures) + self.repeat.row_count - 1
            self.call_after_refresh(self.figures.choose, last)
        if not self.repeat.is_running:
            self.say(f"{self.repeat.progress}: ✓ is beyond luck, ~ is not; R adds as many")
        else:
            self.paint()

    def _failed(self, trouble: str) -> None:
        self.repeat.stop()
        self.say(f"repeating stopped: {trouble}", Tone.TROUBLE)

    def action_stop(self) -> None:
        """Stop the repetition; what has come back stays."""
        if self.repeat.is_running:
            self._stop()
            self.say(f"stopped after {self.repeat.progress or 'no seed'}")
        else:
            self.differences.focus()
            self.paint()

    def _stop(self) -> None:
        self.workers.cancel_group(self, "repeat")
        self.repeat.stop()

    # Panels ----------------------------------------------------------------------------------

    def action_view(self) -> None:
        """Show figures or differences where not both have room."""
        if self._is_single:
            self._shows_differences = not self._shows_differences
            self.paint()
        else:
            self.say("everything is on the screen already")

    def action_next_panel(self) -> None:
        """Give the next panel the keys."""
        panels = [each for each in (self.differences, self.figures) if each.display]
        at = panels.index(self.focused) if self.focused in panels else -1
        panels[(at + 1) % len(panels)].focus()


# Words -------------------------------------------------------------------------------------------


def figures_of(a: Figures, b: Figures) -> list[Figure]:
    """The figures of two runs in words; where one is better it is marked."""
    name = a.currency or b.currency or "cost"
    return [
        _rate("delivered", a.known_rate, b.known_rate),
        _rate("  in truth", a.true_rate, b.true_rate),
        _time("p50", a.known_p50_us, b.known_p50_us),
        _time("p95", a.known_p95_us, b.known_p95_us),
        _cost(f"{name} per 1 000", a, b),
        _count("got it twice", a.true_twice, b.true_twice),
        _count("paid unawares", a.hidden_twice, b.hidden_twice),
        _count("undelivered", a.undelivered, b.undelivered),
    ]


def _better(a: object, b: object, *, is_less: bool) -> int:
    if a is None or b is None or a == b:
        return 0
    b_is_less = b < a  # type: ignore[operator]  # both are numbers of one kind
    return 1 if b_is_less == is_less else -1


def _rate(label: str, a: Fraction | None, b: Fraction | None) -> Figure:
    apart = "" if a is None or b is None else f"{float((b - a) * 100):+.1f} pp".replace("-", "−")
    return Figure(label, share(a), share(b), apart, _better(a, b, is_less=False))


def _time(label: str, a: int | None, b: int | None) -> Figure:
    apart = ""
    if a is not None and b is not None:
        apart = f"{'−' if b < a else '+'}{duration(abs(b - a))}"
    return Figure(label, duration(a), duration(b), apart, _better(a, b, is_less=True))


def _cost(label: str, a: Figures, b: Figures) -> Figure:
    first, second = a.per_thousand(a.bill_nano), b.per_thousand(b.bill_nano)
    apart = ""
    if first is not None and second is not None:
        apart = ("+" if second >= first else "") + money(second - first)
    better = _better(first, second, is_less=True)
    return Figure(label, money(first), money(second), apart, better)


def _count(label: str, a: int, b: int) -> Figure:
    apart = f"{'−' if b < a else '+'}{count(abs(b - a))}"
    return Figure(label, count(a), count(b), apart, _better(a, b, is_less=True))


def _write_fate(
    pen: Pen, letter: str, row: MessageRow | None, end: int, palette: Palette, back: Style
) -> None:
    """What became of a message in one of them."""
    pen.put(f"{letter} ", palette.dim + back)
    if row is None:
        pen.put("no longer kept", palette.dim + back)
        return
    glyph, word, look = state_of(row, palette)
    channel = row.channel if word == "delivered" else word
    pen.brief(f"{glyph} {channel} {duration(row.took_us)}", look + back, pen.room - end)
    if row.copies > 1:
        pen.brief(f" ~×{row.copies}", palette.warn + back, pen.room - end)
    if row.ledger_nano:
        pen.brief(f"  {money(row.ledger_nano, 4)}", palette.dim + back, pen.room - end)


def _shipped(name: str) -> Contender:
    return Contender(name=name, scenario=load(name))
