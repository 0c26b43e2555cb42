"""A scenario full of numbers, texts and codes, some of them hostile, and what must not get out."""

from typing import Final

SCENARIO: Final = """\
schema: 1
name: telling-4829
title: "<script>alert(1)</script> \\u202e call +49 151 12345678"
description: "Ask 0800-123456 for <b>help</b>"
seed: 11
cascades:
  zeta:
    content: {text: "Your code is 482913 </style><img src=x onerror=alert(1)>"}
    levels: [sms, whatsapp, viber]
  alpha-771122:
    deadline: 40s
    content: {text: "Hi"}
    levels: [{channel: whatsapp, wait: 10s}, {channel: sms, wait: 10s}]
providers:
  sms:
    channel: sms
    submit: {outcomes: {accepted: rest, refused.permanent: 10%}}
    delivery:
      reasons:
        refused.permanent:
          X4829: {share: 100%, class: permanent-recipient, text: "+4915112345678 <b>unknown</b>"}
recipients:
  population: 50
  people: {anna: {phone: "+4915112345678", country: DE}}
load:
  - {burst: 40, cascade: zeta}
  - {burst: 20, at: 700ms, cascade: zeta}
  - {burst: 60, at: 1s, cascade: alpha-771122}
  - {message: otp-anna-998877, to: anna, at: 2s, cascade: zeta}
faults:
  - id: down-554433
    at: 600ms
    for: 2s
    provider: sms
    set: {delivery.reasons: {refused.permanent: {Y777: {share: 100%, class: stop, text: "fraud!"}}}}
expect:
  all: [delivery_rate >= 99%, cost.total <= 1 EUR]
  messages: {otp-anna-998877: {path: [viber:delivered], ends: delivered}}
"""

SECRETS: Final = (
    "4829", "482913", "Your code is", "4915112345678", "151 12345678", "12345678", "0800-123456",
    "771122", "998877", "554433", "X4829", "Y777", "fraud!", "unknown</b>", "unknown&lt;",
)  # fmt: skip
"""What an export that is redacted may not have anywhere."""
