import time
def test_a(visitor, owner, neighbour, acting):
    print(visitor.get("/nope").status_code)
    print(owner.get("/").status_code)
def test_b(owner): print(owner.get("/clients/").status_code)
def test_c(visitor, ours): print(visitor.get("/f/"+ours.slug).status_code)
def test_d(visitor, ours): print(visitor.fill("/sign-in", email=ours.owner.email, password="x").status_code)
