"""Downloads one Python wheel into a folder, verified, and unpacks parts of it.

Kinora needs the libraries inside some wheels, not Python packages, so nothing is installed.
pip's own configuration names the package index; an interrupted download is resumed; the
file must have the size and sha256 that the caller gives.

    wheels.py fetch  FOLDER PROJECT FILE SIZE SHA256
    wheels.py sha256 FILE
    wheels.py unpack WHEEL  INTO    PREFIX...
"""

import contextlib
import fcntl
import hashlib
import html.parser
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile

SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
TRIES = 5
# Before the second try; each further pause is longer by this. A test waits less.
PAUSE_SECONDS = float(os.environ.get("KINORA_SETUP_PAUSE_SECONDS") or 1)


def say(text):
    print(f"    {text}", file=sys.stderr, flush=True)  # stdout is for results


def fail(text):
    sys.exit(f"error: {text}")


@contextlib.contextmanager
def alone_in(folder):
    """Waits until no other set-up, such as that of another clone, works in this folder."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, ".lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("another set-up is at work here: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def index_url():
    """The package index of the user's pip configuration, else pip's default."""
    if os.environ.get("PIP_INDEX_URL"):
        return os.environ["PIP_INDEX_URL"].rstrip("/")
    configured = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
    )
    if configured.returncode == 0 and configured.stdout.strip():
        return configured.stdout.strip().rstrip("/")
    try:
        from pip._internal.models.index import PyPI
    except ImportError:
        fail("pip is missing: install it (python3-pip), or set PIP_INDEX_URL")
    return PyPI.simple_url.rstrip("/")


class Links(html.parser.HTMLParser):
    """The links of an index page in the older HTML form (PEP 503)."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        href = dict(attributes).get("href")
        if tag == "a" and href:
            self.found.append(href)


def url_of(project, file):
    page = f"{index_url()}/{project}/"
    request = urllib.request.Request(page, headers={"Accept": f"{SIMPLE_JSON}, text/html;q=0.5"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        body, kind = answer.read(), answer.headers.get("Content-Type", "")
    if "json" in kind:
        links = [entry["url"] for entry in json.loads(body)["files"]]
    else:
        parser = Links()
        parser.feed(body.decode("utf-8", "replace"))
        links = parser.found
    for link in links:
        address = urllib.parse.urljoin(page, link)
        if urllib.parse.unquote(urllib.parse.urlparse(address).path).endswith("/" + file):
            return address
    fail(f"the package index has no {file} under {project}")


def sha256_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else slow_sha256(file)


def slow_sha256(file):
    """For Python before 3.11."""
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def megabytes(count):
    return f"{count / 1e6:.0f} MB"


def append_from(url, part, size):
    """Downloads the missing bytes of `part`. Returns when it has `size` bytes, or raises OSError."""
    have = os.path.getsize(part) if os.path.exists(part) else 0
    if have > size:
        os.truncate(part, 0)
        have = 0
    if have == size:
        return
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    with urllib.request.urlopen(request, timeout=60) as answer, open(part, "ab") as out:
        if have and answer.status != 206:
            say("the server cannot resume: from the start again")
            out.truncate(0)
            have = 0
        elif have:
            say(f"going on at {megabytes(have)} of {megabytes(size)}")
        reported = time.monotonic()
        while chunk := answer.read(1 << 20):
            out.write(chunk)
            have += len(chunk)
            if time.monotonic() - reported > 2:
                reported = time.monotonic()
                say(f"{megabytes(have)} of {megabytes(size)} ({100 * have // size} %)")
    if have != size:
        raise OSError(f"the connection ended at {have} of {size} bytes")


def fetch(folder, project, file, size, sha256):
    whole = os.path.join(folder, file)
    part = whole + ".part"
    if os.path.exists(whole) and sha256_of(whole) == sha256:
        return  # downloaded by the set-up we waited for
    for attempt in range(1, TRIES + 1):
        try:
            append_from(url_of(project, file), part, size)
        except (OSError, urllib.error.URLError) as error:
            if attempt == TRIES:
                fail(f"{file}: {error}. What has arrived is kept: run the same command again")
            say(f"{error}: trying again ({attempt} of {TRIES - 1})")
            time.sleep(attempt * PAUSE_SECONDS)
            continue
        if sha256_of(part) == sha256:
            os.replace(part, whole)
            return
        os.remove(part)
        say(f"{file} arrived damaged (its sha256 is not {sha256[:12]}...): fetching it again")
    fail(f"{file} arrived damaged {TRIES} times; is something on the way changing it?")


def unpack(wheel, into, prefixes):
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            if entry.is_dir() or not entry.filename.startswith(tuple(prefixes)):
                continue
            target = os.path.join(into, entry.filename)
            if not os.path.realpath(target).startswith(os.path.realpath(into) + os.sep):
                fail(f"{wheel} holds a path that leads outside: {entry.filename}")
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with archive.open(entry) as source, open(target + ".part", "wb") as out:
                shutil.copyfileobj(source, out, 1 << 20)
            os.replace(target + ".part", target)
            print(entry.filename, flush=True)


def main(arguments):
    if len(arguments) == 6 and arguments[0] == "fetch":
        with alone_in(arguments[1]):
            fetch(arguments[1], arguments[2], arguments[3], int(arguments[4]), arguments[5])
    elif len(arguments) == 2 and arguments[0] == "sha256":
        print(sha256_of(arguments[1]))
    elif len(arguments) >= 4 and arguments[0] == "unpack":
        with alone_in(arguments[2]):
            unpack(arguments[1], arguments[2], arguments[3:])
    else:
        fail(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
