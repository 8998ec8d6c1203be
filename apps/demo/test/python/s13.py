from threading import Lock

lock = Lock()
print("first:", str(lock.acquire()).lower())
print("second, within 100 ms:", str(lock.acquire(timeout=0.1)).lower())
