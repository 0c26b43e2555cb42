"""Use cases: the only place that wires things together."""
