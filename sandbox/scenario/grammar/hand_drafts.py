"""What somebody did by hand that is about no provider and no message, as far as it was read."""

from typing import NamedTuple

from sandbox.scenario.nodes import MapNode, ScalarNode


class HandMoveDraft(NamedTuple):
    """From an instant on, new messages of a cascade go through another."""

    node: MapNode
    at_us: int
    cascade: ScalarNode
    becomes: ScalarNode
