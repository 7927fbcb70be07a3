"""The drivers that labs use, as they are, against a real agent, a real broker and a simulated strip.

`make labgrid-test` runs it; BUSBAR names the program. Everything listens on the loopback.
"""
import json
import random
import urllib.request

import pytest
import requests
from jumpstarter.common.utils import serve
from jumpstarter_driver_tasmota.driver import TasmotaPower
from labgrid import Target
from labgrid.driver import PDUDaemonDriver, TasmotaPowerDriver
from labgrid.driver.mqtt import MQTTError
from labgrid.resource import PDUDaemonPort
from labgrid.resource.mqtt import TasmotaPowerPort

from programs import BUSBAR, MOSQUITTO, Programs, free_port, listens, wait_for


class Lab:
    """A strip whose outlet 4 is protected, an agent for it, and a broker where labgrid looks for one: on port 1883."""

    def __init__(self, directory):
        # labgrid's driver knows no other port; an address of its own keeps out of the way of other brokers.
        self.broker = "127.%d.%d.1" % (random.randint(1, 250), random.randint(1, 250))
        self.strip, self.native, self.web, self.pdudaemon = (free_port() for _ in range(4))
        self.programs = Programs()
        mosquitto = directory / "mosquitto.conf"
        mosquitto.write_text("listener 1883 %s\nallow_anonymous true\nset_tcp_nodelay true\n" % self.broker)
        agent = directory / "busbar.yaml"
        agent.write_text("""\
agent: { id: lab, state_directory: %s }
mqtt: { broker: "mqtt://%s:1883" }
poll: { interval: 1s }
web: { listen: 127.0.0.1:%d }
pdudaemon: { listen: 127.0.0.1:%d }
pdus:
  - name: bench
    driver: energenie
    host: 127.0.0.1
    port: %d
    password: "1"
    outlets: { 1: {}, 2: {}, 3: {}, 4: { protected: true } }
""" % (directory, self.broker, self.web, self.pdudaemon, self.strip))
        self.files = (mosquitto, agent)

    def run(self):
        mosquitto, agent = self.files
        self.programs.start(MOSQUITTO, "-c", str(mosquitto))
        self.programs.start(BUSBAR, "simulate", "energenie", "--web-port", str(self.strip), "--native-port", str(self.native))
        wait_for("the broker", lambda: listens(1883, self.broker))
        wait_for("the strip", lambda: listens(self.strip))
        self.programs.start(BUSBAR, "agent", "--config", str(agent), "--log-level", "warning")
        wait_for("the agent", lambda: urllib.request.urlopen("http://127.0.0.1:%d/readyz" % self.web, timeout=5))

    def get(self, path):
        with urllib.request.urlopen("http://127.0.0.1:%d/api/v1/pdus/bench%s" % (self.web, path), timeout=20) as answer:
            return json.load(answer)

    def state(self, outlet):
        """What the device said last."""
        return next(one["state"] for one in self.get("")["outlets"] if one["outlet"] == outlet)

    def actions(self, outlet):
        """What was asked for of an outlet and how it ended, the oldest first."""
        entries = self.get("/outlets/%d/log" % outlet)["entries"]
        return [entry["action"] + " " + entry["status"] for entry in reversed(entries) if entry["kind"] == "command"]

    def pdudaemon_driver(self, outlet, pdu="bench"):
        target = Target("pdudaemon")
        PDUDaemonPort(target, name=None, host="127.0.0.1:%d" % self.pdudaemon, pdu=pdu, index=outlet)
        driver = PDUDaemonDriver(target, name=None, delay=1.0)
        target.activate(driver)
        return driver

    def tasmota_driver(self, outlet):
        target = Target("tasmota")
        topic = "lab/pdu/bench/outlet/%d/" % outlet
        TasmotaPowerPort(target, name=None, host=self.broker, avail_topic="lab/pdu/bench/availability",
                         power_topic=topic + "set", status_topic=topic + "state")
        driver = TasmotaPowerDriver(target, name=None, delay=0.2)
        target.activate(driver)
        return target, driver

    def jumpstarter_driver(self, outlet):
        topic = "lab/pdu/bench/outlet/%d/" % outlet
        return TasmotaPower(host=self.broker, tls=False, timeout=10.0, cmnd_topic=topic + "set", stat_topic=topic + "state")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    lab = Lab(tmp_path_factory.mktemp("lab"))
    try:
        lab.run()
        yield lab
    finally:
        lab.programs.stop_all()


def test_labgrid_over_http_switches(lab):
    power = lab.pdudaemon_driver(1)
    power.on()
    assert lab.state(1) == "ON"
    power.off()
    assert lab.state(1) == "OFF"


def test_labgrid_over_http_cycles_in_one_piece(lab):
    power = lab.pdudaemon_driver(1)
    power.on()
    power.cycle()
    assert lab.state(1) == "ON"
    assert lab.actions(1)[-2:] == ["ON done", "CYCLE done"]


def test_labgrid_over_http_cannot_ask(lab):
    with pytest.raises(NotImplementedError):
        lab.pdudaemon_driver(1).get()


@pytest.mark.parametrize("pdu, outlet, status", [("bench", 99, 404), ("nowhere", 1, 404), ("bench", 4, 403)])
def test_labgrid_over_http_is_told_what_is_not_done(lab, pdu, outlet, status):
    with pytest.raises(requests.HTTPError) as caught:
        lab.pdudaemon_driver(outlet, pdu).on()
    assert caught.value.response.status_code == status
    assert lab.state(4) == "OFF"


def test_labgrid_over_mqtt_switches_cycles_and_asks(lab):
    target, power = lab.tasmota_driver(2)
    assert power.get() is False
    power.on()
    assert power.get() is True
    assert lab.state(2) == "ON"
    power.cycle()
    assert power.get() is True
    power.off()
    assert power.get() is False
    assert lab.state(2) == "OFF"
    assert lab.actions(2) == ["ON done", "OFF done", "ON done", "OFF done"]
    target.deactivate(power)


def test_labgrid_over_mqtt_does_not_switch_a_protected_outlet(lab):
    target, power = lab.tasmota_driver(4)
    assert power.get() is False
    with pytest.raises(MQTTError):
        power.on()
    assert lab.state(4) == "OFF"
    assert lab.actions(4)[-1] == "ON rejected"
    target.deactivate(power)


def test_labgrid_over_mqtt_is_told_nothing_of_an_outlet_that_is_not_there(lab):
    target, power = lab.tasmota_driver(99)
    with pytest.raises(MQTTError):
        power.get()
    target.deactivate(power)


def test_jumpstarter_switches_and_cycles(lab):
    with serve(lab.jumpstarter_driver(3)) as power:
        power.on()
        assert lab.state(3) == "ON"
        power.cycle(wait=0)
        assert lab.state(3) == "ON"
        power.off()
        assert lab.state(3) == "OFF"
