"""Text in pictures: how wide it is, how it is shortened, and how it becomes markup."""
