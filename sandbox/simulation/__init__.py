"""The simulated world: providers, people, load and faults on one agenda. Pure."""
