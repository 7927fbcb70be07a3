"""The programs of a fleet on this machine, with everything between them in reach: real etcd, a real broker, agents as
processes, simulated PDUs, and links that can be cut. Needs Debian's packages etcd-server, mosquitto or nats-server, and
python3-paho-mqtt."""
import asyncio
import base64
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import paho.mqtt.client as mqtt

BUSBAR = os.path.abspath(os.environ.get("BUSBAR", ".build/debug/busbar"))
# The simulated PDUs may come from another build than the agents.
SIMULATOR = os.path.abspath(os.environ.get("BUSBAR_SIMULATOR", BUSBAR))


def program(name):
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
    if not found:
        raise SystemExit("fleet: %s is not installed" % name)
    return found


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, check, limit=60):
    """Waits until something holds, and gives what it was told."""
    end = time.monotonic() + limit
    while True:
        try:
            answer = check()
        except (OSError, http.client.HTTPException, ValueError):
            answer = None
        if answer:
            return answer
        if time.monotonic() > end:
            raise TimeoutError("%s: not within %g s" % (what, limit))
        time.sleep(0.05)


class Links:
    """Relays between an agent and what it speaks to. A link that is cut drops everything and closes nothing, as a network
    does; one that is closed ends its connections and takes no new ones."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    def tcp(self, target):
        link = TCPLink(target)
        self.run(link.start())
        return link

    def udp(self, target):
        link = UDPLink(target)
        self.run(link.start())
        return link

    def set(self, links, state):
        async def apply():
            for link in links:
                link.set(state)
        self.run(apply())

    def close(self, links):
        async def apply():
            for link in links:
                link.set("closed")
                link.end()
        self.run(apply())


class TCPLink:
    def __init__(self, target):
        self.target, self.state, self.writers = target, "open", set()
        self.opened = asyncio.Event()
        self.opened.set()

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    def set(self, state):
        self.state = state
        self.opened.set() if state == "open" else self.opened.clear()
        if state == "closed":
            for writer in self.writers:
                writer.transport.abort()

    def end(self):
        self.server.close()

    async def serve(self, reader, writer):
        self.writers.add(writer)
        try:
            if self.state == "closed":
                return writer.transport.abort()
            await self.opened.wait()
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
            self.writers.add(far_writer)
            try:
                await asyncio.wait([asyncio.ensure_future(self.carry(reader, far_writer)),
                                    asyncio.ensure_future(self.carry(far_reader, writer))],
                                   return_when=asyncio.FIRST_COMPLETED)
            finally:
                far_writer.transport.abort()
                self.writers.discard(far_writer)
        except OSError:
            pass
        finally:
            writer.transport.abort()
            self.writers.discard(writer)

    async def carry(self, reader, writer):
        try:
            while data := await reader.read(65536):
                # As on a network that is cut: it is sent again until it arrives.
                await self.opened.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            pass


class UDPLink(asyncio.DatagramProtocol):
    def __init__(self, target):
        self.target, self.state = target, "open"
        self.far, self.sources, self.waiting = {}, set(), {}

    async def start(self):
        self.near, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0))
        self.port = self.near.get_extra_info("sockname")[1]

    def set(self, state):
        self.state = state

    def end(self):
        self.near.close()
        for far in self.far.values():
            far.close()

    def datagram_received(self, data, client):
        if self.state != "open":
            return
        if client in self.far:
            self.far[client].sendto(data)
        elif client in self.waiting:
            self.waiting[client].append(data)
        else:
            self.waiting[client] = [data]
            asyncio.ensure_future(self.open(client))

    async def open(self, client):
        link = self

        class Far(asyncio.DatagramProtocol):
            def datagram_received(self, data, _):
                if link.state == "open":
                    link.near.sendto(data, client)

        far, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            Far, local_addr=("127.0.0.1", 0), remote_addr=("127.0.0.1", self.target))
        self.far[client] = far
        self.sources.add(far.get_extra_info("sockname")[1])
        for data in self.waiting.pop(client):
            far.sendto(data)


class Process:
    def __init__(self, command, log, environment=None):
        self.command, self.log, self.environment = command, log, environment
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={**os.environ, **(self.environment or {})}, start_new_session=True)

    @property
    def runs(self):
        return self.process is not None and self.process.poll() is None

    def send(self, number):
        if self.runs:
            self.process.send_signal(number)

    def kill(self):
        if self.process is not None:
            self.send(signal.SIGKILL)
            self.process.wait()

    def stop(self, limit=20):
        if self.runs:
            self.send(signal.SIGCONT)
            self.send(signal.SIGTERM)
            try:
                self.process.wait(limit)
            except subprocess.TimeoutExpired:
                self.kill()


def memory():
    """A folder in memory, where there is room for it: the disk of a busy machine may take seconds to flush a file."""
    try:
        space = os.statvfs("/dev/shm")
    except OSError:
        return None
    return tempfile.mkdtemp(prefix="busbar-etcd-", dir="/dev/shm") if space.f_bavail * space.f_frsize >= 2 << 30 else None


class Etcd:
    """Three members."""

    def __init__(self, directory):
        self.memory = memory()
        data = self.memory or directory
        self.ports = [free_port() for _ in range(3)]
        peers = [free_port() for _ in range(3)]
        cluster = ",".join("e%d=http://127.0.0.1:%d" % (n, p) for n, p in enumerate(peers))
        self.members = []
        for n, (port, peer) in enumerate(zip(self.ports, peers)):
            client, own = "http://127.0.0.1:%d" % port, "http://127.0.0.1:%d" % peer
            self.members.append(Process(
                [program("etcd"), "--name=e%d" % n, "--data-dir=%s/e%d" % (data, n), "--listen-client-urls=" + client,
                 "--advertise-client-urls=" + client, "--listen-peer-urls=" + own, "--initial-advertise-peer-urls=" + own,
                 "--initial-cluster=" + cluster, "--initial-cluster-token=fleet", "--initial-cluster-state=new",
                 "--heartbeat-interval=100", "--election-timeout=1000", "--logger=zap", "--log-level=warn"],
                "%s/e%d.log" % (directory, n)))

    def start(self):
        for member in self.members:
            if not member.runs:
                member.start()
        wait_for("three members of etcd", lambda: all(self.ask(n, "/health", None)["health"] == "true" for n in range(3)))

    def ask(self, member, path, body, limit=3):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[member], timeout=limit)
        try:
            connection.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body))
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def leader(self):
        def find():
            for n in range(3):
                status = self.ask(n, "/v3/maintenance/status", {})
                if status.get("leader") == status["header"]["member_id"]:
                    return n + 1
        return wait_for("a leader of etcd", find, 20) - 1

    def below(self, prefix):
        """Keys and values below a prefix, with their create revision."""
        question = {"key": encode(prefix), "range_end": encode(prefix[:-1] + chr(ord(prefix[-1]) + 1))}
        for n in range(3):
            try:
                answer = self.ask(n, "/v3/kv/range", question)
                return [(decode(kv["key"]), decode(kv.get("value", "")), int(kv["create_revision"]))
                        for kv in answer.get("kvs", [])]
            except (OSError, http.client.HTTPException, KeyError, ValueError):
                continue
        return []

    def stop(self):
        for member in self.members:
            member.send(signal.SIGCONT)
            member.kill()
        if self.memory:
            shutil.rmtree(self.memory, ignore_errors=True)


def encode(text):
    return base64.b64encode(text.encode()).decode()


def decode(text):
    return base64.b64decode(text).decode()


class Tenures:
    """Who owned what, as etcd tells it: `{pdu: {epoch: (agent, the moment when it was seen first)}}`."""

    def __init__(self, etcd, prefix):
        self.etcd, self.prefix, self.seen, self.ended = etcd, prefix + "/owner/", {}, False
        for member in range(3):
            threading.Thread(target=self.watch, args=(member,), daemon=True).start()

    def watch(self, member):
        start = 1
        while not self.ended:
            connection = http.client.HTTPConnection("127.0.0.1", self.etcd.ports[member], timeout=5)
            try:
                question = {"create_request": {"key": encode(self.prefix), "range_end": encode(self.prefix[:-1] + "0"),
                                               "start_revision": str(start)}}
                connection.request("POST", "/v3/watch", json.dumps(question))
                answer = connection.getresponse()
                while not self.ended and (line := answer.readline()):
                    for event in json.loads(line).get("result", {}).get("events", []):
                        kv = event["kv"]
                        start = int(kv["mod_revision"]) + 1
                        if event.get("type") != "DELETE":
                            pdu = decode(kv["key"])[len(self.prefix):]
                            self.seen.setdefault(pdu, {}).setdefault(
                                int(kv["create_revision"]), (json.loads(decode(kv["value"]))["agent"], time.monotonic()))
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.2)
            finally:
                connection.close()

    def owner(self, pdu):
        tenures = self.seen.get(pdu)
        return tenures[max(tenures)][0] if tenures else None


class Mosquitto:
    def __init__(self, directory):
        self.ports = [free_port()]
        path = "%s/mosquitto.conf" % directory
        with open(path, "w") as file:
            file.write("listener %d 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n" % self.ports[0])
        self.nodes = [Process([program("mosquitto"), "-c", path], "%s/mosquitto.log" % directory)]

    def start(self):
        for node in self.nodes:
            if not node.runs:
                node.start()
        for port in self.ports:
            wait_for("the broker", lambda port=port: socket.create_connection(("127.0.0.1", port), 1).close() or True)

    def stop(self):
        for node in self.nodes:
            node.send(signal.SIGCONT)
            node.kill()


class NATS(Mosquitto):
    """Three nodes that keep everything three times."""

    def __init__(self, directory):
        self.ports, self.nodes = [free_port() for _ in range(3)], []
        routes = [free_port() for _ in range(3)]
        for n in range(3):
            path = "%s/n%d.conf" % (directory, n)
            with open(path, "w") as file:
                file.write("server_name: n%d\nlisten: 127.0.0.1:%d\n" % (n, free_port()))
                file.write("jetstream { store_dir: \"%s/n%d\", max_memory_store: 64MB, max_file_store: 1GB }\n" % (directory, n))
                file.write("cluster { name: lab, listen: 127.0.0.1:%d, routes: [ %s ] }\n" % (
                    routes[n], ", ".join("\"nats://127.0.0.1:%d\"" % route for route in routes)))
                file.write("mqtt { listen: \"127.0.0.1:%d\", ack_wait: \"10s\", max_ack_pending: 1000 }\n" % self.ports[n])
            self.nodes.append(Process([program("nats-server"), "-c", path], "%s/n%d.log" % (directory, n)))

    def start(self):
        super().start()
        # Listening is not being able: a message has to get from each node to each other.
        for port in self.ports:
            wait_for("messages from node to node", lambda port=port: self.carries(self.ports[0], port), 90)

    @staticmethod
    def carries(source, target):
        arrived = threading.Event()
        reader, writer = Client("probe-r%d" % target, [target]), Client("probe-w%d" % source, [source])
        try:
            reader.hear("probe/#", lambda message: arrived.set())
            if not reader.start(5) or not reader.granted.wait(5) or not writer.start(5):
                return False
            writer.publish("probe/%d" % target, "x")
            return arrived.wait(5)
        finally:
            reader.stop()
            writer.stop()


class Client:
    """An MQTT 3.1.1 client that goes to the next address when one fails, and asks again for what was not granted."""

    def __init__(self, name, ports):
        self.ports, self.place, self.filters, self.ended = ports, 0, {}, False
        self.connected, self.granted = threading.Event(), threading.Event()
        self.client = mqtt.Client(client_id=name, clean_session=True, protocol=mqtt.MQTTv311)
        self.client.on_connect = self.on_connect
        self.client.on_disconnect = lambda *_: (self.connected.clear(), self.granted.clear())
        self.client.on_subscribe = self.on_subscribe
        self.client.on_message = lambda _, __, message: self.take(message)

    def hear(self, pattern, action):
        self.filters[pattern] = action

    def take(self, message):
        for pattern, action in self.filters.items():
            if mqtt.topic_matches_sub(pattern, message.topic):
                action(message)

    def on_connect(self, *arguments):
        if arguments[3] != 0:
            return
        self.connected.set()
        self.ask()

    def ask(self):
        self.asked = {}
        self.ask_for(list(self.filters))

    def ask_for(self, patterns):
        if patterns:
            self.asked[self.client.subscribe([(pattern, 1) for pattern in patterns])[1]] = patterns
        else:
            self.granted.set()

    def on_subscribe(self, _, __, packet, granted):
        asked = self.asked.pop(packet, [])
        refused = [pattern for pattern, code in zip(asked, granted) if code >= 128]
        if refused:
            threading.Timer(0.5, self.ask_for, [refused]).start()
        elif asked and not self.asked:
            self.granted.set()

    def start(self, limit=30):
        threading.Thread(target=self.run, daemon=True).start()
        return self.connected.wait(limit)

    def run(self):
        while not self.ended:
            try:
                self.client.connect("127.0.0.1", self.ports[self.place % len(self.ports)], keepalive=5)
                while not self.ended and self.client.loop(0.1) == mqtt.MQTT_ERR_SUCCESS:
                    pass
            except OSError:
                pass
            self.connected.clear()
            self.granted.clear()
            self.place += 1
            if not self.ended:
                time.sleep(0.2)

    def publish(self, topic, text, retain=False):
        return self.client.publish(topic, text, qos=1, retain=retain)

    def stop(self):
        self.ended = True
        self.client.disconnect()

    def drop(self):
        """Ends as a process does that is killed."""
        self.ended = True
        connection = self.client.socket()
        if connection:
            connection.shutdown(socket.SHUT_RDWR)


class Agent(Process):
    """An agent whose every connection is a link."""

    def __init__(self, name, directory, links, etcd, broker, devices, base, prefix, environment=None, ttl=2, extra=""):
        self.name = name
        self.etcd_links = [links.tcp(port) for port in etcd.ports] if etcd else []
        self.broker_links = [links.tcp(port) for port in broker.ports]
        self.device_links = [links.udp(port) for port in devices]
        home = os.path.join(directory, name)
        os.makedirs(home, exist_ok=True)
        lines = [
            "agent: { id: %s, state_directory: %s }" % (name, home),
            "mqtt: { broker: [%s], base_topic: %s, keepalive: 5s }" % (
                ", ".join('"mqtt://127.0.0.1:%d"' % link.port for link in self.broker_links), base),
            "poll: { interval: 1s }",
        ]
        if etcd:
            lines.append("fleet: { etcd: [%s], prefix: %s, ttl: %ds }" % (
                ", ".join('"http://127.0.0.1:%d"' % link.port for link in self.etcd_links), prefix, ttl))
        lines.append("pdus:")
        for number, link in enumerate(self.device_links):
            lines.append("  - { name: rack%d, driver: snmp, model: raritan-px2, host: 127.0.0.1, port: %d, version: 2c, "
                         "community: public, write_community: private, cycle: { off_time: 2s } }" % (number, link.port))
        self.path = os.path.join(home, "busbar.yaml")
        with open(self.path, "w") as file:
            file.write("\n".join(lines) + "\n" + extra)
        super().__init__([BUSBAR, "agent", "--config", self.path], os.path.join(home, "log"), environment)

    @property
    def links(self):
        return self.etcd_links + self.broker_links + self.device_links


class Devices(Process):
    """Simulated PDUs that write down source, time and value of every write."""

    def __init__(self, directory, count=3, outlets=4):
        self.record_path = os.path.join(directory, "record")
        open(self.record_path, "w").close()
        base = free_port(socket.SOCK_DGRAM)
        self.ports = list(range(base, base + count))
        self.outlets = outlets
        super().__init__([SIMULATOR, "simulate", "fleet", "--count", str(count), "--outlets", str(outlets),
                          "--base-port", str(base), "--record", self.record_path], os.path.join(directory, "devices.log"))

    def start(self):
        super().start()

        def is_ready():
            if not self.runs:
                raise SystemExit("fleet: the simulated PDUs have ended: " + open(self.log).read())
            return "PDUs with" in open(self.log).read()
        wait_for("the simulated PDUs", is_ready)

    def writes(self, offset=0):
        """`(moment, device, outlet, value, source port)` of each write, in the order in which the devices took them."""
        with open(self.record_path) as file:
            file.seek(offset)
            rows = [line.split("\t") for line in file if line.endswith("\n")]
        return [(int(t) / 1e9, int(device), int(outlet), int(value), int(source)) for t, device, outlet, value, source in rows]

    def position(self):
        return os.path.getsize(self.record_path)
