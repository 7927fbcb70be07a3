"""What the agent announces, in a real Home Assistant: both forms of discovery, at a broker with access control.

`make homeassistant-test` runs it; BUSBAR names the program and HOME_ASSISTANT_ROOT the Debian with Home Assistant.
The tests of one form share a house and run in their order.
"""
import signal
import time

import pytest

from house import House, recipe
from programs import wait_for

AGENT, LOAD = "busbar-agent_lab_bench-1", "busbar-load_lab_server"
BENCH, RACK, RELAY = "busbar_lab_bench", "busbar_lab_rack1", "busbar_lab_relay__1"
QUANTITIES = {
    # As Home Assistant's own rules for sensors want them.
    "power": ("power", "W", "measurement"), "energy": ("energy", "Wh", "total_increasing"),
    "current": ("current", "A", "measurement"), "voltage": ("voltage", "V", "measurement"),
    "apparent_power": ("apparent_power", "VA", "measurement"), "power_factor": ("power_factor", None, "measurement"),
}


@pytest.fixture(scope="module", params=["device", "components"])
def house(request, tmp_path_factory):
    house = House(tmp_path_factory.mktemp(request.param), request.param)
    try:
        house.run()
        if request.param == "device" and house.home.version < (2024, 11):
            pytest.skip("this Home Assistant is too old for whole devices")
        wait_for("all devices", lambda: {AGENT, LOAD, BENCH, RACK, RELAY} <= set(house.home.devices()))
        wait_for("all entities", lambda: expected(house) <= set(house.home.entities()))
        yield house
    finally:
        house.stop()


@pytest.fixture
def home(house):
    return house.home


def expected(house):
    """The unique ids of everything that there should be."""
    ids = {AGENT + "_connection", AGENT + "_online"}
    ids |= {LOAD + kind for load in house.loads for kind in ("_power", "_mixed", "_cycle")}
    for device, pdu in ((BENCH, "bench"), (RACK, "rack1"), (RELAY, "relay_1")):
        if pdu not in house.pdus:
            continue
        ids |= {device + "_connection", device + "_problem"}
        outlets = house.pdus[pdu].get("outlets", {})
        for number in {"bench": range(1, 5), "rack1": range(1, 9), "relay_1": outlets}[pdu]:
            ids.add("%s_%d" % (device, number))
            settings = outlets.get(number, {})
            if not settings.get("protected") and not settings.get("off_forbidden"):
                ids.add("%s_%d_cycle" % (device, number))
    ids |= {"%s_%s%s" % (RACK, prefix, quantity) for quantity in QUANTITIES
            for prefix in ["", *("%d_" % number for number in range(1, 9))]}
    return ids


def test_there_is_what_should_be_and_nothing_else(house, home):
    assert set(home.devices()) == {AGENT, LOAD, BENCH, RACK, RELAY}
    assert set(home.entities()) == expected(house)
    assert {one["device_id"] for one in home.entities().values()} == {one["id"] for one in home.devices().values()}


def test_devices_say_what_they_are(house, home):
    devices = home.devices()
    areas = {area["area_id"]: area["name"] for area in home.ask("config/area_registry/list")}
    agent, bench, rack = devices[AGENT], devices[BENCH], devices[RACK]
    assert (agent["name"], agent["manufacturer"], agent["via_device_id"]) == ("Busbar bench-1", "Busbar", None)
    assert (bench["name"], bench["manufacturer"], areas[bench["area_id"]]) == (
        "Strip auf der Werkbank", "EnerGenie", "Büro 2")
    assert bench["configuration_url"] == "http://127.0.0.1:%d/" % house.strip_port
    assert (rack["name"], rack["area_id"]) == ("rack1", None)
    assert rack["model"] == "raritan-px2"
    assert (devices[LOAD]["name"], devices[LOAD]["model"]) == ("Server 1", "Load")
    for pdu in (LOAD, BENCH, RACK, RELAY):
        assert devices[pdu]["via_device_id"] == agent["id"]


def test_names_of_other_languages_stay_as_they_are(home):
    states = home.states()
    names = {key: states[home.entity(BENCH + key)]["attributes"]["friendly_name"] for key in ("_1", "_1_cycle", "_3", "_4")}
    assert names == {
        "_1": 'Strip auf der Werkbank DUT "A" 試験板', "_1_cycle": 'Strip auf der Werkbank DUT "A" 試験板 cycle',
        "_3": "Strip auf der Werkbank Outlet 3", "_4": "Strip auf der Werkbank Маршрутизатор",
    }


