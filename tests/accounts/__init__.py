"""Tests of operators, their people and the doors they come in by."""
