"""Walking tests: each proves one rule of the house for everything that is in it, also for what comes later."""
