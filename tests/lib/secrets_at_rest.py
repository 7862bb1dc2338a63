"""What a Kiln keeps of secrets: nothing readable in its data and log, a key file for its owner alone, and plain words when that is lost."""

import base64

from harness import check, check_equal


def files_of(kiln):
    return [p for p in kiln.data.rglob("*") if p.is_file()] + [kiln.log]


def files_with(kiln, clear):
    """Those of its data and log that have the text, as it is or in base64."""
    # Of base64 the middle, which is the same wherever the text begins in a group of three.
    forms = [clear.encode()] + [base64.b64encode(b" " * shift + clear.encode())[4:-4] for shift in range(3)]
    while True:
        try:
            return [str(p) for p in files_of(kiln) if any(form in p.read_bytes() for form in forms)]
        except FileNotFoundError:  # the store tidied up meanwhile: what that file had is in another one
            continue


def check_hidden(kiln, clear):
    """No file of the data directory and no log has the clear text."""
    found = files_with(kiln, clear)
    check(f"no clear text in {len(files_of(kiln))} files of data and log", not found, found)
    key = kiln.data / "secret.key"
    check_equal("the key file has 32 bytes and mode 0600", (key.stat().st_size, key.stat().st_mode & 0o777), (32, 0o600))


def check_lost_key(kiln, read):
    """Without the key file a started Kiln says so, answers what needs it with an error, and makes no new key. Ends with the file back."""
    key, kept = kiln.data / "secret.key", kiln.data / "secret.key.kept"
    kiln.stop()
    key.rename(kept)
    kiln.start()
    try:
        said = f"was read: {read()}"
    except Exception as error:
        said = str(error)
    check("a lost key file is a plain error", "is missing" in said, said)
    status, ready = kiln.get("/_kiln/ready")
    check("and /_kiln/ready tells it", status == 503 and "secret.key is missing" in ready, ready)
    check("and no new key is made", not key.exists())
    kiln.stop()
    kept.rename(key)
    key.chmod(0o644)
    kiln.start()
    try:
        said = f"was read: {read()}"
    except Exception as error:
        said = str(error)
    check("a key file that others may read is refused", "chmod 600" in said, said)
    key.chmod(0o600)
