"""A real Prometheus scrapes an agent as the recipe says, with our alerts, and answers the dashboard's queries.

`make prometheus-test` runs it; BUSBAR names the program.
"""
import json
import os
import re
import shutil
import subprocess
import urllib.parse
import urllib.request

import pytest

from programs import BUSBAR, MOSQUITTO, Programs, Simulator, free_port, listens, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "../../..")
ALERTS = os.path.join(ROOT, "config/prometheus-alerts.yaml")
with open(os.path.join(ROOT, "config/grafana-dashboard.json")) as text:
    DASHBOARD = json.load(text)
QUERIES = [(panel["title"] + ", " + target["refId"], target["expr"])
           for panel in DASHBOARD["panels"] for target in panel["targets"]]


def promtool(*arguments, **options):
    done = subprocess.run(["promtool", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    assert done.returncode == 0, done.stdout.decode()
    return done.stdout.decode()


class Monitoring:
    def __init__(self, directory):
        self.directory = directory
        self.programs = Programs()
        self.broker, self.strip_port, self.rack_port, self.web, self.port = (free_port() for _ in range(5))

    def run(self):
        mosquitto, agent = self.directory / "mosquitto.conf", self.directory / "busbar.yaml"
        mosquitto.write_text("listener %d 127.0.0.1\nallow_anonymous true\n" % self.broker)
        token = self.directory / "token"
        token.write_text("a-token-of-some-length")
        agent.write_text(json.dumps({
            "agent": {"id": "monitored", "state_directory": str(self.directory / "state")},
            "mqtt": {"broker": "mqtt://127.0.0.1:%d" % self.broker},
            "poll": {"interval": "500ms"},
            "web": {"listen": "127.0.0.1:%d" % self.web, "token_file": str(token)},
            "pdus": [
                {"name": "bench", "driver": "energenie", "host": "127.0.0.1", "port": self.strip_port, "password": "1",
                 "timeout": "500ms"},
                {"name": "rack1", "driver": "snmp", "model": "raritan-px2", "host": "127.0.0.1", "version": "2c",
                 "port": self.rack_port, "community": "public", "write_community": "private"},
            ],
        }))
        with open(os.path.join(ROOT, "docs/recipes/prometheus.md")) as text:
            recipe = re.search(r"```yaml\n(rule_files:.*?)```", text.read(), re.DOTALL).group(1)
        configuration = self.directory / "prometheus.yml"
        configuration.write_text("global: { scrape_interval: 1s, evaluation_interval: 1s }\n" + recipe.replace(
            "/etc/prometheus/busbar-token", str(token)).replace(
            "/etc/prometheus/busbar-alerts.yaml", ALERTS).replace("127.0.0.1:8480", "127.0.0.1:%d" % self.web))
        promtool("check", "config", str(configuration))

        self.programs.start(MOSQUITTO, "-c", str(mosquitto), stderr=subprocess.DEVNULL)
        self.strip = Simulator(self.programs, "energenie", "--web-port", str(self.strip_port), "--native-port",
                               str(free_port()))
        self.rack = Simulator(self.programs, "snmp", "--model", "raritan-px2", "--port", str(self.rack_port))
        wait_for("the broker", lambda: listens(self.broker))
        self.programs.start(BUSBAR, "agent", "--config", str(agent), "--log-level", "error")
        wait_for("the agent", lambda: urllib.request.urlopen("http://127.0.0.1:%d/readyz" % self.web, timeout=5))
        self.programs.start(
            shutil.which("prometheus"), "--config.file=" + str(configuration), "--storage.tsdb.path=" + str(self.directory / "data"),
            "--web.listen-address=127.0.0.1:%d" % self.port, "--log.level=error")
        wait_for("Prometheus", lambda: self.query("up") != [])

    def query(self, expression):
        return self.api("query?query=" + urllib.parse.quote(expression))["result"]

    def api(self, path):
        with urllib.request.urlopen("http://127.0.0.1:%d/api/v1/%s" % (self.port, path), timeout=10) as answer:
            return json.load(answer)["data"]

    def switch(self, outlet, action):
        request = urllib.request.Request(
            "http://127.0.0.1:%d/api/v1/pdus/%s/outlets/%d/command" % (self.web, *outlet),
            json.dumps({"action": action}).encode(),
            {"Content-Type": "application/json", "Authorization": "Bearer a-token-of-some-length"})
        try:
            urllib.request.urlopen(request, timeout=30).close()
        except urllib.error.HTTPError:
            pass

    def metrics(self):
        request = urllib.request.Request("http://127.0.0.1:%d/metrics" % self.web,
                                         headers={"Authorization": "Bearer a-token-of-some-length"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()


@pytest.fixture(scope="module")
def monitoring(tmp_path_factory):
    monitoring = Monitoring(tmp_path_factory.mktemp("monitoring"))
    try:
        monitoring.run()
        yield monitoring
    finally:
        monitoring.programs.stop_all()


def test_it_is_scraped_as_the_recipe_says(monitoring):
    wait_for("the scrape", lambda: [one["value"][1] for one in monitoring.query('up{job="busbar"}')] == ["1"])


def test_the_text_is_as_prometheus_wants_it(monitoring):
    assert promtool("check", "metrics", input=monitoring.metrics()) == ""


def test_the_first_failure_is_seen(monitoring):
    failed = 'increase(busbar_commands_total{status="failed"}[1m]) > 0'
    assert monitoring.query(failed) == []
    monitoring.rack.order("refuse on")
    monitoring.switch(("rack1", 1), "ON")
    monitoring.rack.order("refuse off")
    wait_for("the failure to be seen", lambda: monitoring.query(failed))


@pytest.mark.parametrize("expression", [expression for _, expression in QUERIES], ids=[name for name, _ in QUERIES])
def test_the_dashboard_has_something_to_show(monitoring, expression):
    # As Grafana fills in its variables.
    expression = expression.replace("$instance", "(127.0.0.1:%d)" % monitoring.web).replace("$__rate_interval", "30s")
    assert "$" not in expression
    if "device_errors" in expression:
        monitoring.strip.order("dead")
        wait_for("the strip's death", lambda: monitoring.query('busbar_pdu_online{pdu="bench"} == 0'))

    def has_values():
        monitoring.switch(("rack1", 2), "TOGGLE")
        return [one for one in monitoring.query(expression) if one["value"][1] != "NaN"]

    assert wait_for("values", has_values)


def test_the_dashboard_is_in_the_form_that_grafana_imports():
    assert DASHBOARD["title"] and DASHBOARD["uid"] and DASHBOARD["schemaVersion"] >= 36
    assert "id" not in DASHBOARD, "that is of one installation"
    assert [variable["name"] for variable in DASHBOARD["templating"]["list"]] == ["datasource", "instance"]
    identifiers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(identifiers)) == len(identifiers)
    for panel in DASHBOARD["panels"]:
        assert panel["type"] in ("stat", "timeseries") and panel["datasource"]["uid"] == "${datasource}"
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24


def test_the_alerts_are_loaded_and_fire_when_they_should(monitoring):
    rules = [rule for group in monitoring.api("rules")["groups"] for rule in group["rules"]]
    assert len(rules) == 12 and {rule["health"] for rule in rules} == {"ok"}
    promtool("check", "rules", ALERTS)
    promtool("test", "rules", os.path.join(HERE, "alerts.test.yaml"))
