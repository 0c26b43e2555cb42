"""The vendors' side of the wire: reads what an adapter writes, and writes what an adapter reads."""
