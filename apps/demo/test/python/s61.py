from multiprocessing import Process, Queue
from subprocess import check_output


def multiply(pairs, answer):
    answer.put({f"{a} * {b}": a * b for a, b in pairs})


if __name__ == "__main__":
    text = check_output(["echo", "6", "7"], text=True).strip()
    print(f'program: text "{text}"', flush=True)
    answer = Queue()
    p = Process(target=multiply, args=({(6, 7)}, answer))
    p.start()
    products = answer.get()
    print(f'function: objects, {products["6 * 7"]} at "6 * 7"')
    p.join()
