from sandbox.tui.desk import Place


def test_the_places_have_the_keys_one_to_five() -> None:
    """The order of the places is the order of their keys."""
    assert [(place.key, place.label) for place in Place] == [
        ("1", "Live"), ("2", "Scenarios"), ("3", "Compare"), ("4", "Replay"), ("5", "Config"),
    ]  # fmt: skip
