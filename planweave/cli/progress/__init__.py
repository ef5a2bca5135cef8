"""What is told while a run goes on: a live display on a terminal, plain lines elsewhere, nothing when nobody asked.

- ``ledger``: what the events say is going on; pure, and cheap enough for every event of a large run
- ``live``: the ledger as a display that is drawn anew a few times a second
- ``lines``: the events worth telling, as lines
- ``watch``: which of the two, for a stream
"""
