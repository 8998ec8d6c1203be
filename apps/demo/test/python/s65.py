from multiprocessing import Pipe, Process

from say import say


def proc1(end):
    end.send("hello")
    say(f"proc1 rec: {end.recv()}")


def proc2(end):
    say(f"proc2 rec: {end.recv()}")
    end.send("hello, too")


if __name__ == "__main__":
    left, right = Pipe()
    p1 = Process(target=proc1, args=(left,))
    p2 = Process(target=proc2, args=(right,))
    p1.start()
    p2.start()
    p1.join()
    p2.join()

    reader, writer = Pipe(duplex=False)
    writer.send("a word")
    say(f"one way: {reader.recv()}")
    try:
        reader.send("another")
        say("the other way: sent")
    except OSError:
        say("the other way: refused")
