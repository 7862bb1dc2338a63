#!/usr/bin/env python3
"""kill -9 in the middle of uploads, small, large and in parts, overwrites and deletes: no object half-written, none that was
acknowledged lost, and no file left over. Long: 150 kills."""

import pathlib
import random
import re
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from harness import *

require("kiln", "boto3")
KILLS = 150 if LONG else 15
WRITERS = 6
SEED = int(os.environ.get("KILN_TEST_SEED", "0")) or int(time.time())
SIZES = (0, 1, 700, 20_000, 40_000, 1_500_000, 9_000_000)
BUCKET = "kills"
PART = 5 << 20


def content(writer, number, size):
    """Bytes that nobody else wrote, and of which no beginning looks whole."""
    return random.Random(writer << 32 | number).randbytes(size)


class Writer:
    """One key, written again and again. What may be there is what was acknowledged last, or what was attempted after it."""

    def __init__(self, number, s3):
        self.number, self.key, self.s3 = number, f"k/{number}", s3
        self.count, self.acknowledged = 0, (None, 0)  # (number of the write, its size); None: no object
        self.possible = {self.acknowledged}
        self.last = []  # what the last writes were, for people
        self.dice = random.Random(SEED * 100 + number)

    def write(self, s3):
        self.count += 1
        kind = self.dice.choice(("put", "put", "put", "parts", "delete"))
        size = 0 if kind == "delete" else self.dice.choice(SIZES)
        state = (None, 0) if kind == "delete" else (self.count, size)
        self.last = self.last[-4:] + [(self.count, kind, size)]
        self.possible.add(state)
        body = content(self.number, self.count, size)
        if kind == "put":
            s3.put_object(Bucket=BUCKET, Key=self.key, Body=body)
        elif kind == "parts":
            upload = s3.create_multipart_upload(Bucket=BUCKET, Key=self.key)["UploadId"]
            parts = []
            for at in range(0, max(size, 1), PART):
                number = at // PART + 1
                etag = s3.upload_part(Bucket=BUCKET, Key=self.key, UploadId=upload, PartNumber=number, Body=body[at:at + PART])["ETag"]
                parts.append({"PartNumber": number, "ETag": etag})
            s3.complete_multipart_upload(Bucket=BUCKET, Key=self.key, UploadId=upload, MultipartUpload={"Parts": parts})
        else:
            s3.delete_object(Bucket=BUCKET, Key=self.key)
        self.acknowledged, self.possible = state, {state}

    def write_until_killed(self):
        try:
            while True:
                self.write(self.s3)
        except Exception:
            pass  # the process is gone; what was attempted stays possible

    def judge(self, s3):
        """What is wrong with the key, or None. What is there is from now on what was acknowledged."""
        try:
            answer = s3.get_object(Bucket=BUCKET, Key=self.key)
            found = answer["Body"].read()
        except s3.exceptions.NoSuchKey as error:
            answer, found = error, None
        for number, size in self.possible:
            if (found is None) == (number is None) and (found is None or found == content(self.number, number, size)):
                self.acknowledged, self.possible = (number, size), {(number, size)}
                return None
        return f"{self.key}: {answer}, {found and len(found)} bytes; none of {self.possible} after {self.last}"


def files_of(kiln):
    return [os.path.join(folder, name) for folder, _, names in os.walk(kiln.data / "objects") for name in names]


def main():
    note(f"seed {SEED} (KILN_TEST_SEED repeats it)")
    dice = random.Random(SEED)
    with kiln_server("--set", "engine.enabled=false") as kiln:
        s3 = client("s3", kiln.url, s3={"addressing_style": "path"})
        s3.create_bucket(Bucket=BUCKET)
        writers = [Writer(n, client("s3", kiln.url, s3={"addressing_style": "path"})) for n in range(WRITERS)]
        wrong = []
        for _ in range(KILLS):
            threads = [threading.Thread(target=w.write_until_killed) for w in writers]
            for thread in threads:
                thread.start()
            end = time.monotonic() + dice.uniform(0.05, 1.0)
            wait_for(lambda: time.monotonic() >= end, 5, every=0.005)
            kiln.kill9()
            for thread in threads:
                thread.join()
            kiln.start()
            wrong += [fault for fault in (w.judge(s3) for w in writers) if fault]
        swept = sum(int(n) for n in re.findall(r"event=object-files-swept files=(\d+)", kiln.log.read_text(errors="replace")))
        note(f"{KILLS} kills over {sum(w.count for w in writers)} writes of {WRITERS} keys; {swept} files they left were swept")
        check("after every kill each object is whole, and the one that was acknowledged last or attempted after it", not wrong, wrong)
        check("listing shows what can be read",
              {o["Key"] for o in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])} ==
              {w.key for w in writers if w.acknowledged[0] is not None})
        for upload in s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []):
            s3.abort_multipart_upload(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])
        for writer in writers:
            s3.delete_object(Bucket=BUCKET, Key=writer.key)
        try:
            wait_for(lambda: not files_of(kiln), 60)  # the sweep of the last start may be at it
        except TimeoutError:
            pass
        check_equal("no file is left over", files_of(kiln), [])
        s3.delete_bucket(Bucket=BUCKET)


run(main)
finish()
