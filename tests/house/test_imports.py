"""Rooms stand in one order, and so do the files of a room: imports only go down."""

import ast

import pytest

from tests.house.sources import FILES, MODULES, functions, imports, own_imports, room, storey, tree

ROOMS = [
    *(
        "core",
        "migrations",
        "config",
        "audit",
        "accounts",
        "mail",
        "agreements",
        "clients",
        "consents",
        "webforms",
        "widgets",
    ),
    *(
        "transfers",
        "erasure",
        "subject_requests",
        "cabinet",
        "compliance",
        "settings",
        "home",
        "demo_people",
        "demo_requests",
        "demo_papers",
        "demo_company",
        "demo",
        "cli",
        "__init__",
    ),
]
STOREYS = ["models", "policy", "queries", "commands", "doors", "forms", "public", "views"]
ROOF = {"forms", "public", "confirm", "views"}
"""Files of pages: they may read rooms above their own, and nothing but pages imports them."""
REVIEWED = {
    ("clients.models", "clients.policy"): "of which category a captured value is, is a rule",
    ("webforms.models", "clients.policy"): "of which category an answer is, is a rule",
    ("settings.views", "accounts.forms"): "staff are a thing of accounts, shown among the settings",
    ("settings.company", "accounts.forms"): "requisites are a thing of accounts, shown among the settings",
}
STRANGERS = {
    "models": {"flask"},
    "policy": {"flask", "sqlalchemy", "crm.core.db"},
    "forms": {"sqlalchemy", "crm.core.db"},
}
"""Modules that a kind of file has no business with."""
OF_THE_REQUEST = {"request", "session", "flash", "g"}


def above(name):
    """Imports of rooms above a file's own; files of pages may read any room."""
    others = own_imports(MODULES[name]) if storey(name) not in ROOF else set()
    return {other for other in others if ROOMS.index(room(other)) > ROOMS.index(room(name))}


def upstairs(name):
    """Imports of files that do not stand below this one in its own room."""
    mine = {other for other in own_imports(MODULES[name]) if room(other) == room(name)}
    ordered = {other for other in mine if {storey(other), storey(name)} <= set(STOREYS)}
    return {other for other in ordered if STOREYS.index(storey(other)) >= STOREYS.index(storey(name))}


def into_pages(name):
    """Imports of pages of other rooms; the house itself puts them together."""
    others = own_imports(MODULES[name]) if name != "__init__" else set()
    return {other for other in others if storey(other) in ROOF and room(other) != room(name)}


@pytest.mark.parametrize("fault", [above, upstairs, into_pages])
def test_imports_only_go_down(fault):
    assert {(name, other) for name in MODULES for other in fault(name)} - set(REVIEWED) == set()


def test_every_reviewed_import_is_still_there():
    assert {pair for pair in REVIEWED if pair[1] not in own_imports(MODULES[pair[0]])} == set()


def test_no_chain_of_imports_leads_back_to_its_start():
    waiting = {name: own_imports(path) - {name} for name, path in MODULES.items()}
    while leaves := {name for name, others in waiting.items() if not others & set(waiting)}:
        waiting = {name: others for name, others in waiting.items() if name not in leaves}
    assert not waiting


def test_a_file_imports_what_its_kind_may():
    found = {(name, where) for name, path in MODULES.items() for where, _ in imports(path)}
    assert {(name, where) for name, where in found if where in STRANGERS.get(storey(name), set())} == set()


def test_queries_and_commands_know_no_request():
    names = {(name, item) for name, path in MODULES.items() for where, item in imports(path) if where == "flask"}
    assert {name for name, item in names if storey(name) in ("queries", "commands") and item in OF_THE_REQUEST} == set()


def test_imports_stand_at_the_top():
    inside = ((path, node) for path in FILES for function in functions(path) for node in ast.walk(function))
    assert [(path.name, node.lineno) for path, node in inside if isinstance(node, ast.Import | ast.ImportFrom)] == []


def test_no_cycle_is_hidden():
    hiding = {"TYPE_CHECKING", "backref", "back_populates", "importlib", "__import__"}
    assert {name: words for name, path in MODULES.items() if (words := hiding & words_of(path))} == {}


def words_of(path):
    """Every name, imported name and keyword of a file."""
    parts = {ast.Name: "id", ast.alias: "name", ast.keyword: "arg"}
    return {getattr(node, parts[type(node)]) for node in ast.walk(tree(path)) if type(node) in parts}
