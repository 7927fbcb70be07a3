"""A broker with users and access control, three devices, an agent for them, and a Home Assistant."""
import json
import os
import re
import signal
import subprocess
import threading
import urllib.request

import yaml

from home_assistant import HomeAssistant
from programs import BUSBAR, MOSQUITTO, Programs, Simulator, free_port, listens, wait_for

# Each user's password is its name.
USERS = ["busbar", "ha", "lab"]
RECIPE = os.path.join(os.path.dirname(__file__), "../../../docs/recipes/home-assistant.md")


def recipe(first):
    """The block of the recipe that begins with this line."""
    with open(RECIPE) as text:
        blocks = re.findall(r"^( *)```yaml\n(.*?)^ *```$", text.read(), re.MULTILINE | re.DOTALL)
    return next(yaml.safe_load(block) for _, block in blocks if block.strip().startswith(first))


class House:
    def __init__(self, directory, form):
        self.directory = directory
        self.programs = Programs()
        self.broker, self.strip_port, self.rack_port, self.web = (free_port() for _ in range(4))
        self.agent = self.home = None
        self.messages = []
        # What the recipe says, and its other form.
        self.announcing = recipe("home_assistant:")["home_assistant"] | ({} if form == "device" else {"discovery": form})
        self.pdus = {
            "bench": {
                "driver": "energenie", "host": "127.0.0.1", "port": self.strip_port, "password": "1",
                "timeout": "1s",
                "label": "Strip auf der Werkbank", "location": "Büro 2",
                "outlets": {1: {"label": 'DUT "A" 試験板'}, 2: {"off_forbidden": True},
                            4: {"label": "Маршрутизатор", "protected": True}},
            },
            "rack1": {
                "driver": "snmp", "model": "raritan-px2", "host": "127.0.0.1", "port": self.rack_port, "version": "2c",
                "community": "public", "write_community": "private", "timeout": "500ms", "cycle": {"off_time": "1s"},
            },
            "relay_1": self.relay([1, 2]),
        }
        self.loads = {"server": {"label": "Server 1", "feeds": ["bench/3", "rack1/8"], "cycle": {"off_time": "1s"}}}

    def relay(self, outlets):
        """A device of files, whose outlets can be taken away."""
        shell = ["/bin/sh", "-c"]
        write = 'echo %%s > "%s/relay-$0"' % self.directory
        read = 'cat "%s/relay-$0" 2>/dev/null || echo off' % self.directory
        return {
            "driver": "command", "on": [*shell, write % "on", "{outlet}"], "off": [*shell, write % "off", "{outlet}"],
            "state": {"run": [*shell, read, "{outlet}"], "on": "on", "off": "off"},
            "outlets": {number: {} for number in outlets},
        }

    def run(self):
        self.write_configuration()
        users = self.directory / "users"
        users.write_text("".join("%s:%s\n" % (user, user) for user in USERS))
        users.chmod(0o600)
        subprocess.run(["mosquitto_passwd", "-U", str(users)], check=True)
        access = subprocess.run(
            [BUSBAR, "acl", "--config", str(self.file), "--home-assistant", "ha", "--controller", "lab"],
            check=True, stdout=subprocess.PIPE, text=True).stdout
        (self.directory / "acl").write_text(access)
        broker = self.directory / "mosquitto.conf"
        broker.write_text("listener %d 127.0.0.1\nset_tcp_nodelay true\nallow_anonymous false\nuser root\nlog_type error\n"
                          "password_file %s\nacl_file %s/acl\n" % (self.broker, users, self.directory))
        self.programs.start(MOSQUITTO, "-c", str(broker))
        self.strip = Simulator(self.programs, "energenie", "--web-port", str(self.strip_port), "--native-port",
                               str(free_port()))
        self.rack = Simulator(self.programs, "snmp", "--model", "raritan-px2", "--port", str(self.rack_port))
        wait_for("the broker", lambda: listens(self.broker))
        self.watch()
        self.start_agent()
        self.home = HomeAssistant(self.programs, self.directory / "home")
        self.home.configure({"automation": [{"id": "cycle", "alias": "Cycle", "triggers": [], **recipe("actions:")}]})
        self.home.start()
        self.home.add_mqtt(self.broker, "ha", "ha")

    def stop(self):
        if self.home:
            self.home.stop()
        self.programs.stop_all()

    # The agent.

    @property
    def file(self):
        return self.directory / "busbar.yaml"

    def write_configuration(self):
        # JSON is YAML, and has no dates and no booleans of other words.
        content = {
            "agent": {"id": "bench-1", "state_directory": str(self.directory / "state")},
            "mqtt": {"broker": "mqtt://127.0.0.1:%d" % self.broker, "username": "busbar", "password": "busbar"},
            "poll": {"interval": "500ms"},
            "web": {"listen": "127.0.0.1:%d" % self.web},
            "home_assistant": self.announcing,
            "loads": self.loads,
            "pdus": [{"name": name, **content} for name, content in self.pdus.items()],
        }
        self.file.write_text(json.dumps(content))
        # It holds secrets.
        self.file.chmod(0o600)

    def start_agent(self):
        self.agent = self.programs.start(BUSBAR, "agent", "--config", str(self.file), "--log-level", "warning")
        wait_for("the agent", lambda: urllib.request.urlopen("http://127.0.0.1:%d/readyz" % self.web, timeout=5))

    def stop_agent(self, number=signal.SIGTERM):
        self.programs.stop(self.agent, number)

    def reload_agent(self):
        self.write_configuration()
        self.agent.send_signal(signal.SIGHUP)

    def restart_agent(self):
        self.stop_agent()
        self.write_configuration()
        self.start_agent()

    # The broker.

    def client(self, program, user="lab"):
        return [program, "-p", str(self.broker), "-u", user, "-P", user, "-q", "1"]

    def watch(self):
        """Collects what is published below the base topic."""
        watcher = self.programs.start(*self.client("mosquitto_sub"), "-R", "-t", "lab/#", "-F", "%t %p",
                                      stdout=subprocess.PIPE, text=True)

        def collect():
            for line in watcher.stdout:
                self.messages.append(line.strip())

        threading.Thread(target=collect, daemon=True).start()

    def result(self, outlet, since):
        """The first result of an outlet, or of `load/NAME`, since then."""
        name, number = outlet.split("/")
        topic = "lab/load/%s/result " % number if name == "load" else "lab/pdu/%s/outlet/%s/result " % (name, number)
        line = wait_for("a result of " + outlet,
                        lambda: next((one for one in self.messages[since:] if one.startswith(topic)), None))
        return json.loads(line[len(topic):])

    def announced(self):
        """The topics on which something is announced."""
        done = subprocess.run([*self.client("mosquitto_sub", "ha"), "-t", "homeassistant/+/+/config", "-W", "1", "-F", "%t"],
                              stdout=subprocess.PIPE, text=True)
        return set(done.stdout.split())

    def clear(self, topic):
        """Clears a retained announcement as the agent could."""
        subprocess.run([*self.client("mosquitto_pub", "busbar"), "-r", "-n", "-t", topic], check=True)
