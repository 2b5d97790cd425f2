"""Tests of clients: recognising, finding and reading them."""
