"""Tests of hosted forms: made by staff, filled in by visitors."""
