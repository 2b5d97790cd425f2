"""Operators, the people who work for them, and whom each page lets in."""
