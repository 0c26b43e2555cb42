"""What happened: the event log, its canonical form and its digest. Pure."""
