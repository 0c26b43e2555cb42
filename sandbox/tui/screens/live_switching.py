"""What the live screen does about real providers: the switch, and the way back at once."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from sandbox.app.composing import Draft
from sandbox.errors import SandboxError
from sandbox.tui.screens.live_deeds import OVER, LiveDeeds
from sandbox.tui.screens.switch_card import SwitchCard

if TYPE_CHECKING:
    from sandbox.app.guard import Missing
    from sandbox.app.live_session import LiveSession, Written
    from sandbox.app.live_switch import Proposal

Confirm = Callable[[str], "Sequence[Missing]"]
"""Takes what was typed; gives what is missing, nothing where it is done."""

ALREADY: Final = "everything is simulated already"


class LiveSwitching(LiveDeeds):
    """The part of the live screen that sends providers outside."""

    verb: str = "open"
    """With which the app was started; the live lock asks."""

    @property
    def _chosen_provider(self) -> str:
        raise NotImplementedError

    def action_go_live(self) -> None:
        """Ask the live lock about the chosen provider."""
        session, name = self._session, self._chosen_provider
        if session.is_at_end:
            self._answer(OVER)
        elif session.live is not None and name in session.live.real:
            self._answer(f"{name} is real: x has everything simulated again")
        else:
            try:
                proposal = self._proposal(name)
            except SandboxError as error:
                self._answer(f"{str(error).splitlines()[0]}. {error.hint}".rstrip())
                return
            self._ask_lock(proposal)

    def _proposal(self, provider: str) -> "Proposal":
        """What sending it outside would mean.

        Raises:
            UsageError: it has no adapter, or the user's settings are wrong.
        """
        from sandbox.app.guard import Command  # noqa: PLC0415 - the first picture needs no lock
        from sandbox.app.live_switch import propose, start_of  # noqa: PLC0415 - see above

        session = self._session
        if session.live is not None:
            return session.live.propose(provider)
        return propose(session, provider, start_of(Command(verb=self.verb)))

    def _ask_lock(self, proposal: "Proposal") -> None:
        """Ask whether a provider shall be real."""
        name, live = proposal.provider, self._session.live

        def confirm(typed: str) -> "Sequence[Missing]":
            if live is None:  # then `--live` is missing, and there is nothing to type into
                raise AssertionError(name)
            return live.switch(proposal, typed)

        def done(is_real: bool | None) -> None:  # noqa: FBT001 - what the card gives
            back = "x has everything simulated again"
            real = f"LIVE: {name} is real from here on; {back}"
            self._answer(real if is_real else f"nothing was switched: {name} is simulated")

        self._show_card(f"Really send through {name}?", proposal, confirm, done)

    def _show_card(
        self,
        title: str,
        proposal: "Proposal",
        confirm: "Confirm",
        done: Callable[[bool | None], None],
    ) -> None:
        from sandbox.app.live_switch import lines_of, told, unheard_of  # noqa: PLC0415 - see above

        def lines(typed: str) -> list[str]:
            try:
                return [*lines_of(confirm(typed))]
            except SandboxError as error:
                return [str(error).splitlines()[0]]

        missing = [*lines_of(proposal.missing), *unheard_of(proposal)]
        card = SwitchCard(title, [*told(proposal)], missing, lines, self._palette_of())
        self.app.push_screen(card, done)

    def _send_in_real_time(self, live: "LiveSession", draft: Draft) -> str:
        """Send a message of one's own, or ask the live lock about it when the card is gone."""
        try:
            written = live.write(draft)
            if written.proposal is None:
                live.request(written)
        except SandboxError as error:
            return str(error).splitlines()[0]
        name = written.own.name
        if written.proposal is None:
            self._answer(f"{name} is on its way, simulated")
        else:
            self.app.call_later(self._ask_about_own, live, written, written.proposal)
        return ""

    def _ask_about_own(self, live: "LiveSession", written: "Written", about: "Proposal") -> None:
        name = written.own.name

        def done(is_sent: bool | None) -> None:  # noqa: FBT001 - what the card gives
            self._answer(f"LIVE: {name} is on its way" if is_sent else f"{name} was not sent")

        def confirm(typed: str) -> "Sequence[Missing]":
            return live.request(written, typed)

        self._show_card(f"Really send {name}?", about, confirm, done)

    def action_all_simulated(self) -> None:
        """Have all later submissions simulated, at once."""
        live = self._session.live
        were = live.all_simulated() if live is not None else ()
        names = ", ".join(were)
        done = f"everything is simulated from here on: {names} too; what is out is still heard"
        self._answer(done if were else ALREADY)
