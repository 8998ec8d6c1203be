import os
import tempfile
from multiprocessing.pool import Pool, ThreadPool

TEXTS = {
    "a.txt": "one\ntwo\n",
    "b.10w": "第一行\n第二行\n😀 no line end",
    "deep/c.txt": "\n\n\n",
    "deep/er/d.txt": "",
    "deep/er/e.10w": f"{'x' * 100}\n" * 1000,
    "deep/er/f.md": "not counted\n",
}


def count_file(path):
    with open(path, encoding="utf-8") as file:
        lines = file.readlines()
    return path, len(lines), sum(len(line.rstrip("\n")) for line in lines)


def texts_in(folder):
    for root, _, names in os.walk(folder):
        yield from (os.path.join(root, name) for name in names if name.endswith((".txt", ".10w")))


def out(counted, results):
    with open(results, "a", encoding="utf-8") as file:
        for path, lines, chars in counted:
            file.write(f"{path} 行数:{lines} 字符数:{chars}\n")
    return sum(lines for _, lines, _ in counted), sum(chars for _, _, chars in counted)


def make_tree(folder):
    for name, text in TEXTS.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        tree = os.path.join(folder, "tree")
        make_tree(tree)
        for name, kind in (("process", Pool), ("thread", ThreadPool)):
            print(f"-- {name}", flush=True)
            results = os.path.join(folder, name)
            with kind(5) as pool:
                total = out(pool.map(count_file, sorted(texts_in(tree))), results)
            with open(results, encoding="utf-8") as file:
                print(file.read().replace(f"{tree}/", ""), end="")
            print(*total)
