def test_x(window, set_up):
    print(set_up)
