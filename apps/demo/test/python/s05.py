# Its lines come in any order.
from multiprocessing import Process
from threading import Event, Thread

from say import say


def music(film_begins, over):
    for _ in range(2):
        say("listen music")
    film_begins.wait()
    over.set()


def movie(film_begins, goes_on):
    say("watch movie")
    film_begins.set()
    goes_on.wait()
    say("watch movie")


def program(joined):
    film_begins, music_is_over = Event(), Event()
    goes_on = Event() if joined == "shorter last" else music_is_over
    song = Thread(target=music, args=(film_begins, music_is_over), daemon=True)
    film = Thread(target=movie, args=(film_begins, goes_on), daemon=True)
    threads = [song, film] if joined == "longer last" else [film, song]
    for thread in threads:
        thread.start()
    for thread in threads if joined == "all" else threads[-1:]:
        thread.join()
    say("all over")


if __name__ == "__main__":
    for joined in ("longer last", "shorter last", "all"):
        say(f"-- {joined}")
        run = Process(target=program, args=(joined,))
        run.start()
        run.join()
