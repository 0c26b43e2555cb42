"""Scenarios for tests of the command line."""

from typing import Final

SMALL: Final = """\
schema: 1
name: small
title: Two hundred at once
cascades: {otp: [sms, whatsapp, viber]}
load: [{burst: 200}]
"""
HOLDS: Final = SMALL + "expect: [delivery_rate >= 50%]\n"
FAILS: Final = SMALL + "expect: [delivery_rate >= 100%, level.0.share <= 1%]\n"
