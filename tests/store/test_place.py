from sandbox.store.place import caps_path, default_path


def test_runs_are_kept_in_one_file_of_the_users_own_data() -> None:
    """Not in the working folder, not in a temporary one: in a folder named after the product."""
    path = default_path()
    assert path.is_absolute()
    assert path.parts[-2:] == ("fallback-sandbox", "runs.sqlite")


def test_caps_are_kept_beside_them() -> None:
    path = caps_path()
    assert path.is_absolute()
    assert path.parts[-2:] == ("fallback-sandbox", "caps.sqlite")
