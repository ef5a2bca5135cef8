"""Where the bodies of sync tasks run: threads and processes that one run owns."""
