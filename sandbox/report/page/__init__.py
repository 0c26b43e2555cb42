"""The page of a run: one file of HTML that stands for itself, with its plots drawn in place."""
