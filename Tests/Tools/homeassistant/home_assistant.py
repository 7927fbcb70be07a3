"""A real Home Assistant, and what its frontend would ask it."""
import json
import os
import re
import subprocess
import threading

import requests
import yaml
from websockets.sync.client import connect

from programs import free_port, wait_for

CLIENT = "http://127.0.0.1/"
# Mounts go with the process.
ENTER = """
    mount -t proc proc "$0/proc" && mkdir -p "$0/config" && mount --bind "$1" "$0/config"
    exec chroot "$0" /venv/bin/hass --config /config --skip-pip --log-no-color
"""
PROBLEM = re.compile(r"^\S+ \S+ (?:WARNING|ERROR|CRITICAL) ")
# It installs nothing by itself here; it warns of the last step that it told one to take when the form is changed; and
# older ones are slow to rename what they have recorded.
EXPECTED = re.compile("Skipping pip installation|zlib_ng and isal are not available|No device components to cleanup"
                      "|Cannot migrate history for entity_id")


class HomeAssistant:
    """Its configuration is below `directory`. `HOME_ASSISTANT_ROOT` is a Debian that has it, `HASS` a program of this
    machine's own instead."""

    def __init__(self, programs, directory):
        self.programs = programs
        self.directory = directory
        self.port = free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        self.process = None
        self.token = self.socket = self.events = None
        self.changes = []
        self.log = directory.parent / (directory.name + ".log")
        directory.mkdir()
        self.configure({})

    def configure(self, additions):
        """Writes its configuration: what every installation has, without what needs the Internet."""
        content = {
            "homeassistant": {"name": "Test", "time_zone": "UTC", "currency": "EUR", "country": "DE"},
            "http": {"server_host": "127.0.0.1", "server_port": self.port},
            "recorder": {"commit_interval": 1},
            "api": None, "config": None, "history": None, "energy": None,
            "logger": {"default": "warning"},
            **additions,
        }
        (self.directory / "configuration.yaml").write_text(yaml.safe_dump(content))

    def start(self):
        hass = os.environ.get("HASS")
        if hass:
            command = [hass, "--config", str(self.directory), "--skip-pip", "--log-no-color"]
        else:
            command = ["unshare", "--mount", "--propagation", "private", "sh", "-euc", ENTER,
                       os.path.abspath(os.environ["HOME_ASSISTANT_ROOT"]), str(self.directory)]
        with open(self.log, "a") as log:
            self.process = self.programs.start(*command, stdout=log, stderr=subprocess.STDOUT)
        if self.token is None:
            wait_for("Home Assistant", self.answers, 180)
            self.welcome()
        self.connect()
        wait_for("Home Assistant's start", lambda: self.ask("get_config")["state"] == "RUNNING", 180)
        self.events = self.open()
        threading.Thread(target=self.follow, args=[self.events], daemon=True).start()

    def answers(self):
        assert self.process.poll() is None, self.log.read_text()[-2000:]
        return requests.get(self.url + "/api/onboarding", timeout=5).ok

    def stop(self):
        # It waits for those who are connected.
        for socket in (self.socket, self.events):
            if socket:
                socket.close()
        self.programs.stop(self.process)

    def restart(self):
        self.stop()
        self.start()

    def welcome(self):
        """What a new user is asked first."""
        user = {"client_id": CLIENT, "name": "Anna", "username": "anna", "password": "anna", "language": "en"}
        code = self.post("/api/onboarding/users", json=user)["auth_code"]
        token = {"client_id": CLIENT, "grant_type": "authorization_code", "code": code}
        first = self.post("/auth/token", data=token)["access_token"]
        # That one is good for half an hour.
        self.token = first
        self.connect()
        self.token = self.ask("auth/long_lived_access_token", client_name="test", lifespan=1)
        self.socket.close()

    def post(self, path, **content):
        headers = {"Authorization": "Bearer " + self.token} if self.token else {}
        answer = requests.post(self.url + path, headers=headers, timeout=60, **content)
        assert answer.ok, answer.text
        return answer.json()

    def add_mqtt(self, port, username, password):
        """Adds the integration MQTT as its dialogue does."""
        flow = self.post("/api/config/config_entries/flow", json={"handler": "mqtt"})
        answers = {"broker": "127.0.0.1", "port": port, "username": username, "password": password}
        done = self.post("/api/config/config_entries/flow/" + flow["flow_id"], json=answers)
        assert done["type"] == "create_entry", done

    # What its frontend asks by its socket.

    def open(self):
        socket = connect("ws://127.0.0.1:%d/api/websocket" % self.port, max_size=None, open_timeout=10)
        socket.recv(10)
        socket.send(json.dumps({"type": "auth", "access_token": self.token}))
        assert json.loads(socket.recv(10))["type"] == "auth_ok"
        return socket

    def connect(self):
        self.socket = wait_for("Home Assistant's socket", self.open, 180)
        self.asked = 0

    def ask(self, what, **content):
        self.asked += 1
        self.socket.send(json.dumps({"id": self.asked, "type": what, **content}))
        answer = json.loads(self.socket.recv(60))
        assert answer["success"], answer
        return answer["result"]

    def follow(self, socket):
        """Collects what changes, in its order: entity and new state."""
        socket.send(json.dumps({"id": 1, "type": "subscribe_events", "event_type": "state_changed"}))
        for message in map(json.loads, socket):
            if message["type"] == "event":
                event = message["event"]["data"]
                self.changes.append((event["entity_id"], (event["new_state"] or {}).get("state")))

    @property
    def version(self):
        return tuple(int(part) for part in self.ask("get_config")["version"].split(".")[:2])

    def call(self, service, **data):
        domain, name = service.split(".")
        return self.ask("call_service", domain=domain, service=name, service_data=data)

    def devices(self):
        """The devices of MQTT by their identifier."""
        return {known[1]: device for device in self.ask("config/device_registry/list")
                for known in device["identifiers"] if known[0] == "mqtt"}

    def entities(self):
        """The entities of MQTT by their unique id."""
        return {one["unique_id"]: one for one in self.ask("config/entity_registry/list") if one["platform"] == "mqtt"}

    def entity(self, unique):
        return self.entities()[unique]["entity_id"]

    def states(self):
        return {one["entity_id"]: one for one in self.ask("get_states")}

    def state(self, unique):
        return self.states().get(self.entity(unique), {}).get("state")

    def wait_state(self, unique, state, limit=60):
        wait_for("%s to be %s" % (unique, state), lambda: self.state(unique) == state, limit,
                 lambda: self.state(unique))

    def problems(self):
        """What it has complained about."""
        return [line for line in self.log.read_text().splitlines() if PROBLEM.match(line) and not EXPECTED.search(line)]
