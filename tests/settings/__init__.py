"""Tests of the pages where an operator sets everything up."""
