from multiprocessing import Process, current_process

from say import say


def work(number):
    say(f"{current_process().name} starting")
    say(f"worker  {number}")


if __name__ == "__main__":
    for number in range(5):
        p = Process(target=work, args=(number,))
        p.start()
        p.join()
        say("Process end.")
