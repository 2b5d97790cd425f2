"""Destruction of a client's data, and the act that proves it (152-FZ art. 21, RKN Order 179 of 28.10.2022)."""
