"""What Schemathesis does not try, and why."""
import schemathesis

# They make a request wait for as long as they say, up to a day.
WAITS = {"delay": (0, 86400), "off_time": (0.1, 3600), "for": (0.1, 86400), "deadline": None}


def may_wait(key, value):
    """What is no number of the range, and no text, is refused: nothing waits for it."""
    if isinstance(value, bool) or key not in WAITS:
        return False
    if isinstance(value, (int, float)):
        return WAITS[key] is not None and WAITS[key][0] <= value <= WAITS[key][1]
    return isinstance(value, str) and key == "deadline"


@schemathesis.hook
def map_body(context, body):
    if isinstance(body, dict):
        return {key: value for key, value in body.items() if not may_wait(key, value)}
    return body
