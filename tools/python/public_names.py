"""Prints the public names of multiprocessing, and of what stands beside it, as JSON.

What the newest Python printed that somebody has looked at is kept: python3 public_names.py > public_names.json
"""

import importlib
import inspect
import json
import platform

SUBMODULES = "process context connection managers pool queues shared_memory sharedctypes synchronize".split()
MULTIPROCESSING = ["multiprocessing", *(f"multiprocessing.{each}" for each in SUBMODULES)]
# Of these, only what they say is public.
BESIDE = ["threading", "queue", "concurrent.futures"]
# What of them is written in C.
C_PART = "_queue"


def names_of(module):
    told = set(getattr(module, "__all__", ()))
    if module.__name__ in BESIDE:
        return {name for name in told if hasattr(module, name)}
    own = {
        name
        for name, value in vars(module).items()
        if (inspect.isclass(value) or inspect.isfunction(value)) and value.__module__ == module.__name__
    }
    return {name for name in told | own if not name.startswith("_") and hasattr(module, name)}


def is_ours(kind):
    return kind.__module__.split(".")[0] in ("multiprocessing", "threading", "queue", "concurrent", C_PART)


def module_of(path):
    return path.rpartition(".")[0]


def public(names):
    return {name for name in names if not name.startswith("_")}


def samples(modules):
    """Objects whose methods their classes do not have: they get them when they are made."""
    mp = modules["multiprocessing"]
    shared_list = modules["multiprocessing.shared_memory"].ShareableList([1])
    locks = "Lock RLock Semaphore BoundedSemaphore Condition".split()
    yield "multiprocessing.shared_memory.ShareableList", shared_list
    shared_list.shm.close()
    shared_list.shm.unlink()
    yield "multiprocessing.sharedctypes.SynchronizedBase", mp.Value("i")
    for name in locks:
        yield f"multiprocessing.synchronize.{name}", getattr(mp, name)()
        yield f"threading.{name}", getattr(modules["threading"], name)()


def collect():
    modules = {name: importlib.import_module(name) for name in (*MULTIPROCESSING, *BESIDE)}
    found = {}
    for module in modules.values():
        for name in sorted(names_of(module)):
            found[f"{module.__name__}.{name}"] = getattr(module, name)
    # A class counts once: where it is met first, under the last of its names.
    owners = {}
    for path, value in found.items():
        if inspect.isclass(value) and (value not in owners or module_of(path) == module_of(owners[value])):
            owners[value] = path
    classes = {path.rpartition(".")[2]: path for path in owners.values()}
    # What Python keeps in a base class of the class that users know.
    known_as = {}
    for path in owners.values():
        short = path.rpartition(".")[2].removeprefix("Base")
        if short in classes:
            known_as[path] = classes[short]
    names = {known_as.get(path, path) for path in found}
    of_contexts = public(modules["multiprocessing"].__all__)
    context = modules["multiprocessing.context"].BaseContext
    for kind, path in owners.items():
        if not is_ours(kind):
            continue
        listed = [base for base in kind.__mro__[1:] if base in owners]
        own = set()
        for base in kind.__mro__:
            if base is kind or (base not in owners and is_ours(base)):
                own |= public(vars(base))
        own -= {name for name in own if any(hasattr(base, name) for base in listed)}
        if issubclass(kind, context):
            own -= of_contexts
        names |= {f"{known_as.get(path, path)}.{name}" for name in own}
    for path, sample in samples(modules):
        own = public(vars(sample)) if hasattr(sample, "__dict__") else public(dir(sample))
        names |= {f"{path}.{name}" for name in own if callable(getattr(sample, name)) or name == "shm"}
    return sorted(names)


if __name__ == "__main__":
    print(json.dumps({"python": platform.python_version(), "names": collect()}))
