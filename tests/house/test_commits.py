"""Only the core commits, and nobody outside it takes a road around the gate of tenancy."""

import ast

from tests.house.sources import MODULES, imports, room, tree

ENDS = {"commit", "rollback", "begin", "begin_nested"}
"""Methods that end or begin a transaction."""
ROADS_AROUND = {
    *("__table__", "engine", "get_engine", "engines", "connection", "connect", "raw_connection", "driver_connection"),
    *(
        "exec_driver_sql",
        "bulk_save_objects",
        "bulk_insert_mappings",
        "bulk_update_mappings",
        "get_bind",
        "no_autoflush",
    ),
}
"""Attributes that lead past the listeners of the session."""
LOOSE_TOOLS = {
    "text",
    "insert",
    "create_engine",
    "Session",
    "sessionmaker",
    "scoped_session",
    "literal_column",
    "Table",
}
"""Names of SQLAlchemy that write statements without the models."""
REVIEWED = {
    ("__init__", "engine"): "SQLite is set up when the application is made, before there is any session",
    ("erasure.commands", "engine"): "after the commit: SQLite's journal still holds the destroyed key",
    ("erasure.commands", "connect"): "the same",
    ("mail.smtp", "connect"): "to a mail server, not to the database",
}


def roads(name):
    """What a file uses of the words above."""
    path = MODULES[name]
    attributes = {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
    tools = {item for where, item in imports(path) if where.startswith("sqlalchemy")}
    return (attributes & (ENDS | ROADS_AROUND)) | (tools & LOOSE_TOOLS)


def test_nothing_outside_the_core_commits_or_goes_around_the_gate():
    outside = [name for name in MODULES if room(name) not in ("core", "migrations")]
    assert {(name, road) for name in outside for road in roads(name)} == set(REVIEWED)


def test_only_the_transactions_of_the_core_commit():
    inside = [name for name in MODULES if room(name) == "core"]
    assert {name for name in inside if "commit" in roads(name)} == {"core.transaction", "core.sqlite"}
