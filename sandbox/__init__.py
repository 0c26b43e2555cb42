"""Fallback Sandbox: watch, break and prove a messaging fallback before a person depends on it."""

__version__ = "0.1.0"
