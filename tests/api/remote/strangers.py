"""What may stand where a server is expected: something that answers in its own way."""

from __future__ import annotations

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

PAGE = b"<html><h1>Bad luck</h1></html>"


@contextmanager
def answering(status, headers=None, body=PAGE, *, silent=False, by=None):
    """Answers everything alike, or (``silent``) nothing at all; gives the URL and a list of the paths asked for.

    ``by``: gives status and JSON for a body that was sent.
    """
    asked, over = [], Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.path)
            if silent:
                over.wait()
                return
            said = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            code, answer = (status, body) if by is None else by(said)
            self.send_response(code)
            kind = "text/html" if by is None else "application/json"
            for name, value in ({"Content-Type": kind} | (headers or {})).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/api", asked
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()
