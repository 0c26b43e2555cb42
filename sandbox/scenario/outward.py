"""What a level says to a vendor: its wording, as an adapter takes it."""

from sandbox.adapters.codec import Content, Template, Text
from sandbox.errors import MisuseError
from sandbox.scenario.model import Route, Wording
from sandbox.scenario.verification import PLACEHOLDER


def content_of(wording: Wording, code: str) -> Content:
    """What is said, with the code where it stands.

    Args:
        wording: What the scenario writes.
        code: As many characters as the wording has digits; "" where it has none.

    Raises:
        MisuseError: the code is of another length.
    """
    if len(code) != wording.digits:
        raise MisuseError(f"a code of {len(code)} digits, {wording.digits} are asked")
    template = wording.template
    if template is None:
        return Text(_filled(wording.text, code))
    values = tuple(_filled(each, code) for each in template.parameters)
    return Template(template.name, template.language, values)


def _filled(text: str, code: str) -> str:
    return text.replace(PLACEHOLDER, code) if code else text


def sender_of(wording: Wording, route: Route) -> str:
    """Who it comes from: as the level says, else the provider; "": the vendor may choose."""
    return route.sender if wording.sender is None else wording.sender
