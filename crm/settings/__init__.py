"""The pages where an operator sets everything up; the roof of the house."""
