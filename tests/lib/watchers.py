"""Watchers of /_kiln/watch/builds, many at once, and what must hold for what they see."""

import json
import threading
import traceback

from harness import check, check_equal, note, watch


def key(line):
    """What must be the same for every watcher of a change."""
    return line["type"], line["resourceVersion"], line["object"]["id"], json.dumps(line["object"], sort_keys=True)


class Watcher(threading.Thread):
    """Watches until `builds` builds are complete; `drop_after` lines it goes away and comes back with its last version."""

    def __init__(self, url, builds, query="?", drop_after=None):
        super().__init__(daemon=True)
        self.url, self.builds, self.query, self.drop_after = url, builds, query, drop_after
        self.seen, self.connected, self.error, self.drops, self.version = [], threading.Event(), None, 0, 0
        self.start()

    def run(self):
        try:
            complete = set()
            while len(complete) < self.builds:
                lines = 0
                for line in watch(self.url, f"{self.query}resourceVersion={self.version}"):
                    self.connected.set()
                    if line["type"] == "ERROR":
                        raise RuntimeError(line)
                    self.version = line["resourceVersion"] or self.version
                    lines += 1
                    if line["type"] != "BOOKMARK":
                        self.seen.append(key(line))
                        if line["object"]["buildComplete"]:
                            complete.add(line["object"]["id"])
                    if len(complete) >= self.builds:
                        break
                    if self.drop_after and lines >= self.drop_after:
                        self.drops += 1
                        break
        except Exception:
            self.error = traceback.format_exc()

    def result(self, deadline=300):
        self.join(deadline)
        if self.error or self.is_alive():
            raise RuntimeError(self.error or f"a watcher still waits after {deadline} s with {len(self.seen)} lines seen")
        return self.seen


def by_build(seen):
    found = {}
    for change in seen:
        found.setdefault(change[2], []).append(change)
    return found


def check_history(name, seen, finals):
    """Versions ascend, phases grow one at a time and never change once ended, and nothing of the final builds is missing."""
    versions = [version for _, version, _, _ in seen]
    check(f"{name}: versions ascend, none twice", all(a < b for a, b in zip(versions, versions[1:])), versions)
    wrong = []
    for build_id, changes in by_build(seen).items():
        objects = [json.loads(text) for _, _, _, text in changes]
        phases = [[(p["phaseType"], p.get("endTime")) for p in o["phases"]] for o in objects]
        for before, after in zip(phases, phases[1:]):
            if after[:len(before) - 1] != before[:-1] or len(after) < len(before) or after[len(before) - 1][0] != before[-1][0]:
                wrong.append((build_id, before, after))
        seen_in = list(dict.fromkeys(o["currentPhase"] for o in objects))
        final = [p["phaseType"] for p in finals[build_id]["phases"]]
        if changes[0][0] != "ADDED" or seen_in != final[1:] or objects[-1]["phases"] != finals[build_id]["phases"]:
            wrong.append((build_id, [c[0] for c in changes], seen_in, final))
    check(f"{name}: every build's phases only go forward, none missing, to the final ones", not wrong, wrong[:3])
    check_equal(f"{name}: every build is seen", set(by_build(seen)), set(finals))


def check_watchers(name, watchers, finals):
    seen = [w.result() for w in watchers]
    reference = seen[0]
    check_history(f"{name}: the first watcher", reference, finals)
    ends = {i: changes[-1][1] for i, changes in by_build(reference).items()}
    short = lambda one: [c for c in one if c[1] <= min(max(ends.values()), one[-1][1], reference[-1][1])]
    same = [i for i, one in enumerate(seen) if short(one) != short(reference)]
    check(f"{name}: all {len(watchers)} see the same changes in the same order", not same, lambda: f"watchers {same} differ: "
          f"{[[c[:3] for c in seen[i] if c not in reference][:3] for i in same[:3]]}")
    dropped = [w.drops for w in watchers if w.drop_after]
    check(f"{name}: {len(dropped)} of them went away and came back {sum(dropped)} times, missed nothing, saw nothing twice",
          all(dropped) and not [i for i in same if watchers[i].drop_after], dropped)
    note(f"{name}: {len(watchers)} watchers, {len(finals)} builds, {len(reference)} changes each, {sum(len(s) for s in seen)} lines in all")


def finals_of(server, ids):
    return {i: json.loads(server.get(f"/_kiln/builds/{i}")[1]) for i in ids}


def start_watchers(url, count, builds, query="?"):
    watchers = [Watcher(url, builds, query, drop_after=7 + i if i % 5 == 4 else None) for i in range(count)]
    for one in watchers:
        if not one.connected.wait(60):
            raise RuntimeError(one.error or "a watcher was not answered")
    return watchers
