"""A face: scenario files as tests of pytest."""
