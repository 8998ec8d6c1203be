# Counts the logs below a directory in the simplest way: what the demo's pipeline must find.
# Prints as JSON: the totals, the five most frequent first words, the five packages with the most entries, and the
# unreadable files.
import gzip
import json
import os
import re
import sys
from collections import Counter

root = os.fsencode(sys.argv[1])
entry = re.compile(rb'^[a-z0-9][a-z0-9.+-]* \([^()]+\) [^;]*; *urgency=')
first_word = re.compile(rb'^[ \t]*\*[ \t]+([A-Za-z]+)')
files = lines = size = entries = 0
words = Counter()
packages = Counter()
unreadable = []
for folder, _, names in os.walk(root):
    for name in names:
        path = os.path.join(folder, name)
        if not re.fullmatch(rb'changelog.*\.gz', name) or os.path.islink(path):
            continue
        try:
            with open(path, 'rb') as file:
                if file.read(1) == b'':
                    raise EOFError
            with gzip.open(path) as log:
                text = log.read()
        except (OSError, EOFError):
            unreadable.append(os.fsdecode(os.path.relpath(path, root)))
            continue
        files += 1
        size += len(text)
        lines += text.count(b'\n')
        for line in text.split(b'\n'):
            if entry.match(line):
                entries += 1
                packages[os.fsdecode(os.path.relpath(folder, root))] += 1
            found = first_word.match(line)
            if found:
                words[found[1].lower().decode()] += 1


def most(counts):
    first = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:5]
    return ', '.join(f'{name} {count}' for name, count in first)


print(json.dumps({
    'totals': [files, lines, size, entries],
    'frequent': most(words),
    'packages': most(packages),
    'unreadable': sorted(unreadable),
}))
