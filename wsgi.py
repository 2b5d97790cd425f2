"""The application that a WSGI server serves."""

from crm import create_app

app = create_app()
