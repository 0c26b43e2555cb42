"""The machine: one message on its way down the levels. Standard library only, pure."""
