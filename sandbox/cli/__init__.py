"""A face for the shell: arguments, exit codes, plain and JSON output."""
