"""Which order and which waits to take."""

from fractions import Fraction

import pytest

from sandbox.app.recommend import Recommendation, recommend
from sandbox.errors import UsageError
from sandbox.report.front import Score, Wish
from sandbox.scenario.loader import load
from tests.support.scenario_texts import SMALL
from tests.support.studies import FAILING, KNOWN

ONE = KNOWN.replace("  direct: [{channel: whatsapp, wait: 30s}]\n", "")
NO_WISH = Wish()
CENT = Fraction(10_000_000)
ALL = Fraction(1)
SECOND = Fraction(1_000_000)


def recommended(text: str, wish: Wish = NO_WISH, **others: object) -> Recommendation:
    told = {"seeds": (1, 2), "messages": 100, "processes": 1, **others}
    return recommend(text, wish, **told)  # type: ignore[arg-type]  # as the test says


def chosen(told: Recommendation) -> str:
    return "" if told.chosen is None else told.front[told.chosen].words


def test_the_front_is_what_can_be_worked_out_by_hand() -> None:
    """SMS alone is quick and dear, WhatsApp alone slow and cheap; both bring everything."""
    told = recommended(ONE)
    scores = {option.words.split(" ")[0]: option.score for option in told.front}
    assert set(scores) == {"sms", "whatsapp"}
    assert scores["sms"] == Score(ALL, 5 * CENT, 2 * SECOND)
    assert scores["whatsapp"] == Score(ALL, 3 * CENT, 4 * SECOND)
    assert [option.words.split(" ")[0] for option in told.front] == ["whatsapp", "sms"]
    assert (told.chosen, told.nearest, told.snippet) == (None, None, "")


def test_a_budget_excludes_what_is_too_dear() -> None:
    """Four cents are too little for SMS."""
    told = recommended(ONE, Wish(budget=4 * CENT))
    assert chosen(told).startswith("whatsapp")
    assert told.chosen is not None
    assert told.front[told.chosen].fits == 2


def test_a_time_excludes_what_is_too_slow() -> None:
    """Three seconds are too little for WhatsApp."""
    assert chosen(recommended(ONE, Wish(p95=3 * SECOND))).startswith("sms")


def test_a_delivery_is_had_as_cheaply_as_can_be() -> None:
    """Both bring everything; WhatsApp costs less."""
    assert chosen(recommended(ONE, Wish(delivery=Fraction(1)))).startswith("whatsapp")


def test_what_cannot_be_had_is_said_with_the_nearest() -> None:
    """Nothing brings a message within three seconds for four cents."""
    told = recommended(ONE, Wish(budget=4 * CENT, p95=3 * SECOND))
    assert told.chosen is None
    assert told.nearest is not None
    assert told.snippet.startswith("cascades:\n  otp:\n")


def test_levels_that_bring_nothing_do_not_come_first() -> None:
    """Where every SMS fails, WhatsApp is the primary."""
    told = recommended(ONE, Wish(delivery=Fraction(99, 100)), settings=(FAILING,))
    assert [option.words.split(" ")[0] for option in told.front] == ["whatsapp"]
    assert chosen(told) == "whatsapp 30s, sms 30s"


def test_the_files_own_cascade_is_always_measured() -> None:
    """Whether or not it is on the front, so that one can see what a change would bring."""
    told = recommended(ONE, settings=(FAILING,))
    assert told.own is not None
    assert told.own.words == "sms 30s, whatsapp 30s"
    assert told.own.score.cost == 8 * CENT
    assert not any(option.is_own for option in told.front)


def test_what_changes_nothing_is_left_as_it_is() -> None:
    """Of ways that fare the same the one nearest to the file is told: its waits, its levels."""
    told = recommended(ONE, Wish(budget=4 * CENT))
    assert chosen(told) == "whatsapp 30s, sms 30s"


def test_processes_change_nothing() -> None:
    """The same front, the same choice, the same figures."""
    wish = Wish(budget=8 * CENT)
    alone = recommended(SMALL, wish)
    assert recommended(SMALL, wish, processes=2) == alone
    assert alone.tried > 60


def test_the_snippet_is_the_chosen_one() -> None:
    """Copied into a scenario it is that cascade."""
    told = recommended(SMALL, Wish(budget=8 * CENT))
    again = load(f"schema: 1\n{told.snippet}\nload: [{{burst: 1}}]\n")
    channels = [str(level.channel) for level in again.world.plans[0].levels]
    assert channels == [part.strip().split(" ")[0] for part in chosen(told).split(",")]


def test_a_long_load_is_thinned_out_and_that_is_said() -> None:
    """The figures say over how many messages they are."""
    told = recommended(SMALL.replace("burst: 20", "burst: 5000"))
    assert (told.messages, told.whole_load) == (100, False)
    assert recommended(SMALL).whole_load


def test_of_several_cascades_one_must_be_named() -> None:
    """The others are left alone, and are not in the figures."""
    with pytest.raises(UsageError, match="known has several cascades: otp, direct") as caught:
        recommended(KNOWN)
    assert caught.value.hint == "Say which one: --cascade otp."
    with pytest.raises(UsageError, match="no cascade 'opt' in known"):
        recommended(KNOWN, cascade="opt")
    told = recommended(KNOWN, cascade="otp")
    assert (told.cascade, len(told.front)) == ("otp", 2)


def test_where_nothing_arrives_nothing_is_recommended() -> None:
    """It is no front of empty figures."""
    all_fail = ("providers.whatsapp.delivery.outcomes", "{failed: 100%, delivered: rest}")
    with pytest.raises(UsageError, match="nothing ever arrives"):
        recommended(ONE, settings=(FAILING, all_fail))


def test_stages_are_told_with_their_progress() -> None:
    """Orders, waits, finalists; each up to its end."""
    stages: list[str] = []
    told: list[tuple[int, int]] = []

    def begin(stage: str) -> object:
        stages.append(stage)
        return lambda *each: told.append(each)

    recommended(ONE, stage=begin)
    assert stages == ["orders", "waits, round 1 of 2", "waits, round 2 of 2", "finalists"]
    assert told[-1][0] == told[-1][1]
