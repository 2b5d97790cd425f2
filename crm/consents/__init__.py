"""The consent ledger: who agreed to which text, and who took it back."""
