"""Tests of destruction and of its acts."""
