"""A stand-in for the API on loopback, for tests and for trying a schedule out without a key: `python fake_api.py PORT`.

Every handle is an account with two pages of reels, but those that begin with `nobody` (404). The key is `a-fake-key`, any
other is refused (401). While the file `down` is in the working directory, every request fails (503).
"""

import json
import sys
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

KEY = "a-fake-key"
REELS_PER_PAGE = 12
DAY_S = 86_400
# Media ids begin with the milliseconds since this time.
INSTAGRAM_EPOCH_MS = 1_314_220_021_721


# The handles that were asked for, by their user ids.
HANDLES: dict[str, str] = {}


def user_id(handle: str) -> str:
    # Two checksums, so that no two handles of a long list have one id.
    found = str(10**9 + (zlib.crc32(handle.encode()) << 12 | zlib.adler32(handle.encode()) & 0xFFF))
    HANDLES[found] = handle
    return found


def shortcode(pk: int) -> str:
    """The id in base 64, as in a reel's address."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return (shortcode(pk // 64) if pk >= 64 else "") + alphabet[pk % 64]


def reel(handle: str, number: int) -> dict:
    # A reel every four days, so that the second page is older than a window of 30 days.
    taken_at = int(time.time()) // DAY_S * DAY_S - (4 * number + 1) * DAY_S
    pk = (taken_at * 1000 - INSTAGRAM_EPOCH_MS << 23) + int(user_id(handle)) % (1 << 23)
    views = int(user_id(handle)) % 1000 + int(time.time() - taken_at) // 600
    user = {"pk": user_id(handle), "username": handle}
    return {
        "pk": str(pk),
        "id": f"{pk}_{user['pk']}",
        "code": shortcode(pk),
        "taken_at": taken_at,
        "media_type": 2,
        "product_type": "clips",
        "user": user,
        "caption": {"text": f"Day {number} #demo"},
        "play_count": views,
        "ig_play_count": views,
        "like_count": views // 10,
        "comment_count": views // 100,
        "video_duration": 12.5,
    }


def page(handle: str, cursor: str | None) -> dict:
    first = REELS_PER_PAGE if cursor else 0
    items = [{"media": reel(handle, number)} for number in range(first, first + REELS_PER_PAGE)]
    paging = {"more_available": not cursor, "max_id": None if cursor else "second"}
    return {"success": True, "credits_remaining": 1000, "items": items, "paging_info": paging}


class FakeApi(ThreadingHTTPServer):
    """Keeps the number of its calls; `status` is what it answers to all of them, or None."""

    def __init__(self, port: int = 0):
        super().__init__(("127.0.0.1", port), Handler)
        self.calls = 0
        self.status: int | None = None
        self.lock = threading.Lock()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/apis/v1"

    def start(self) -> "FakeApi":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self


class Handler(BaseHTTPRequestHandler):
    server: FakeApi

    def do_GET(self):
        with self.server.lock:
            self.server.calls += 1
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        known = query.get("user_id") or query.get("userId")
        handle = query.get("handle") or HANDLES.get(known or "", f"user{known}")
        if self.server.status or Path("down").exists():
            self.answer(self.server.status or 503, {"error": "unavailable"})
        elif self.headers["Authorization"] != f"Bearer {KEY}":
            self.answer(401, {"error": "invalid api key"})
        elif handle.startswith("nobody"):
            self.answer(404, {"error": "user not found"})
        elif urlsplit(self.path).path.endswith("/user/reels"):
            self.answer(200, page(handle, query.get("max_id")))
        else:
            self.answer(200, {"id": user_id(handle), "username": handle, "follower_count": 1234})

    def answer(self, status: int, body: dict):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    api = FakeApi(int(sys.argv[1]) if len(sys.argv) > 1 else 8765)
    print(f"base_url = \"{api.base_url}\"  # the key is {KEY}", flush=True)
    api.serve_forever()
