"""The forms that values have as JSON: plain data as themselves, all else as lists that open with a tag."""
