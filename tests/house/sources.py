"""The application's source, as the tests of its rules read it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = sorted(path for path in (ROOT / "crm").rglob("*.py") if "versions" not in path.parts)


def module(path: Path) -> str:
    """clients.views, home, __init__: a module's name inside crm."""
    return ".".join(path.relative_to(ROOT / "crm").with_suffix("").parts).removesuffix(".__init__")


MODULES = {module(path): path for path in FILES}


@cache
def tree(path: Path) -> ast.Module:
    """A file as a syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """What a file imports: (module, name) for every name, the name empty for a whole module."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


def own_imports(path: Path) -> set[str]:
    """The modules of the application that a file imports, by their names inside crm."""
    found = set()
    for where, name in imports(path):
        if where.split(".")[0] == "crm":
            inside = where.partition(".")[2]
            longer = f"{inside}.{name}".strip(".")
            found.add(longer if longer in MODULES else inside or "__init__")
    return found


def room(name: str) -> str:
    """The room of a module; a module straight under crm is a room of its own."""
    return name.partition(".")[0]


def storey(name: str) -> str:
    """What kind of file a module is."""
    return name.rpartition(".")[2]


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    """Every function of a file."""
    yield from (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef))
