"""Clients: the data subjects the operator knows."""
