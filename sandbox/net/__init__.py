"""HTTP, both ways: what leaves for a vendor, and what a vendor sends; httpx and ASGI live here."""
