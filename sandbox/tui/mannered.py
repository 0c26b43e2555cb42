"""What the app does in every place: settings, keys, themes, signs, the palette, copying, jumps."""

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from textual.app import App
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen
from textual.theme import Theme
from textual.widget import Widget

from sandbox.app.copying import message_json, write_copy
from sandbox.app.session import Session
from sandbox.app.settings import Glyphs
from sandbox.errors import SandboxError
from sandbox.scenario import library
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.tui.actions import Action
from sandbox.tui.clipboard import BYTES_MAX, can_copy
from sandbox.tui.desk import Place
from sandbox.tui.finding import (
    action_entries,
    message_finder,
    place_entries,
    run_entries,
    scenario_entries,
    theme_entries,
)
from sandbox.tui.glyphs import AsciiFilter, encoding_of_terminal, wants_ascii
from sandbox.tui.keymap import USUAL, Keymap, actions_by_place, keyed, read_keymap
from sandbox.tui.memory import Memory
from sandbox.tui.screens.jump import JumpScreen, panels_of
from sandbox.tui.screens.palette import Entry, PaletteScreen
from sandbox.tui.terminal import driver_for
from sandbox.tui.themes import DOMAIN_COLOURS, SANDBOX_DARK, THEMES, Palette, palette_of


class MannerlyApp(App[int]):
    """The part of the app that is the same wherever one is."""

    folder: Path
    store: Path | None
    session: Session
    wanted_run: str

    def __init__(self, settings: Path | None) -> None:
        """Make it.

        Args:
            settings: The file of what is remembered; None remembers nothing, and takes the
                terminal to be one that shows everything.
        """
        self._ascii = AsciiFilter(enabled=False)  # asked for while the app is being made
        super().__init__()
        self.memory = Memory(settings)
        self.keymap: Keymap = USUAL
        self._palette: Palette | None = None
        self._theme_before = ""
        if settings is not None:
            glyphs, terminal = self.memory.settings.glyphs, os.environ.get("TERM", "")
            self._ascii.enabled = wants_ascii(glyphs, encoding_of_terminal(), terminal)

    def _say(self, text: str) -> None:
        """Answer a key, whatever place is shown."""
        raise NotImplementedError

    def repaint(self) -> None:
        """Draw every screen that is in sight as it stands."""
        raise NotImplementedError

    def go(self, place: Place) -> None:
        """Show a place."""
        raise NotImplementedError

    def open_scenario(self, scenario: Scenario, message: int | None = None) -> None:
        """Go to the live screen with a scenario."""
        raise NotImplementedError

    def show_message(self, message: int) -> None:
        """Go to a message of the live run."""
        raise NotImplementedError

    def shown_actions(self) -> Sequence[Action]:
        """What can be done in the place that is shown, with its keys; empty below a card."""
        raise NotImplementedError

    def chosen_message(self) -> tuple[Session, int] | None:
        """The message under the cursor, with its run; None for none."""
        raise NotImplementedError

    # Settings --------------------------------------------------------------------------------

    def put_on(self) -> None:
        """Put on what is remembered: theme, keys; called when the app is mounted."""
        for theme in THEMES:
            self.register_theme(theme)
        settings = self.memory.settings
        is_known = settings.theme in self.available_themes
        self.theme = settings.theme if is_known else SANDBOX_DARK.name
        if settings.theme and not is_known:
            self.memory.note(f"there is no theme '{settings.theme}'")
        if settings.keys:
            self.keymap = read_keymap(settings.keys, actions_by_place())
            self.set_keymap(self.keymap.keys)
            for problem in self.keymap.problems:
                self.memory.note(f"keys: {problem}")
        self.theme_changed_signal.subscribe(self, self._on_theme)
        self.call_after_refresh(self.tell_trouble)

    def tell_trouble(self) -> None:
        """Say once what of the settings is of no use, or could not be written."""
        trouble = self.memory.trouble()
        if trouble:
            self._say(trouble)

    def forget_card(self) -> None:
        """Do not show the card of the first start again."""
        self.memory.change(lambda was: replace(was, is_card_dismissed=True))
        self.tell_trouble()

    def keyed(self, place: str, actions: Sequence[Action]) -> Sequence[Action]:
        """The actions of a place with the keys they really have."""
        return keyed(place, actions, self.keymap)

    # Looks -----------------------------------------------------------------------------------

    def get_driver_class(self) -> type[Driver]:
        """Paint on the terminal, wherever the standard streams lead."""
        return driver_for(super().get_driver_class())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give every theme the colours of the channels."""
        return dict(DOMAIN_COLOURS)

    def palette(self) -> Palette:
        """The styles of the theme that is on."""
        if self._palette is None:
            self._palette = palette_of(self.theme_variables)
        return self._palette

    def _on_theme(self, _: Theme) -> None:
        self._palette = None
        self.repaint()

    def action_next_theme(self) -> None:
        """Put on the next theme of this program."""
        names = [theme.name for theme in THEMES]
        at = names.index(self.theme) if self.theme in names else -1
        self.put_theme_on(names[(at + 1) % len(names)])

    def put_theme_on(self, name: str) -> None:
        """Put a theme on, and remember it."""
        self.theme = name
        self.memory.change(lambda was: replace(was, theme=name))
        self._say(f"theme: {name}")
        self.tell_trouble()

    def _preview(self, name: str) -> None:
        self.theme = name or self._theme_before

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What happens to each line at the very end: in ASCII, that comes last."""
        filters = list(super().get_line_filters())
        return [*filters, self._ascii] if self._ascii.enabled else filters

    def action_glyphs(self) -> None:
        """Draw with the other set of signs, and remember that."""
        is_ascii = self._ascii.enabled = not self._ascii.enabled
        glyphs = Glyphs.ASCII if is_ascii else Glyphs.UNICODE
        self.memory.change(lambda was: replace(was, glyphs=glyphs))
        self.refresh_css(animate=False)
        self._say("drawn in ASCII" if is_ascii else "drawn with all signs")
        self.tell_trouble()

    # Palette ---------------------------------------------------------------------------------

    def action_palette(self) -> None:
        """Find something by a few letters, and do it."""
        below = self.screen
        self._theme_before = self.theme
        shown = self.shown_actions()
        keyed_here = {action.name for action in shown}
        keyless = [action for action in self.keyless() if action.name not in keyed_here]
        entries = [
            *action_entries(shown, partial(self._do, below)),
            *action_entries(keyless, partial(self._do, below)),
            *place_entries(self.go),
            *theme_entries(self._theme_names(), self.put_theme_on),
        ]
        find = message_finder(self.session, self.show_message)
        screen = PaletteScreen(entries, find, self.palette, self._preview)
        self.push_screen(screen, self._chosen)
        self.run_worker(partial(self._look_further, screen), thread=True, group="palette",
                        exit_on_error=False)  # fmt: skip

    def keyless(self) -> Sequence[Action]:
        """What only the palette does, in every place."""
        return KEYLESS

    def _theme_names(self) -> list[str]:
        own = [theme.name for theme in THEMES]
        return own + sorted(set(self.available_themes) - set(own))

    def _look_further(self, screen: PaletteScreen) -> None:
        """Scenarios and stored runs, which are read from disk."""
        entries = scenario_entries(self.folder, self._open_source)
        entries += run_entries(self.store, self._open_run)
        self.call_from_thread(screen.have, entries)

    def _chosen(self, entry: Entry | None) -> None:
        if entry is None or not entry.theme:
            self.theme = self._theme_before
        if entry is not None:
            self.call_later(entry.do)

    def _do(self, below: Screen[object], name: str) -> None:
        self.call_later(partial(self.run_action, name, default_namespace=below))

    def _open_source(self, source: str) -> None:
        try:
            scenario = load(library.find(source))
        except SandboxError as error:
            self._say(f"cannot be used: {str(error).splitlines()[0]}")
            return
        self.open_scenario(scenario)

    def _open_run(self, name: str) -> None:
        self.wanted_run = name
        self.go(Place.REPLAY)

    # Jumps -----------------------------------------------------------------------------------

    def action_jump(self) -> None:
        """Put a letter on each panel in sight."""
        panels = panels_of(self.screen)
        if len(panels) < 2:
            self._say("no other panel is in sight")
            return

        def give_keys(panel: Widget | None) -> None:
            if panel is not None:
                panel.focus()
                self.repaint()

        self.push_screen(JumpScreen(panels, self.palette()), give_keys)

    # Copying ---------------------------------------------------------------------------------

    def action_copy_id(self) -> None:
        """Copy the id of the chosen message."""
        chosen = self.chosen_message()
        if chosen is None:
            self._say("no message to copy here")
            return
        self._copy(f"m{chosen[1]}", f"m{chosen[1]}", f"m{chosen[1]}")

    def action_copy_json(self) -> None:
        """Copy all that is known of the chosen message."""
        chosen = self.chosen_message()
        if chosen is None:
            self._say("no message to copy here")
            return
        session, message = chosen
        text = message_json(session, message)
        if text is None:
            self._say(f"m{message}: its lines are no longer kept")
            return
        self._copy(text, f"m{message}", f"m{message} as JSON")

    def _copy(self, text: str, name: str, words: str) -> None:
        if can_copy(text, os.environ, is_web=self.is_web):
            self.copy_to_clipboard(text)
            self._say(f"copied {words}, if the terminal lets a program do that")
            return
        size = len(text.encode())
        why = f"{size:,} bytes are too long to copy" if size > BYTES_MAX else "no clipboard here"
        if self.is_viewer:
            self._say(f"not copied: {why}")
            return
        try:
            path = write_copy(self.folder, name, text)
        except SandboxError as error:
            self._say(f"not copied: {why}; {str(error).splitlines()[0]}")
            return
        self._say(f"{why}: written to {path.name}")

    @property
    def is_viewer(self) -> bool:
        """Somebody in a browser looks at it, who may change the run and nothing else."""
        raise NotImplementedError


KEYLESS: Sequence[Action] = (
    Action("app.glyphs", "", "", "Glyphs", "Draw in ASCII, or with all signs again"),
)
"""What only the palette does."""
