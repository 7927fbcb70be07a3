"""What Schemathesis does not try, and why."""
import schemathesis

# They make a request wait for as long as they say, up to a day.
WAITS = ("delay", "off_time", "for", "deadline")


def may_wait(value):
    return isinstance(value, str) or isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


@schemathesis.hook
def map_body(context, body):
    if isinstance(body, dict):
        # What is no number or time is refused, so nothing waits for it.
        return {key: value for key, value in body.items() if key not in WAITS or not may_wait(value)}
    return body
