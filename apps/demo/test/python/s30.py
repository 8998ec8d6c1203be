def fun1():
    print("12")
    yield "gr2"
    print("56")
    yield "gr2"


def fun2():
    print("34")
    yield "gr1"
    print("78")


greenlets = {"gr1": fun1(), "gr2": fun2()}
name = "gr1"
while name:
    name = next(greenlets[name], None)
