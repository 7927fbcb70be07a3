"""What Schemathesis does not try, and why."""
import schemathesis

# They make a request wait for as long as they say, up to a day.
WAITS = ("delay", "off_time", "for", "deadline")


@schemathesis.hook
def map_body(context, body):
    if isinstance(body, dict):
        return {key: value for key, value in body.items() if key not in WAITS}
    return body
