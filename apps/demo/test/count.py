# Counts as the demo must: python3 count.py <directory>. Prints path, lines and characters of every text file, sorted.
import os
import sys

root = os.fsencode(sys.argv[1])
rows = []
for folder, folders, files in os.walk(root):
    for name in files:
        path = os.path.join(folder, name)
        if os.path.islink(path) or not os.path.isfile(path):
            continue
        try:
            with open(path, 'rb') as file:
                if b'\0' in file.read():
                    continue
            with open(path, encoding='utf-8') as file:
                lines = file.readlines()
        except (UnicodeDecodeError, OSError):
            continue
        relative = os.path.relpath(path, root)
        for character, escaped in ((b'\\', b'\\\\'), (b'\t', b'\\t'), (b'\n', b'\\n'), (b'\r', b'\\r')):
            relative = relative.replace(character, escaped)
        rows.append((os.path.relpath(path, root), relative, len(lines), sum(len(line.rstrip('\n')) for line in lines)))
for _, path, lines, characters in sorted(rows):
    sys.stdout.buffer.write(path + b'\t%d\t%d\n' % (lines, characters))
