"""What the live screen does about messages: acts, what attempts shall come to, and one's own."""

from typing import TYPE_CHECKING, Final

from sandbox.app.composing import Draft
from sandbox.app.frame import Phase
from sandbox.cascade.vocabulary import Act
from sandbox.errors import SandboxError
from sandbox.tui.screens.act_menu import FORCE, ActMenu
from sandbox.tui.screens.compose_card import ComposeCard
from sandbox.tui.screens.force_menu import Forced, ForceMenu
from sandbox.tui.screens.live_ground import LiveGround

if TYPE_CHECKING:
    from sandbox.app.live_session import LiveSession

OVER: Final = "the run is over: r starts it again, R with other luck"


class LiveDeeds(LiveGround):
    """The part of the live screen that somebody's hand has in single messages."""

    @property
    def tracked(self) -> int | None:
        """The message that is shown: chosen, traced, or picked."""
        raise NotImplementedError

    def _answer(self, text: str) -> None:
        """Answer a key."""
        raise NotImplementedError

    def action_act(self) -> None:
        """Ask what is to be done about the message that is shown."""
        message = self.tracked or self._session.message_count
        if not message:
            self._answer("no message yet")
            return

        def do(act: Act | str | None) -> None:
            if isinstance(act, Act):
                told = self._session.act(message, act)
                self._answer(" · ".join(told) or f"all about m{message} is over")
            elif act == FORCE:
                self._ask_force(message)

        self.app.push_screen(ActMenu(message, self._palette_of()), do)

    def action_force(self) -> None:
        """Ask what an attempt shall come to: of the message chosen or traced, or of the newest."""
        newest = self._session.message_count
        message = self.messages.chosen or self._tracer.shown(newest) or newest
        if message:
            self._ask_force(message)
        else:
            self._answer("no message yet")

    def action_compose(self) -> None:
        """Write a message, and send it into the run; it is followed, and the run stops there."""
        session = self._session
        if session.phase in {Phase.OVER, Phase.BROKEN}:
            self._answer(OVER)
            return

        def send(draft: Draft) -> str:
            if session.live is not None:
                return self._send_in_real_time(session.live, draft)
            try:
                message = session.compose(draft)
            except SandboxError as error:
                return str(error).splitlines()[0]
            session.is_paused = True
            self.messages.choose(None)
            self._tracer.follow(message, session.message_count)
            self._answer(f"m{message} is on its way, and followed: . lets one event happen")
            return ""

        currency, palette = session.scenario.currency, self._palette_of()
        card = ComposeCard(session.cascades, session.preview, send, currency, palette)
        if session.live is not None:
            card.told.after = "it comes at once; where it would be real, that is asked first"
        self.app.push_screen(card)

    def _send_in_real_time(self, live: "LiveSession", draft: Draft) -> str:
        """Send it, or ask the live lock first; gives why that is not possible."""
        raise NotImplementedError

    def _ask_force(self, message: int) -> None:
        session = self._session
        if session.phase in {Phase.OVER, Phase.BROKEN}:
            self._answer(OVER)
            return
        choices = session.choices(message)
        if all(choice.why_not for choice in choices):
            why = choices[0].why_not if choices else "its lines were let go"
            self._answer(f"m{message}: nothing is left to be decided: {why}")
            return

        def decide(forced: Forced | None) -> None:
            if forced is None:
                return
            is_now = choices[forced.level].is_now(forced.word)
            told = session.force(message, forced.level, forced.word)
            when = "" if is_now else " · meant for its next attempt there"
            if told:
                self.messages.choose(message)
            already = f"m{message}: that has happened meanwhile"
            self._answer(f"{' · '.join(told)}{when} · u takes it back" if told else already)

        self.app.push_screen(ForceMenu(message, choices, self._palette_of()), decide)
