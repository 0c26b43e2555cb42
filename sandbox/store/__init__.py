"""Runs that are kept: one SQLite file, through aiosqlite, which lives here and nowhere else."""
