"""Settings of an installation: what is accepted, what is refused, what is made by itself."""

import pytest

from crm.config import BadSetting, read

KEY = "ab" * 32
BAD = [
    ("SIGN_UP", "nobody"),
    ("SIGN_UP", ""),
    ("JOBS", "both"),
    ("MAIL_PRIVATE_HOSTS", "yes"),
    ("TRUSTED_PROXIES", "-1"),
    ("TRUSTED_PROXIES", "one"),
    ("MASTER_KEY", "1"),
    ("MASTER_KEY", KEY),
    ("MASTER_KEY", "1:abcd"),
    ("MASTER_KEY", f"x:{KEY}"),
    ("MASTER_KEY", f"1:{KEY},2:{KEY[:-1]}"),
    ("DATABASE_URL", "mysql://localhost/crm"),
    ("DATABASE_URL", "/var/lib/crm.sqlite"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_setting_that_cannot_be_used_is_refused_by_its_name(tmp_path, name, value):
    with pytest.raises(BadSetting, match=name):
        read({name: value}, tmp_path)


def test_a_refusal_does_not_repeat_a_key(tmp_path):
    with pytest.raises(BadSetting) as refusal:
        read({"MASTER_KEY": f"x:{KEY}"}, tmp_path)
    assert KEY not in str(refusal.value)


@pytest.mark.parametrize("name", ["secret.key", "master.key"])
def test_secrets_are_made_once_for_their_owner_alone(tmp_path, name):
    first = read({}, tmp_path)
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert read({}, tmp_path) == first


def test_secrets_of_the_environment_win_and_make_no_file(tmp_path):
    settings = read({"SECRET_KEY": "s", "MASTER_KEY": f"1:{KEY}"}, tmp_path)
    assert (settings["SECRET_KEY"], settings["MASTER_KEYS"]) == ("s", {1: bytes.fromhex(KEY)})
    assert list(tmp_path.iterdir()) == []


def test_several_master_keys_stand_with_commas(tmp_path):
    settings = read({"MASTER_KEY": f"1:{KEY}, 7:{'cd' * 32}"}, tmp_path)
    assert sorted(settings["MASTER_KEYS"]) == [1, 7]


@pytest.mark.parametrize(
    ("url", "cookie", "secure"),
    [("https://crm.example.ru/", "__Host-session", True), ("http://127.0.0.1:8000", "session", False)],
)
def test_an_https_address_makes_the_cookie_secure(tmp_path, url, cookie, secure):
    settings = read({"BASE_URL": url}, tmp_path)
    assert (settings["SESSION_COOKIE_NAME"], settings["SESSION_COOKIE_SECURE"]) == (cookie, secure)
    assert not settings["BASE_URL"].endswith("/")


def test_without_any_setting_the_database_is_a_file_beside_the_secrets(tmp_path):
    assert read({}, tmp_path)["SQLALCHEMY_DATABASE_URI"] == f"sqlite:///{tmp_path / 'crm.sqlite'}"


def test_values_never_get_into_messages_of_the_database(tmp_path):
    for url in ("sqlite:///x", "postgresql://crm@localhost/crm"):
        assert read({"DATABASE_URL": url}, tmp_path)["SQLALCHEMY_ENGINE_OPTIONS"]["hide_parameters"]
