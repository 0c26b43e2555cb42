"""A face: the screen. Everything it shows comes from `sandbox.app.session`."""