def test_the_kinds_of_entities(home):
    entities = home.entities()
    wait_for("their states", lambda: not unavailable(home, entities))
    states = home.states()
    for unique, entity in entities.items():
        kind, state = entity["entity_id"].split(".")[0], states[entity["entity_id"]]
        if kind == "switch":
            assert state["attributes"]["device_class"] == "outlet"
            # The outlets that feed a load are among the diagnostics, so that nobody switches half a machine by mistake.
            category = "diagnostic" if unique in (BENCH + "_3", RACK + "_8") else None
            assert "assumed_state" not in state["attributes"] and entity["entity_category"] == category
        elif kind == "button":
            assert state["attributes"]["device_class"] == "restart"
        else:
            assert (entity["entity_category"] == "diagnostic") == unique.endswith(
                ("_connection", "_problem", "_online", "_mixed"))
    for device in (AGENT, BENCH, RACK, RELAY):
        assert home.state(device + "_connection") == "on"
    assert [home.state(device + "_problem") for device in (BENCH, RACK, RELAY)] == ["off"] * 3
    home.wait_state(AGENT + "_online", "3", 90)


def test_an_outlet_is_switched_and_its_state_follows(house, home):
    outlet = home.entity(BENCH + "_1")
    home.wait_state(BENCH + "_1", "off")
    home.call("switch.turn_on", entity_id=outlet)
    home.wait_state(BENCH + "_1", "on")
    assert house.strip.states()[1] == "ON"
    home.call("switch.toggle", entity_id=outlet)
    home.wait_state(BENCH + "_1", "off")
    assert house.strip.states()[1] == "OFF"


def test_a_state_is_never_assumed(house, home):
    outlet = home.entity(RACK + "_2")
    home.wait_state(RACK + "_2", "off")
    house.rack.order("refuse on")
    since, heard = len(home.changes), len(house.messages)
    home.call("switch.turn_on", entity_id=outlet)
    assert house.result("rack1/2", heard)["status"] == "failed"
    house.rack.order("refuse off")
    heard = len(house.messages)
    home.call("switch.turn_on", entity_id=outlet)
    assert house.result("rack1/2", heard)["status"] == "done"
    home.wait_state(RACK + "_2", "on")
    assert [state for entity, state in home.changes[since:] if entity == outlet] == ["on"]


def test_what_happens_at_the_device_is_seen(house, home):
    house.strip.order("press 3", "outlet 3:")
    home.wait_state(BENCH + "_3", house.strip.states()[3].lower())


def test_a_button_cycles(house, home):
    home.call("switch.turn_on", entity_id=home.entity(RACK + "_1"))
    home.wait_state(RACK + "_1", "on")
    since, heard = len(home.changes), len(house.messages)
    home.call("button.press", entity_id=home.entity(RACK + "_1_cycle"))
    result = house.result("rack1/1", heard)
    assert (result["action"], result["status"]) == ("CYCLE", "done")
    outlet = home.entity(RACK + "_1")
    wait_for("the cycle to be seen",
             lambda: [state for entity, state in home.changes[since:] if entity == outlet] == ["off", "on"])


def test_a_load_is_one_thing(house, home):
    load = home.entity(LOAD + "_power")
    for action, state in (("on", "on"), ("off", "off"), ("on", "on")):
        heard = len(house.messages)
        home.call("switch.turn_" + action, entity_id=load)
        result = house.result("load/server", heard)
        assert (result["status"], result["state"]) == ("done", state.upper())
        home.wait_state(LOAD + "_power", state)
        assert home.state(LOAD + "_mixed") == "off"
        assert house.strip.states()[3] == state.upper()
        for feed in (BENCH + "_3", RACK + "_8"):
            home.wait_state(feed, state)
    heard, since = len(house.messages), len(home.changes)
    home.call("button.press", entity_id=home.entity(LOAD + "_cycle"))
    result = house.result("load/server", heard)
    assert (result["action"], result["status"], len(result["feeds"])) == ("CYCLE", "done", 2)
    wait_for("the cycle to be seen",
             lambda: [state for entity, state in home.changes[since:] if entity == load] == ["off", "on"])
    house.strip.order("press 3", "outlet 3:")
    home.wait_state(LOAD + "_mixed", "on")
    assert home.state(LOAD + "_power") == "on"
    home.call("switch.turn_off", entity_id=load)
    home.wait_state(LOAD + "_power", "off")
    home.wait_state(LOAD + "_mixed", "off")
    house.rack.order("dead")
    home.wait_state(LOAD + "_power", "unavailable")
    house.rack.order("alive")
    home.wait_state(LOAD + "_power", "off")


