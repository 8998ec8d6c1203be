def a():
    print("1")
    print("2")
    yield
    print("3")


def b():
    print("x")
    print("y")
    yield
    print("z")


running = [a(), b()]
while running:
    running = [each for each in running if next(each, "over") is None]
