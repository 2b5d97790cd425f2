"""Requests of data subjects (152-FZ art. 14, 20, 21): taken in, counted down, handled, answered, proved."""
