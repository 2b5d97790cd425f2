"""A process of its own that makes a PDF: HTML comes by standard input, the PDF goes to standard output.

It is started by its path (see pdf.py), so nothing of the application is loaded, and it knows no secret. It may use so
much of the processor and of memory, may write no file, and follows no address but data: of the page itself.
"""

import resource
import shutil
import subprocess
import sys
from importlib import import_module

CPU_SECONDS, ADDRESS_SPACE = 30, 1536 * 1024 * 1024
NO_LIBRARIES, NO_FONT = 3, 4
"""How it ends where the machine lacks what is needed."""


def main() -> int:
    """Make one PDF; how it ended."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a picture of its memory would hold the person's data
    html = sys.stdin.buffer.read().decode()
    try:
        weasyprint = import_module("weasyprint")  # after the limits
        fetcher = import_module("weasyprint.urls").URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    except (ImportError, OSError):
        return NO_LIBRARIES
    if not _has_cyrillic():
        return NO_FONT
    page = weasyprint.HTML(string=html, url_fetcher=fetcher, base_url=None)
    sys.stdout.buffer.write(page.write_pdf(pdf_variant="pdf/ua-1"))
    return 0


def _has_cyrillic() -> bool:
    """Whether any font here has Russian letters; where nobody can tell, it is believed."""
    lister = shutil.which("fc-list")
    if lister is None:
        return True
    listed = subprocess.run([lister, ":lang=ru", "family"], capture_output=True, check=False)  # noqa: S603  # ours
    return bool(listed.stdout.strip())


if __name__ == "__main__":
    sys.exit(main())
