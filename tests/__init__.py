"""Tests of Soglasie CRM: `house/` walks the whole house, one folder per room tests the room."""
