"""Everything is small enough to be read at once."""

import ast

from tests.house.sources import FILES, ROOT, functions, tree

LONGEST_FILE, LONGEST_FUNCTION, LONGEST_TEMPLATE, MOST_STATEMENTS_OF_A_VIEW = 300, 40, 150, 20
TESTS = sorted((ROOT / "tests").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def lines(path):
    return path.read_text(encoding="utf-8").splitlines()


def is_view(function):
    marks = [ast.unparse(mark) for mark in function.decorator_list]
    return any(mark.startswith(("bp.", "doors.")) for mark in marks)


def named(path):
    return str(path.relative_to(ROOT))


def too_long(paths, most):
    return {named(path): len(lines(path)) for path in paths if len(lines(path)) > most}


def test_no_file_is_longer_than_300_lines():
    assert too_long([*FILES, *TESTS], LONGEST_FILE) == {}


def test_no_template_is_longer_than_150_lines():
    assert too_long(TEMPLATES, LONGEST_TEMPLATE) == {}


def test_every_file_says_what_it_is_for():
    assert [named(path) for path in [*FILES, *TESTS] if not ast.get_docstring(tree(path))] == []


def test_no_function_is_longer_than_40_lines():
    lengths = {
        f"{named(path)}: {one.name}": one.end_lineno - one.lineno + 1
        for path in [*FILES, *TESTS]
        for one in functions(path)
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_every_view_is_thin():
    """Counted in statements, so that a call with its arguments one a line counts once."""
    views = {f"{named(path)}: {one.name}": one for path in FILES for one in functions(path) if is_view(one)}
    counts = {name: sum(isinstance(node, ast.stmt) for node in ast.walk(view)) for name, view in views.items()}
    assert len(counts) > 20
    assert {name: count for name, count in counts.items() if count - 2 > MOST_STATEMENTS_OF_A_VIEW} == {}


def test_what_other_files_use_says_what_it_is():
    public = [
        (path, node)
        for path in FILES
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]
    assert [f"{named(path)}: {node.name}" for path, node in public if not ast.get_docstring(node)] == []
