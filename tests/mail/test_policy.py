"""Where our server may be sent to by an operator's word: the open internet and mail ports, nothing nearer."""

import pytest

from crm.core.letters import Fault
from crm.mail import policy

OUTSIDE = ["77.88.21.158", "8.8.8.8", "2a02:6b8::1", "::ffff:8.8.8.8", "2002:0808:0808::1", "64:ff9b::808:808"]
INSIDE = [
    *("127.0.0.1", "127.1.2.3", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1"),  # noqa: S104 - looked at, not listened on
    *("224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1"),
    *("::", "::1", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "ff0e::1", "2001:db8::1", "100::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "2002:c0a8:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
    *("::127.0.0.1", "::a9fe:a9fe", "::ffff:0:7f00:1", "64:ff9b:1::a00:1"),  # old and local ways to write IPv4
    "2001:0:4136:e378:8000:63bf:80ff:fffe",  # Teredo around 127.0.0.1
]


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_of_the_internet_is_public(address):
    assert policy.is_public(address)


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_of_this_machine_its_neighbours_or_nobody_is_not(address):
    assert not policy.is_public(address)


@pytest.mark.parametrize(
    ("addresses", "port", "may"),
    [
        (["8.8.8.8"], 465, True),
        (["8.8.8.8"], 22, False),
        (["8.8.8.8"], 6379, False),
        (["8.8.8.8", "127.0.0.1"], 465, False),
    ],
)
def test_every_address_of_a_name_must_be_public_and_the_port_one_of_mail(addresses, port, may):
    assert policy.may_be_spoken_to(addresses, port) == may


@pytest.mark.parametrize("text", ["smtp.example.ru", "mail", "xn--80a1acny.xn--p1ai", "203.0.113.7"])
def test_a_name_or_an_address_is_a_host(text):
    assert policy.is_host(text)


@pytest.mark.parametrize(
    "text", ["", "-", "a b", "a\nb", "smtp..ru", ".ru", "a:25", "http://a.ru", "a/b", "[::1]", "a" * 254, "почта.рф"]
)
def test_anything_else_is_none(text):
    assert not policy.is_host(text)


def test_every_fault_has_words():
    assert set(policy.FAULTS) | set(policy.IMAP_FAULTS) == set(Fault)
