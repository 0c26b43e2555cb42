"""What to run: scenario files, read, checked and made into a world.

Start at `loader`: it shows the way from a text to a `model.Scenario`, step by step, and names the
module of each step. `grammar/` is the format, key by key; `builtin/` holds the data a file need not
write: providers, people, and where their figures come from.
"""
