"""Tests of the ground: the mechanisms that every room stands on."""
