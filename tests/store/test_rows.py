from sandbox.store.rows import MessageRow, RunRow, State


def test_a_run_is_called_by_its_number() -> None:
    """People say r7."""
    blank: dict[str, None] = dict.fromkeys(RunRow._fields)
    told = blank | {"run": 7, "state": State.FINISHED}
    row = RunRow(**told)  # type: ignore[arg-type]  # the other fields are blank
    assert row.name == "r7"


def test_a_message_has_a_row_of_its_own() -> None:
    """The columns stand in the order of the table, which the insert relies on."""
    assert MessageRow._fields[:3] == ("message", "name", "cascade")
    assert len(MessageRow._fields) == 12
