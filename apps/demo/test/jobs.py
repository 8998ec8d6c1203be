# Checks the outcomes of jobs: the first argument is their directory, the second how many there are.
# Every job has one, every 50th has failed, and every other has the result that its number asks for.
import hashlib
import os
import sys

directory, count = os.path.join(sys.argv[1], 'outcome'), int(sys.argv[2])
found = sorted(int(name) for name in os.listdir(directory))
assert found == list(range(1, count + 1)), f'outcomes of {len(found)} jobs'
for number in found:
    with open(os.path.join(directory, str(number))) as file:
        outcome = file.read()
    if number % 50 == 0:
        expected = 'failed in 10 attempts\n'
    else:
        digest = f'job {number}'.encode()
        for _ in range(4000):
            digest = hashlib.sha256(digest).digest()
        expected = f'done {digest.hex()}\n'
    assert outcome == expected, f'job {number}: {outcome}'
print('exact')
