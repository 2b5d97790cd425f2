"""The migrations make exactly what the models say, from nothing and back to nothing."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from crm.core.db import Base, db
from tests import photograph
from tests.conftest import make_app


@pytest.fixture
def bare(tmp_path):
    """An application whose database has nothing in it yet."""
    database = photograph.of_database(tmp_path)
    app = make_app(database.url, tmp_path / "instance")
    with app.app_context():
        yield app
        db.session.remove()
    photograph.let_go(app)
    database.throw_away()


def tables():
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def differences():
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return compare_metadata(context, Base.metadata)


def triggers():
    """The walls around evidence, by name."""
    statements = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with db.engine.connect() as connection:
        return set(connection.exec_driver_sql(statements[db.engine.dialect.name]).scalars())


def test_up_down_and_up_again_ends_where_the_models_are(bare):
    upgrade()
    walls = triggers()
    downgrade(revision="base")
    assert (tables(), triggers()) == (set(), set())
    upgrade()
    assert (differences(), triggers()) == ([], walls)
    assert tables() == set(Base.metadata.tables)


def test_there_is_one_newest_migration(bare):
    script = ScriptDirectory(bare.extensions["migrate"].directory)
    assert len(script.get_heads()) == 1
