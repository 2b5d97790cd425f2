"""Tests of the consent ledger and of receipts."""
