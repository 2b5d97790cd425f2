"""The operator's mail server: its settings, and the only road by which letters leave."""
