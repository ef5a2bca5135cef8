"""The command line: one verb a file, and what the verbs share.

- ``app``: the table of verbs, and how an error becomes a line and an exit code
- ``demo``, ``run``, ``graph``: the verbs
- ``target``, ``inputs``: what people type, read
- ``execution``: a run under a person's eyes, who may press Ctrl-C
- ``progress``: what is told while it runs
- ``document``, ``jsonform``: what ``--json`` prints
- ``streams``, ``errors``: where a command speaks, and how it says that something is wrong

Only ``planweave.__main__`` imports from here.
"""
