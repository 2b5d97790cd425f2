"""Tests of the mail server settings and of speaking SMTP."""
