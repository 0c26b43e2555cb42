from sandbox.tui.telling import told_of
from tests.tui.stage import advance, stage


async def test_a_story_is_told_as_it_stands() -> None:
    """With what is not in the log; of a message that never was there is none."""
    app = stage()
    async with app.run_test(size=(80, 24)):
        advance(app, 30)
        told = told_of(app.session, 1)
        assert told is not None
        assert told.phone == app.session.phone_of(1)
        assert told.now_us == app.session.now_us
        assert told.currency == "EUR"
        assert told_of(app.session, 10**6) is None
