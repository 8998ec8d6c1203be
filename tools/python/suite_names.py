"""Prints the names of the test methods of CPython's own suite for multiprocessing, by class, as JSON.

What CPython 3.13 printed is kept: python3.13 suite_names.py > suite_names.json
"""

import ast
import json
import pathlib
import platform
import test

source = pathlib.Path(test.__path__[0], "_test_multiprocessing.py").read_text("utf-8")
tests = {
    each.name: [
        method.name
        for method in each.body
        if isinstance(method, ast.FunctionDef) and method.name.startswith("test")
    ]
    for each in ast.parse(source).body
    if isinstance(each, ast.ClassDef)
}
print(
    json.dumps(
        {
            "python": platform.python_version(),
            "tests": {name: list(dict.fromkeys(methods)) for name, methods in tests.items() if methods},
        }
    )
)
