"""How worlds are drawn, swarm style: the number first draws which features are on at all.

A world in which everything goes wrong a little hides what only shows when a few things go wrong a
lot. So every run has its own choice of features, few or many, and the others are off: it is in the
combinations that bugs live.
"""

from typing import Final

from sandbox.simulation.distributions import Distribution, exponential, fixed, lognormal, uniform
from tests.support.hand import us
from tests.trust.lots import Lots

CHANNELS: Final = ("sms", "whatsapp", "viber")
A_DAY: Final = 86_400 * 1_000_000
"""One a second, as a rate in millionths a day."""

HEALED_US: Final = us(400)
"""From here on every provider is ideal, and no fault is on."""
TRUSTED_US: Final = HEALED_US + us(60)
"""From here on the effects of earlier faults are over: circuits are half-open, answers given up."""

SHARED: Final = frozenset({"rate limit", "quota", "breakers", "memory"})
"""Features by which one message touches another."""

PLAN_FEATURES: Final = (
    "more levels", "more plans", "backup providers", "read success", "early success", "origins",
    "retries", "resend", "next on unknown", "stop on expired", "short next_on", "countries",
    "late success ignored", "conflict", "tight deadline", "no deadline", "no wait", "long text",
    "breakers",
)  # fmt: skip
PROVIDER_FEATURES: Final = (
    "refused for good", "refused for now", "throttled", "cut off", "dropped", "slow answers",
    "rejected", "failed", "partial", "vanished", "filtered", "slow", "very slow", "validity",
    "reasons", "read", "charge bases", "refunds", "prices", "sent receipts", "segment receipts",
    "no echo",
)  # fmt: skip
RECEIPT_FEATURES: Final = (
    "lost", "late", "duplicated", "reordered", "before reply", "contradictory", "unknown id",
    "batched",
)  # fmt: skip
WORLD_FEATURES: Final = (
    "rate limit", "quota", "phones off", "forced answers", "forced fates", "ineligible", "magic",
    "scripts", "faults", "hands", "poisson", "ramp", "trace", "named",
)  # fmt: skip
SPECIAL_FEATURES: Final = ("codes", "acts", "quiet hours", "memory", "recall", "side by side")
"""What not every watch may know of: on in every second world only, so that the others are seen by
all of them."""
FEATURES: Final = (
    *PLAN_FEATURES,
    *PROVIDER_FEATURES,
    *RECEIPT_FEATURES,
    *WORLD_FEATURES,
    *SPECIAL_FEATURES,
)


class Draw:
    """The drawing of one world."""

    def __init__(self, seed: int, features: frozenset[str], *, coarse: bool) -> None:
        self.seed = seed
        self.features = features
        self.coarse = coarse
        """All times are whole seconds, so that many things fall on one instant."""

    def lots(self, purpose: str) -> Lots:
        """The luck of one part of the world: what is on elsewhere does not move it."""
        return Lots(self.seed, purpose)

    def on(self, feature: str) -> bool:
        return feature in self.features

    def time(self, lots: Lots, most: int) -> Distribution:
        """How long something takes: at most so many seconds, mostly."""
        if self.coarse or lots.happens(30):
            return fixed(us(lots.between(0, most)))
        p50 = us(lots.between(1, max(1, most // 2)))
        choices = (
            uniform(0, us(most)),
            lognormal(p50, p50 * lots.between(2, 5), us(3 * most)),
            exponential(p50, us(3 * most)),
        )
        return lots.one_of(choices)

    def share(self, feature: str, lots: Lots, most: int = 60) -> int:
        """A share in percent where the feature is on."""
        drawn = lots.between(2, most)
        return drawn if self.on(feature) else 0


def draw_features(seed: int, off: frozenset[str] = frozenset()) -> frozenset[str]:
    """Which features are on in a run: hardly any, a few, half of them or most."""
    lots = Lots(seed, "features")
    density = lots.one_of((10, 30, 50, 75))
    on = lots.some_of([name for name in FEATURES if name not in SPECIAL_FEATURES], density)
    if "faults" in on:  # some settings are read only where there is something to shape
        on += lots.some_of(("phones off", "read", "validity", "slow"), 45)
    if seed % 2 == 0:
        on += lots.some_of(SPECIAL_FEATURES, 65)
        if "memory" in on:  # only a person who cannot be reached is remembered
            on += lots.some_of(("reasons", "refused for good", "forced answers", "failed"), 80)
        if "recall" in on:  # only what is under way can be called back
            on += lots.some_of(("more levels", "very slow", "acts"), 80)
        if "side by side" in on:
            on += lots.some_of(("more levels",), 80)
    return frozenset(on) - off
