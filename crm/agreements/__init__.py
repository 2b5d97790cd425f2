"""What people agree to: documents of the operator, their ready templates and immutable versions."""
