"""Rooms stand in one order, and so do the files of a room: imports only go down."""

import ast
import itertools
from collections.abc import Iterator

import pytest

from tests.house.sources import MODULES, functions, imports, own_imports, room, storey, tree

ROOMS = [
    *("core", "migrations", "config", "audit", "accounts", "agreements", "clients", "consents", "webforms", "widgets"),
    *("transfers", "erasure", "subject_requests", "cabinet", "compliance", "settings", "home", "demo_people", "demo", "cli", "__init__"),
]
STOREYS = ["models", "policy", "queries", "commands", "doors", "forms", "public", "views"]
ROOF = {"forms", "public", "views"}
"""Files of pages: they may read rooms above their own, and nothing but pages imports them."""
PRIVATE = {"forms", "public", "views"}
REVIEWED = {
    ("clients.models", "clients.policy"): "of which category a captured value is, is a rule",
    ("webforms.models", "clients.policy"): "of which category an answer is, is a rule",
    ("settings.views", "accounts.forms"): "requisites and staff are things of accounts, shown among the settings",
}
STRANGERS = {
    "models": {"flask"},
    "policy": {"flask", "sqlalchemy", "crm.core.db"},
    "forms": {"sqlalchemy", "crm.core.db"},
}
"""Modules that a kind of file has no business with."""
OF_THE_REQUEST = {"request", "session", "flash", "g"}

every_module = pytest.mark.parametrize("name", MODULES)


@every_module
def test_a_room_imports_only_rooms_below_it(name):
    above = {
        other
        for other in own_imports(MODULES[name])
        if ROOMS.index(room(other)) > ROOMS.index(room(name)) and (name, other) not in REVIEWED
    }
    assert not above or storey(name) in ROOF


@every_module
def test_a_file_imports_only_lower_files_of_its_room(name):
    for other in own_imports(MODULES[name]):
        is_ordered = room(other) == room(name) and {storey(other), storey(name)} <= set(STOREYS)
        is_below = not is_ordered or STOREYS.index(storey(other)) < STOREYS.index(storey(name))
        assert is_below or (name, other) in REVIEWED, other


@every_module
def test_nobody_imports_the_pages_of_another_room(name):
    pages = {other for other in own_imports(MODULES[name]) if storey(other) in PRIVATE and room(other) != room(name)}
    assert not {other for other in pages if (name, other) not in REVIEWED} or name == "__init__"


def test_no_chain_of_imports_leads_back_to_its_start():
    waiting = {name: own_imports(path) - {name} for name, path in MODULES.items()}
    while leaves := {name for name, others in waiting.items() if not others & set(waiting)}:
        waiting = {name: others for name, others in waiting.items() if name not in leaves}
    assert not waiting


@every_module
def test_a_file_imports_what_its_kind_may(name):
    found = {where for where, _ in imports(MODULES[name])}
    assert not found & STRANGERS.get(storey(name), set())


@pytest.mark.parametrize("name", [name for name in MODULES if storey(name) in ("queries", "commands")])
def test_queries_and_commands_know_no_request(name):
    names = {item for where, item in imports(MODULES[name]) if where == "flask"}
    assert not names & OF_THE_REQUEST


@every_module
def test_imports_stand_at_the_top(name):
    inside = itertools.chain.from_iterable(ast.walk(function) for function in functions(MODULES[name]))
    assert not [node.lineno for node in inside if isinstance(node, ast.Import | ast.ImportFrom)]


@every_module
def test_no_cycle_is_hidden(name):
    assert not set(_names(MODULES[name])) & {"TYPE_CHECKING", "backref", "back_populates", "importlib", "__import__"}


def test_every_reviewed_import_is_still_there():
    assert {pair for pair in REVIEWED if pair[1] not in own_imports(MODULES[pair[0]])} == set()


def _names(path: object) -> Iterator[str]:
    for node in ast.walk(tree(path)):  # type: ignore[arg-type]  # a path of MODULES
        if isinstance(node, ast.Name | ast.alias | ast.keyword):
            yield str(getattr(node, "id", None) or getattr(node, "name", None) or getattr(node, "arg", ""))
