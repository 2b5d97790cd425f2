import pytest
from tests.browsing import browser

@pytest.mark.parametrize("url", ["/clients/?since=0001-01-01", "/clients/?until=9999-12-31", "/clients/?standing=%20%20", "/clients/?form=%20", "/acts/?before=99999999999999999999999", "/acts/?before=-1",
 "/clients/?q=%00", "/clients/?before=%00","/f/%00", "/doc/%00", "/policy/%00", "/receipt/%00", "/join/%00", "/settings/trail?before=%00"])
def test_url(owner, url):
    owner.may_fail=True
    a=owner.get(url)
    print(url, a.status_code)
    assert a.status_code<500

def test_staff_of_ours_on_neighbours_form(app, house):
    b = browser(app, cookie=house.ours.owner.cookie)
    assert b.get("/f/"+house.neighbour.slug).status_code==200
    assert b.get("/f/"+house.neighbour.slug+"/thanks").status_code==200
    assert b.get("/doc/"+house.neighbour.document).status_code==200
    assert b.get("/receipt/"+house.neighbour.receipt).status_code==200
    assert b.get("/policy/"+house.neighbour.public_code).status_code==200
    assert b.get("/f/nope").status_code==404
