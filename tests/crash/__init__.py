"""The server killed in the middle of its work."""
