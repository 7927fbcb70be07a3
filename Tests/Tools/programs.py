"""Programs that tests start and talk to: brokers, simulated devices, agents. Everything listens on the loopback."""
import os
import shutil
import socket
import subprocess
import time

import pytest

BUSBAR = os.path.abspath(os.environ["BUSBAR"])
MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port, host="127.0.0.1"):
    socket.create_connection((host, port), 5).close()
    return True


def wait_for(what, check, limit=60, seen=lambda: ""):
    """Waits until something holds, and gives what it was told. `seen` tells what there is instead."""
    end = time.monotonic() + limit
    while True:
        try:
            answer, error = check(), ""
        except OSError as caught:
            answer, error = None, caught
        if answer:
            return answer
        if time.monotonic() > end:
            pytest.fail("%s: not within %g s; %s" % (what, limit, error or seen()))
        time.sleep(0.05)


class Programs:
    """What was started, to be stopped in the opposite order."""

    def __init__(self):
        self.running = []

    def start(self, *command, **options):
        # Nobody writes to its input unless somebody says so, and its end tells nobody anything.
        options = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, **options}
        process = subprocess.Popen(command, **options)
        self.running.append(process)
        return process

    def stop(self, process, signal=None):
        if process not in self.running:
            return
        self.running.remove(process)
        process.terminate() if signal is None else process.send_signal(signal)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def stop_all(self):
        for process in reversed(list(self.running)):
            self.stop(process)


class Simulator:
    """A simulated device that takes orders: `press 1`, `dead`, `alive`, `refuse on`, `lag 2s`."""

    def __init__(self, programs, *arguments):
        self.process = programs.start(BUSBAR, "simulate", *arguments, stdout=subprocess.PIPE, text=True)

    def order(self, order, answer="faults:"):
        """Gives an order; the line that answers it, which begins as `answer` does."""
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        return next((line.strip() for line in self.process.stdout if line.startswith(answer)), "")

    def states(self):
        """The outlets as the device itself has them: `{1: "ON", …}`."""
        line = self.order("state", "outlets:")
        pairs = line[len("outlets:"):].split(";")[0].split(",")
        return {int(pair.split()[0]): pair.split()[1] for pair in pairs}
