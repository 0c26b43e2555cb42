"""Who turns the hand: thin loops that decide only how fast the world goes."""
