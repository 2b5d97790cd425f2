"""Who did and who read what, when (152-FZ art. 19(2)(8): all actions with personal data are registered)."""
