"""What a browser would send for a page as it stands, for tests that then send something else."""

from werkzeug.test import TestResponse

from tests.pages import Page


def as_found(answer: TestResponse, field: str) -> dict[str, list[str]]:
    """The untouched values of the form that has this field."""
    return next(form.untouched() for form in Page(answer.text).forms if field in form.names())
