# Runs a command on a terminal, and types Ctrl-C once it has written some text: python3 stop.py <text> <command>...
import os
import pty
import sys

text, command = os.fsencode(sys.argv[1]), sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)
output = b''
typed = False
while True:
    try:
        some = os.read(terminal, 65536)
    except OSError:
        break
    if not some:
        break
    output += some
    if not typed and text in output:
        os.write(terminal, b'\x03')
        typed = True
sys.stdout.buffer.write(output)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
