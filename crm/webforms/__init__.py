"""Hosted forms: edited by staff, seen and sent by visitors."""
