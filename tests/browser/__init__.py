"""Real people in a real Chromium against a real server; every window is watched (watching.py)."""
