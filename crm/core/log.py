"""Logs without personal data: an error is logged by its type and the lines of code it went through.

Messages of exceptions are left out on purpose: libraries put the values they choke on into them.
"""

import logging
import sys
import traceback
from types import TracebackType

from flask import Flask

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Discreet(logging.Formatter):
    """Formats records on one line each, exceptions as type and code lines only."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")

    def formatException(self, ei: ExcInfo) -> str:
        if ei[0] is None:
            return ""
        frames = traceback.extract_tb(ei[2])
        lines = [f"  {frame.filename}:{frame.lineno} {frame.name}: {frame.line}" for frame in frames]
        return "\n".join([*lines, ei[0].__qualname__])

    def formatStack(self, stack_info: str) -> str:
        return ""


def init_app(app: Flask) -> None:
    """Send the application's log to standard error, discreetly."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Discreet("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    app.logger.handlers = []
    app.logger.propagate = True
