"""Real wire formats, client side: pure codecs between the machine's words and the vendors'."""
