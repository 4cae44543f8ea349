"""A Slack that is not there: a channel with threads and files, and an incoming webhook."""

import json
from itertools import count
from urllib.parse import parse_qs

from tests.unit.connectors.double import Double

TOKEN, HOOK, CHANNEL = "xoxb-planted-token", "services/T01/B02/plantedhook", "C0123456789"
SCOPES = "chat:write,files:read,files:write,channels:history"


class SlackDouble(Double):
    """``says`` is what it answers by the method, with a status that all is well, instead of doing it.

    ``looks`` is how often a file is asked for until Slack is done with it.
    """

    def __init__(self):
        super().__init__()
        self.messages, self.uploads, self.hooked = [], {}, []
        self.times, self.numbers = count(1_760_000_000), count(1)
        self.looks, self.shown = 1, set()
        self.scopes, self.says, self.page, self.same_cursor, self.upload_at = SCOPES, {}, 2, False, None

    def answer(self, asked):
        if asked.path.startswith("/upload/v1/"):
            assert "authorization" not in asked.headers
            self.uploads[asked.path.rpartition("/")[2]]["content"] = asked.body
            return 200, b"OK - 5"
        if asked.path == f"/{HOOK}":
            return self.hook(asked)
        return self.method(asked, asked.path.removeprefix("/api/"))

    def method(self, asked, method):
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return 200, {"ok": False, "error": "invalid_auth"}
        if method in self.says:
            return 200, {"ok": False, **self.says[method]}
        asked.said = asked.json or {name: value for name, (value,) in parse_qs(asked.body.decode()).items()}
        if asked.said.get("channel", CHANNEL) != CHANNEL:
            return 200, {"ok": False, "error": "channel_not_found"}
        told = getattr(self, method.replace(".", "_"))(asked.said)
        return 200, {"ok": True, **told}, {"X-OAuth-Scopes": self.scopes}

    def hook(self, asked):
        self.hooked.append(asked.json)
        return 200, b"ok", {"Content-Type": "text/html"}

    def auth_test(self, _):
        return {"user": "bos", "team": "bank"}

    def chat_postMessage(self, said):  # noqa: N802 - as Slack calls it
        assert len(said["blocks"]) <= 50
        for block in said["blocks"]:
            if block["type"] == "image":
                assert block["alt_text"]
                self.shown.add(self.done(block["slack_file"]["id"])["id"])
        return {"ts": self.add(said)["ts"], "channel": CHANNEL}

    def add(self, said):
        one = {"ts": f"{next(self.times)}.000100", **said}
        self.messages.append(one)
        return one

    def chat_getPermalink(self, said):  # noqa: N802
        return {"permalink": f"https://bank.slack.com/archives/{CHANNEL}/p{said['message_ts'].replace('.', '')}"}

    def conversations_history(self, said):
        return self.paged(said, [one for one in reversed(self.messages) if "thread_ts" not in one])

    def conversations_replies(self, said):
        return self.paged(said, [one for one in self.messages if said["ts"] in (one["ts"], one.get("thread_ts"))])

    def paged(self, said, found):
        first = int(said.get("cursor") or 0)
        some = [dict(one) for one in found[first : first + self.page]]
        if said.get("include_all_metadata") not in ("1", "true", True):
            for one in some:
                one.pop("metadata", None)
        after = first if self.same_cursor else first + self.page
        more = str(after) if first + self.page < len(found) else ""
        return {"messages": some, "response_metadata": {"next_cursor": more}}

    def files_getUploadURLExternal(self, said):  # noqa: N802
        name = f"F{next(self.numbers)}"
        self.uploads[name] = {"id": name, "name": said["filename"], "length": int(said["length"]), "looks": self.looks}
        self.uploads[name] |= {"whole": False, "alt": said.get("alt_txt")}
        return {"file_id": name, "upload_url": f"{self.upload_at or self.url}/upload/v1/{name}"}

    def done(self, name):
        """Return a file that a message may show: one that is whole, and that Slack has looked at."""
        upload = self.uploads[name]
        assert upload["whole"]
        assert upload["looks"] <= 0, "invalid_blocks: invalid slack file"
        return upload

    def files_list(self, said):
        """Show the files that are whole, a page of one each, newest first."""
        found = [{"id": one["id"], "name": one["name"]} for one in reversed(self.uploads.values()) if one["whole"]]
        page = int(said.get("page") or 1)
        return {"files": found[page - 1 : page], "paging": {"count": 1, "page": page, "pages": len(found)}}

    def files_info(self, said):
        upload = self.uploads[said["file"]]
        upload["looks"] -= 1
        return {"file": {"id": said["file"], "mimetype": "" if upload["looks"] > 0 else "image/png"}}

    def files_completeUploadExternal(self, said):  # noqa: N802
        for file in json.loads(said["files"]):
            upload = self.uploads[file["id"]]
            assert len(upload["content"]) == upload["length"]
            upload["whole"] = True
            if "channel_id" not in said:
                continue
            self.add(
                {
                    "thread_ts": said["thread_ts"],
                    "files": [{"id": file["id"], "name": upload["name"], "title": file["title"]}],
                }
            )
        return {"files": [{"id": file["id"]} for file in json.loads(said["files"])]}
