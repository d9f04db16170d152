"""A model hub on the loopback, with one model: what huggingface.co answers to `tlora get` and to huggingface_hub."""
import hashlib, http.server, json, pathlib, re, threading


class Hub(http.server.BaseHTTPRequestHandler):
    """Serves `files` (name to bytes) as `model` at `commit`; weights are large files, which have another kind of hash."""

    def do_HEAD(self):
        self.answer(False)

    def do_GET(self):
        self.answer(True)

    def log_message(self, *_):
        pass

    def answer(self, whole):
        server = self.server
        found = re.fullmatch(f"/{server.model}/resolve/(?:main|{server.commit})/(.+)", self.path)
        if self.path.startswith(f"/api/models/{server.model}/revision/"):
            body = {"id": server.model, "sha": server.commit, "siblings": [{"rfilename": name} for name in server.files]}
            self.send(200, json.dumps(body).encode(), whole, {})
        elif self.path.startswith(f"/api/models/{server.model}/tree/"):
            self.send(200, json.dumps([entry(*file) for file in server.files.items()]).encode(), whole, {})
        elif found and found[1] in server.files:
            self.file(found[1], whole)
        else:
            self.send(404, b"", whole, {"X-Error-Code": "EntryNotFound"})

    def file(self, name, whole):
        content = self.server.files[name]
        about = entry(name, content)
        etag = about["lfs"]["oid"] if "lfs" in about else about["oid"]
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": self.server.commit, "Accept-Ranges": "bytes"}
        first = int(re.sub("bytes=|-", "", self.headers.get("Range", "bytes=0-")))
        if first:
            headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        self.server.asked.append((name, first))
        self.send(206 if first else 200, content[first:], whole, headers)

    def send(self, status, body, whole, headers):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if whole:
            self.wfile.write(body)


def entry(name, content):
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    about = {"type": "file", "path": name, "size": len(content), "oid": blob}
    if name.endswith((".safetensors", ".bin")):
        about["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
    return about


def serve(model, directory):
    """Starts a hub with the files of `directory`; its address is `url`, what was asked for `asked`."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.model, server.commit, server.asked = model, hashlib.sha1(b"main").hexdigest(), []
    server.files = {file.name: file.read_bytes() for file in sorted(pathlib.Path(directory).iterdir())}
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
