"""The application that a WSGI server serves; with JOBS=embedded it also works the queue of jobs off."""

import os

from crm import create_app
from crm.core import jobs
from crm.webforms import counts

app = create_app()
counts.write_at_the_end(app)
if app.config["JOBS"] == "embedded" and "FLASK_RUN_FROM_CLI" not in os.environ:  # no threads behind a flask command
    jobs.start_embedded(app)