def test_a_protected_outlet_stays(house, home):
    outlet = home.entity(BENCH + "_4")
    since, heard = len(home.changes), len(house.messages)
    home.call("switch.turn_on", entity_id=outlet)
    assert house.result("bench/4", heard)["error"]["code"] == "protected"
    assert house.strip.states()[4] == "OFF" and home.state(BENCH + "_4") == "off"
    assert outlet not in [entity for entity, _ in home.changes[since:]]


def test_measurements_are_as_home_assistant_wants_them(home):
    states = home.states()
    for prefix in (RACK + "_", RACK + "_1_"):
        for quantity, presentation in QUANTITIES.items():
            state = states[home.entity(prefix + quantity)]
            attributes = state["attributes"]
            assert float(state["state"]) >= 0
            assert presentation == (
                attributes["device_class"], attributes.get("unit_of_measurement"), attributes["state_class"])
    assert 100 < float(states[home.entity(RACK + "_voltage")]["state"]) < 300


def test_energy_goes_into_the_long_term_statistics_and_the_dashboard(home):
    energy = home.entity(RACK + "_1_energy")
    known = {one["statistic_id"]: one for one in home.ask("recorder/list_statistic_ids")}
    assert known[energy]["has_sum"] and known[energy]["statistics_unit_of_measurement"] == "Wh"
    power = known[home.entity(RACK + "_power")]
    assert power.get("has_mean") or power.get("mean_type") == 1
    assert home.ask("recorder/validate_statistics") == {}
    home.ask("energy/save_prefs", device_consumption=[{"stat_consumption": energy}])
    # The first statistics are made within five minutes.
    issues, = home.ask("energy/validate")["device_consumption"]
    assert {issue["type"] for issue in issues} <= {"statistics_not_defined"}


def test_a_dead_pdu_is_unavailable_and_says_why(house, home):
    house.rack.order("dead")
    home.wait_state(RACK + "_1", "unavailable")
    home.wait_state(RACK + "_connection", "off")
    home.wait_state(RACK + "_problem", "on")
    assert home.state(RACK + "_power") == home.state(RACK + "_1_cycle") == "unavailable"
    assert home.states()[home.entity(RACK + "_problem")]["attributes"]["problem"]
    assert home.state(BENCH + "_1") == "off"
    house.rack.order("alive")
    home.wait_state(RACK + "_1", "on")
    home.wait_state(RACK + "_problem", "off")


def test_a_dead_agent_makes_everything_unavailable_and_itself_visible(house, home):
    house.stop_agent(signal.SIGKILL)
    for unique in (BENCH + "_1", RACK + "_1_power", RELAY + "_connection", AGENT + "_online"):
        home.wait_state(unique, "unavailable")
    assert home.state(AGENT + "_connection") == "off"
    house.start_agent()
    for unique, state in ((BENCH + "_1", "off"), (RELAY + "_connection", "on"), (AGENT + "_connection", "on")):
        home.wait_state(unique, state)


def test_an_automation_as_in_the_recipe(house, home):
    heard = len(house.messages)
    home.call("automation.trigger", entity_id="automation.cycle")
    result = house.result("bench/1", heard)
    assert (result["action"], result["status"], result["by"]) == ("CYCLE", "done", "Home Assistant")


def test_entities_outlive_a_restart_of_home_assistant(house, home):
    before = {unique: one["entity_id"] for unique, one in home.entities().items()}
    home.restart()
    home.wait_state(BENCH + "_4", "off")
    wait_for("everything again", lambda: not unavailable(home, before))
    assert {unique: one["entity_id"] for unique, one in home.entities().items()} == before


def test_a_broker_that_has_lost_its_announcements_gets_them_again_when_home_assistant_starts(house, home):
    before = {unique: one["entity_id"] for unique, one in home.entities().items()}
    topics = house.announced()
    home.stop()
    for topic in topics:
        house.clear(topic)
    home.start()
    wait_for("everything again", lambda: not unavailable(home, before))
    assert {unique: one["entity_id"] for unique, one in home.entities().items()} == before
    assert house.announced() == topics


