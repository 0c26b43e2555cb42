"""What is sent at each level, from whom and by which template (S28, S29).

A level sends its own `content`, or what its `template` says, or the cascade's `content`. What its
channel needs and it has not is complained about before anything runs, as is a text the channel
would not take.
"""

from collections.abc import Mapping
from typing import Final

from sandbox.cascade.message import segments
from sandbox.cascade.vocabulary import Channel
from sandbox.scenario.codes import Code
from sandbox.scenario.grammar.cascades import NO_TEMPLATE, NONE
from sandbox.scenario.grammar.drafts import CascadeDraft, LevelDraft, TemplateDraft
from sandbox.scenario.nodes import MapNode, ScalarNode, core_value
from sandbox.scenario.problems import Problems, did_you_mean
from sandbox.scenario.verification import text_with_code

SMS: Final = Channel("sms")
WHATSAPP: Final = Channel("whatsapp")
VIBER: Final = Channel("viber")

NAMES: Final[Mapping[Channel, str]] = {SMS: "SMS", WHATSAPP: "WhatsApp", VIBER: "Viber"}

LONGEST: Final[Mapping[Channel, int]] = {SMS: 1600, WHATSAPP: 1024, VIBER: 1000}
"""Characters a channel takes. SMS: Twilio's Body, up to 1600; WhatsApp: 1024 in the older of
Dexatel's two tables (the newer says 1000); Viber: 1000 with Dexatel, Infobip and Routee."""

NEEDS_SENDER: Final = frozenset({WHATSAPP, VIBER})
"""Both carry messages of registered businesses only. An SMS without a sender gets one from its
provider, as from Twilio's Messaging Services."""

NEEDS_TEMPLATE: Final = frozenset({WHATSAPP})
"""Free text is taken within 24 hours of the person's last message only (Meta), and people in a
scenario do not write."""


def text_node_of(level: LevelDraft, cascade: CascadeDraft) -> ScalarNode | None:
    """The text a level has of its own; None: the cascade's."""
    if level.content is not None:
        return _text_of(level.content.node)
    template = _template(level, cascade)
    return _text_of(template.node) if template is not None else None


def check_contents(cascade: CascadeDraft, problems: Problems) -> None:
    """Complain about levels that lack what their channel needs, and texts that are too long."""
    for level in cascade.levels:
        _check_sender(level, problems)
        _check_template(level, cascade, problems)
        _check_length(level, cascade, problems)


def _text_of(node: MapNode) -> ScalarNode | None:
    text = node.get("text")
    return text if isinstance(text, ScalarNode) else None


def _template(level: LevelDraft, cascade: CascadeDraft) -> TemplateDraft | None:
    """The template a level names, where the cascade describes it."""
    if level.template is None or level.template is NO_TEMPLATE:
        return None
    described = {name.text: template for name, template in cascade.templates or ()}
    return described.get(level.template.name.text)


def _check_sender(level: LevelDraft, problems: Problems) -> None:
    if level.sender is NONE and level.channel in NEEDS_SENDER:
        problems.add(
            level.node.get("sender") or level.node,
            Code.MISSING_SENDER,
            f"a message on {NAMES[level.channel]} needs a sender",
            note="name one, or leave the key out",
        )
    elif level.sender is not None and _loses_digits(level.sender):
        text = f"YAML reads {level.sender.text} as a number, and drops what it begins with"
        problems.add(level.sender, Code.WRONG_TYPE, text, note=f'write "{level.sender.text}"')


def _loses_digits(node: ScalarNode) -> bool:
    """Whether a number is another text when it is written again: `+49…` without quotes."""
    value = core_value(node)
    return isinstance(value, int | float) and str(value) != node.text


def _check_template(level: LevelDraft, cascade: CascadeDraft, problems: Problems) -> None:
    at = level.node.get("template")
    if level.template is None or at is None:
        return
    if level.template is NO_TEMPLATE:
        if level.channel in NEEDS_TEMPLATE:
            text = f"a message on {NAMES[level.channel]} needs a template"
            note = "name one, or leave the key out"
            problems.add(at, Code.MISSING_TEMPLATE, text, note=note)
        return
    listed = cascade.node.map("templates")
    names = [name.text for name, _ in listed or ()]
    used = level.template.name
    if listed is not None and used.text not in names:
        problems.add(
            used,
            Code.UNKNOWN_TEMPLATE,
            f"there is no template '{used.text}'",
            note=did_you_mean(used.text, names),
            help_text=f"templates here: {', '.join(names) or 'none'}",
        )
    template = _template(level, cascade)
    if template is None:
        return
    if template.channel not in {None, level.channel}:
        text = f"'{used.text}' is for {template.channel}, this level is {level.channel}"
        problems.add(used, Code.WRONG_CHANNEL, text, note="name another template")
    if level.content is not None:
        text = "'content' and a template with a text of its own exclude each other"
        problems.add(level.content.node, Code.ONE_OF, text, note="keep one of both")


def _check_length(level: LevelDraft, cascade: CascadeDraft, problems: Problems) -> None:
    """Complain where the text was written, once for all levels that send it."""
    node = text_node_of(level, cascade) or _text_of(cascade.content.node)
    most = LONGEST[level.channel]
    sent = "" if node is None else text_with_code(node.text, cascade.content.code)
    if node is None or len(sent) <= most:
        return
    text = f"{NAMES[level.channel]} takes {most} characters, this text has {len(sent)}"
    if level.channel == SMS:
        text += f" (in {segments(sent).parts} segments)"
    problems.add(node, Code.TEXT_TOO_LONG, text, note="shorten it, or give the level its own")
