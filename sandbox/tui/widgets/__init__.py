"""The panels of the screen; each draws its own lines."""