def test_the_form_can_be_changed_and_everything_stays(house, home):
    first = house.announcing
    if home.version < (2024, 11):
        pytest.skip("this Home Assistant is too old for whole devices")
    own = "switch.the_board_of_anna"
    home.ask("config/entity_registry/update", entity_id=home.entity(BENCH + "_1"), new_entity_id=own, name="Anna's board")
    before, devices = home.entities(), {key: one["id"] for key, one in home.devices().items()}
    topics = house.announced()
    other, same = ("components", "device") if "discovery" not in first else ("device", "components")
    for form, change in ((other, house.restart_agent), (same, house.reload_agent), (other, house.reload_agent)):
        house.announcing = {**first, "discovery": form}
        change()
        wait_for("the other topics", lambda: house.announced().isdisjoint(topics) == (form != first.get("discovery", "device")))
        after = home.entities()
        assert set(after) == expected(house)
        assert {unique: one["id"] for unique, one in after.items()} == {unique: one["id"] for unique, one in before.items()}
        assert after[BENCH + "_1"]["entity_id"] == own and after[BENCH + "_1"]["name"] == "Anna's board"
        assert {key: one["id"] for key, one in home.devices().items()} == devices
        wait_for("its states", lambda: not unavailable(home, after))
        home.call("switch.turn_on", entity_id=own)
        home.wait_state(BENCH + "_1", "on")
        home.call("switch.turn_off", entity_id=own)
        home.wait_state(BENCH + "_1", "off")
    house.announcing = first
    house.restart_agent()
    wait_for("the first topics", lambda: house.announced() == topics)
    assert set(home.entities()) == expected(house)


def test_what_is_announced_can_be_taken_back_and_comes_back_the_same(house, home):
    first, before = house.announcing, {unique: one["entity_id"] for unique, one in home.entities().items()}
    house.announcing = {"enabled": False}
    house.reload_agent()
    wait_for("everything to be gone", lambda: not home.entities() and not home.devices())
    house.announcing = first
    house.reload_agent()
    wait_for("everything again", lambda: set(home.entities()) == expected(house))
    assert {unique: one["entity_id"] for unique, one in home.entities().items()} == before
    wait_for("its states", lambda: not unavailable(home, before))


def test_what_leaves_the_configuration_leaves_home_assistant(house, home):
    house.pdus["relay_1"] = house.relay([1])
    house.reload_agent()
    wait_for("the outlet to be gone", lambda: set(home.entities()) == expected(house))
    del house.pdus["relay_1"]
    house.reload_agent()
    wait_for("the PDU to be gone", lambda: RELAY not in home.devices() and set(home.entities()) == expected(house))


def test_what_leaves_while_the_agent_is_down_leaves_too(house, home):
    house.pdus["relay_1"] = house.relay([1, 2])
    house.reload_agent()
    wait_for("the PDU", lambda: RELAY in home.devices() and set(home.entities()) == expected(house))
    house.pdus["relay_1"] = house.relay([2])
    house.restart_agent()
    wait_for("the outlet to be gone", lambda: set(home.entities()) == expected(house))
    del house.pdus["relay_1"]
    house.restart_agent()
    wait_for("the PDU to be gone", lambda: RELAY not in home.devices() and set(home.entities()) == expected(house))
    assert set(home.devices()) == {AGENT, LOAD, BENCH, RACK}


def test_entities_written_by_hand_as_in_the_recipe(house, home):
    house.announcing = {"enabled": False}
    house.restart_agent()
    by_hand = recipe("mqtt:")["mqtt"]
    switch, button, sensor = (home_entity for entry in by_hand for home_entity in entry.values())
    # As the text says of protected outlets.
    forced = {**switch, "name": "Forced", "unique_id": "forced", "state_on": "ON", "state_off": "OFF"}
    forced |= {"payload_" + one.lower(): '{"action":"%s","force":true}' % one for one in ("ON", "OFF")}
    for key in ("command_topic", "state_topic"):
        forced[key] = switch[key].replace("/1/", "/4/")
    home.configure({"mqtt": [*by_hand, {"switch": forced}]})
    home.restart()
    for one in (switch, forced):
        home.wait_state(one["unique_id"], "off")
        home.call("switch.turn_on", entity_id=home.entity(one["unique_id"]))
        home.wait_state(one["unique_id"], "on")
    assert house.strip.states()[1] == house.strip.states()[4] == "ON"
    heard = len(house.messages)
    home.call("button.press", entity_id=home.entity(button["unique_id"]))
    assert house.result("bench/1", heard)["action"] == "CYCLE"
    assert float(home.state(sensor["unique_id"])) >= 0
    house.strip.order("dead")
    home.wait_state(switch["unique_id"], "unavailable")
    house.strip.order("alive")
    home.wait_state(switch["unique_id"], "on")


def test_home_assistant_has_nothing_to_complain_about(home):
    assert home.problems() == []


def unavailable(home, entities):
    states = home.states()
    ids = {one["entity_id"] if isinstance(one, dict) else one for one in entities.values()}
    return sorted(one for one in ids if states.get(one, {"state": "unavailable"})["state"] == "unavailable")
