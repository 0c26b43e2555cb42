"""What it means: metrics, laws, timelines and traces, as pure folds over the log."""
