"""What can't be imported."""

raise ValueError("on purpose")
