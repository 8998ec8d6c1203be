# Analyses as the demo must: python3 -X utf8 analyse.py <directory>. Prints what it finds as JSON.
import hashlib
import io
import json
import os
import stat
import sys
import unicodedata

LONGEST = 64
kinds = {}


def kind_of(character):
    if character not in kinds:
        kinds[character] = unicodedata.category(character)[0]
    return kinds[character]


def words_of(text):
    start = None
    for index, character in enumerate(text):
        kind = kind_of(character)
        if start is None:
            if kind in 'LN':
                start = index
        elif kind not in 'LNM':
            yield text[start:index]
            start = None
    if start is not None:
        yield text[start:]


def in_utf16(word):
    return word.encode('utf-16-be')


root = os.fsencode(sys.argv[1])
total = {'files': 0, 'bytes': 0}
texts = {'files': 0, 'lines': 0, 'characters': 0, 'words': 0, 'bytes': 0}
counts = {}
contents = {}
skipped = {}
for folder, folders, names in os.walk(root):
    for name in names + folders:
        path = os.path.join(folder, name)
        relative = os.path.relpath(path, root)
        status = os.lstat(path)
        if stat.S_ISDIR(status.st_mode):
            continue
        if not stat.S_ISREG(status.st_mode):
            skipped[relative] = 'link' if stat.S_ISLNK(status.st_mode) else 'not a file'
            continue
        total['files'] += 1
        try:
            with open(path, 'rb') as file:
                content = file.read()
        except PermissionError:
            skipped[relative] = 'unreadable (EACCES)'
            continue
        total['bytes'] += len(content)
        group = contents.setdefault(hashlib.sha256(content).hexdigest(), [len(content), set(), []])
        group[1].add((status.st_dev, status.st_ino))
        group[2].append(relative)
        try:
            if b'\0' in content:
                raise ValueError('binary')
            text = content.decode('utf-8')
        except ValueError:
            skipped[relative] = 'binary'
            continue
        lines = io.StringIO(text, newline=None).readlines()
        texts['files'] += 1
        texts['lines'] += len(lines)
        texts['characters'] += sum(len(line.rstrip('\n')) for line in lines)
        texts['bytes'] += len(content)
        for word in words_of(text):
            texts['words'] += 1
            if len(in_utf16(word)) // 2 <= LONGEST:
                counts[word] = counts.get(word, 0) + 1

sets = []
for sha256, (size, inodes, paths) in contents.items():
    if len(paths) > 1:
        sets.append((size * (len(inodes) - 1), sha256, size, sorted(paths)))
sets.sort(key=lambda each: (-each[0], each[3][0]))
frequent = sorted(counts.items(), key=lambda each: (-each[1], in_utf16(each[0])))[:20]
print(json.dumps({
    **total,
    'text': texts,
    'frequentWords': [{'word': word, 'count': count} for word, count in frequent],
    'duplicates': {
        'wastedBytes': sum(each[0] for each in sets),
        'sets': [
            {'sha256': sha256, 'bytes': size, 'wastedBytes': wasted, 'files': [os.fsdecode(path) for path in paths]}
            for wasted, sha256, size, paths in sets
        ],
    },
    'skipped': [{'path': os.fsdecode(path), 'reason': skipped[path]} for path in sorted(skipped)],
}))
