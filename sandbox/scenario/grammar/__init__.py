"""The format of a scenario file, key by key.

`shapes`, `leaves` and `mixtures` are the vocabulary of the description; `cascades`, `providers`,
`recipients`, `traffic` and `scenario` the description itself, and `drafts` what is read by it. What
a later version will understand is named in `later`: refused as not built, and not in the schema.
"""
