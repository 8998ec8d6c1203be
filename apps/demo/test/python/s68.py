import os
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Pool
from threading import Barrier, Lock, Thread
from time import sleep
from urllib.request import ProxyHandler, Request, build_opener

HOSTS = ["www.sina.com.cn", "www.163.com", "www.iciba.com", "www.cnblogs.com", "www.qq.com", "www.douban.com"]
HANGS_UP = "www.iciba.com"
lock, three = Lock(), Barrier(3)
under_way = most = 0


class Host(BaseHTTPRequestHandler):
    def do_GET(self):
        global under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        three.wait()
        sleep(0.1)
        with lock:
            under_way -= 1
        three.wait()
        host = self.headers["Host"]
        if host != HANGS_UP:
            page = f"<h1>The home of {host}</h1>\n".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

    def log_message(self, *_):
        pass


def download(host, port, folder):
    request = Request(f"http://127.0.0.1:{port}/", headers={"Host": host})
    try:
        page = build_opener(ProxyHandler({})).open(request, timeout=20).read()
    except OSError:
        return None
    with open(os.path.join(folder, host), "wb") as file:
        file.write(page)
    return len(page), os.getpid()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, Pool(3) as pool:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
        Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        results = [pool.apply_async(download, (host, port, folder)) for host in HOSTS]
        pids = set()
        for host, result in zip(HOSTS, results):
            done = result.get()
            print(f"{host}:", "failed" if done is None else f"{done[0]} characters")
            if done is not None:
                pids.add(done[1])
        print("files:", *sorted(os.listdir(folder)))
        print(f"at the same time: {most}, by {len(pids)} processes")
        server.shutdown()
