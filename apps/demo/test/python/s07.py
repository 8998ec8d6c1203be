from threading import Event, Thread, current_thread


def yes(condition):
    return "true" if condition else "false"


end = Event()
thread = Thread(target=end.wait, name="waiter", daemon=True)
print(f"{thread.name} is a daemon: {yes(thread.daemon)}")
print(f"alive before start: {yes(thread.is_alive())}, has an id: {yes(thread.ident)}")
thread.start()
print(f"alive after start: {yes(thread.is_alive())}, has an id: {yes(thread.ident)}")
for what, refused in (("daemon", lambda: setattr(thread, "daemon", False)), ("start", thread.start)):
    try:
        refused()
    except RuntimeError:
        print("refused after start:", what)
end.set()
thread.join()
print("alive after join:", yes(thread.is_alive()))
Thread(target=lambda: print("runs in", current_thread().name)).run()
