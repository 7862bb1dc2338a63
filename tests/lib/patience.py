"""Limits of time that one pause of the machine does not break."""


def quickest(seconds, limit, tries=3):
    """The least of what `seconds()` answers; it is asked again, `tries` times at most, while that is not below `limit`."""
    least = seconds()
    for _ in range(tries - 1):
        if least < limit:
            break
        least = min(least, seconds())
    return least
