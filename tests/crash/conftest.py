"""The mark of the crash tests."""


def pytest_configure(config):
    config.addinivalue_line("markers", "crash: kills a real server; seconds, not milliseconds")
