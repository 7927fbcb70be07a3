"""Debians for tests: a small one that is made in a folder, one with a systemd of its own, and a broker to talk to them."""
import contextlib, os, shutil, signal, socket, subprocess, sys, tempfile, threading, time

PRIVATE = "BUSBAR_TEST_IS_PRIVATE"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {"PATH": PATH, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "HOME": "/root"}
passed = 0


def check(what, holds, detail=""):
    global passed
    if not holds:
        raise SystemExit("FAILED: %s\n%s\n%d passed, 1 failed" % (what, detail, passed))
    passed += 1
    print("ok:", what, flush=True)


def until(what, condition, limit=60, detail=lambda: ""):
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            check(what, False, detail())
        time.sleep(0.1)
    check(what, True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Machine:
    """A Debian below a folder; without a folder, this machine."""

    def __init__(self, root=""):
        self.root = root
        self.enter = ["chroot", root] if root else []

    def path(self, path):
        return self.root + path

    def write(self, path, text, mode=0o644):
        os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
        with open(self.path(path), "w") as file:
            file.write(text)
        os.chmod(self.path(path), mode)

    def ask(self, *command):
        """Runs a command; its exit code and everything that it printed."""
        done = subprocess.run(self.enter + list(command), env=ENVIRONMENT, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
        return done.returncode, done.stdout

    def run(self, *command):
        """Runs a command that must work; what it printed."""
        code, output = self.ask(*command)
        if code != 0:
            check(" ".join(command), False, output)
        return output

    def start(self, *command, before=(), **options):
        return subprocess.Popen([*before, *self.enter, *command], env=ENVIRONMENT, text=True, **options)

    def install(self, package):
        """Installs a package file with what it depends on, and nothing else."""
        copy = "/var/tmp/busbar-package-test.deb"
        shutil.copy(package, self.path(copy))
        self.run("apt-get", "install", "-y", "--no-install-recommends", copy)
        os.remove(self.path(copy))

    def exists(self, path):
        return os.path.lexists(self.path(path))


class Booted(Machine):
    """A Debian with a running systemd, in namespaces of its own; the network is this machine's unless told otherwise."""

    BOOT = """
        set -e
        cd "$0"
        mount --bind . . && cd "$0"
        mount -t proc proc proc && mount --bind -o ro proc/sys proc/sys
        mount -t sysfs -o ro sysfs sys
        # What is made or changed in its /dev is not this machine's.
        mount -t tmpfs -o mode=755 tmpfs dev
        for node in "null 1 3" "zero 1 5" "full 1 7" "random 1 8" "urandom 1 9" "tty 5 0"; do
            set -- $node
            mknod -m 666 "dev/$1" c "$2" "$3"
        done
        mkdir dev/pts dev/shm && mount -t tmpfs -o mode=1777 tmpfs dev/shm
        mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts dev/pts && ln -s pts/ptmx dev/ptmx
        ln -s /proc/self/fd dev/fd
        for number in 0:stdin 1:stdout 2:stderr; do ln -s "fd/${number%:*}" "dev/${number#*:}"; done
        mount -t cgroup2 cgroup2 sys/fs/cgroup
        mount -t tmpfs -o mode=755 tmpfs run && mount -t tmpfs tmpfs tmp
        # Not chroot: from within one nobody may make a user namespace, as PrivateUsers= does.
        pivot_root . . && umount -l .
        # systemd mounts a unit's credentials in a namespace of their own; so they come to where others see them.
        mount --make-rshared /
        exec env -i container=busbar PATH="$PATH" /lib/systemd/systemd --log-target=journal
    """

    def __init__(self, root, *namespaces):
        super().__init__(root)
        self.groups = tempfile.mkdtemp(prefix="busbar-cgroups")
        subprocess.run(["mount", "-t", "cgroup2", "cgroup2", self.groups], check=True)
        self.group = os.path.join(self.groups, "busbar-test-%d" % os.getpid())
        os.mkdir(self.group)
        into = 'echo $$ > "$0/cgroup.procs"; exec "$@"'
        self.manager = subprocess.Popen(
            ["sh", "-c", into, self.group, "unshare", "--mount", "--pid", "--fork", "--kill-child", "--cgroup", "--ipc",
             "--uts", *namespaces, "sh", "-c", self.BOOT, root],
            env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.enter = None
        end = time.monotonic() + 60
        while self.manager.poll() is None and time.monotonic() < end:
            children = open("/proc/%d/task/%d/children" % (self.manager.pid, self.manager.pid)).read().split()
            if children and open("/proc/%s/comm" % children[0]).read() == "systemd\n":
                self.enter = ["nsenter", "--target", children[0], "--mount", "--pid", "--cgroup", "--ipc", "--uts",
                              "--root", "--wd", *namespaces]
                break
            time.sleep(0.1)

    def is_up(self):
        return self.enter and self.ask("systemctl", "is-system-running")[1].strip() in ("running", "degraded")

    def show(self, key):
        return self.run("systemctl", "show", "--property", key, "--value", "busbar").strip()

    def has_credentials(self):
        read = ["cat", "/run/credentials/probe.service/secret_strip"]
        return self.ask("systemd-run", "--pipe", "--quiet", "--unit", "probe", "-p", "DynamicUser=yes",
                        "-p", "LoadCredential=secret:/etc/busbar/secrets", *read)[0] == 0

    def said(self):
        """What the unit's last start has written to the journal by now."""
        self.run("journalctl", "--sync")
        return self.run("journalctl", "--output", "cat", "_SYSTEMD_INVOCATION_ID=" + self.show("InvocationID"))

    def status(self):
        return self.ask("systemctl", "status", "--no-pager", "--full", "--lines", "40", "busbar")[1]

    def stop(self):
        if self.enter and self.manager.poll() is None:
            os.kill(int(self.enter[2]), signal.SIGKILL)
        self.manager.kill()
        self.manager.wait()
        # The processes are gone a moment before their groups may be removed.
        end = time.monotonic() + 10
        while os.path.exists(self.group) and time.monotonic() < end:
            for folder, _, _ in os.walk(self.group, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)
            time.sleep(0.1)
        subprocess.run(["umount", self.groups], check=True)
        os.rmdir(self.groups)


class Topics:
    """What is published at a broker that a machine reaches at 127.0.0.1."""

    def __init__(self, port, machine=Machine()):
        self.port, self.machine = port, machine
        self.lines = []
        self.watcher = machine.start("mosquitto_sub", "-h", "127.0.0.1", "-p", str(port), "-t", "#", "-q", "1", "-F",
                                     "%t %p", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        threading.Thread(target=self.read, daemon=True).start()
        # Nothing is missed once a message comes back.
        end = time.monotonic() + 30
        while not self.lines and time.monotonic() < end:
            self.send("ready", "yes")
            time.sleep(0.1)
        check("the broker runs", self.lines)

    def read(self):
        for line in self.watcher.stdout:
            self.lines.append(line.rstrip("\n"))

    def send(self, topic, payload):
        self.machine.run("mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.port), "-q", "1", "-t", topic, "-m", payload)

    def wait(self, what, since, *words, limit=60):
        """Waits for a message with all of these words."""
        until(what, lambda: any(all(word in line for word in words) for line in self.lines[since:]), limit,
              lambda: "\n".join(self.lines[since:]))

    def stop(self):
        self.watcher.terminate()
        self.watcher.wait()


class Broker(Topics):
    """A mosquitto of this machine, and what is published at it."""

    def __init__(self, folder):
        port = free_port()
        file = os.path.join(folder, "mosquitto.conf")
        with open(file, "w") as text:
            text.write("listener %d 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n" % port)
        program = shutil.which("mosquitto", path=PATH)
        self.daemon = subprocess.Popen([program, "-c", file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        super().__init__(port)

    def stop(self):
        super().stop()
        self.daemon.terminate()
        self.daemon.wait()


class Strip:
    """A simulated strip of the installed program; it lives on while packages come and go."""

    def __init__(self, machine):
        self.port = free_port()
        self.process = machine.start("busbar", "simulate", "energenie", "--web-port", str(self.port), "--native-port",
                                     str(free_port()), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        check("a simulated strip is there: " + self.states(), self.process.poll() is None)

    def states(self):
        """Asks the strip for the states of its outlets."""
        self.process.stdin.write("state\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line.startswith("outlets:"):
                return line.strip()
        return ""

    def configuration(self, broker, password='password: "1"'):
        return """
            agent: {{ id: box }}
            mqtt: {{ broker: "mqtt://127.0.0.1:{}" }}
            poll: {{ interval: 1s }}
            pdus:
              - {{ name: strip, driver: energenie, host: 127.0.0.1, port: {}, {} }}
        """.format(broker.port, self.port, password)

    def stop(self):
        self.process.kill()
        self.process.wait()


def sources():
    """Where this machine has its Debian packages from."""
    form = "deb $(REPO_URI) $(CODENAME) $(COMPONENT)"
    found = subprocess.run(["apt-get", "indextargets", "--format", form, "Created-By: Packages", "Origin: Debian"],
                           check=True, capture_output=True, text=True).stdout
    return "\n".join(dict.fromkeys(found.splitlines())) + "\n"


def make_root(folder):
    """A minimal Debian of the kind that this machine is."""
    root = os.path.join(folder, "root")
    settings = os.path.join(folder, "apt.conf")
    with open(settings, "w") as file:
        subprocess.run(["apt-config", "dump", "--format", "%F \"%v\";%n", "Acquire"], check=True, stdout=file)
    release = dict(line.split("=", 1) for line in open("/etc/os-release").read().splitlines() if "=" in line)
    made = subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "--mode=root", "--aptopt=" + settings,
                           release["VERSION_CODENAME"].strip('"'), root, "-"], input=sources(), text=True)
    check("a minimal Debian was made", made.returncode == 0)
    subprocess.run(["mount", "-t", "proc", "proc", root + "/proc"], check=True)
    return Machine(root)


def can_mount():
    done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "sh", "-c", "mount -t tmpfs tmpfs /mnt"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return done.returncode == 0


def can_boot():
    """Whether a group of processes can be made for a systemd."""
    probe = 'd=$(mktemp -d) && mount -t cgroup2 cgroup2 "$d" && mkdir "$d/busbar-probe-$$" && rmdir "$d/busbar-probe-$$"'
    done = subprocess.run(["unshare", "--mount", "sh", "-c", probe + '; code=$?; umount "$d"; rmdir "$d"; exit $code'],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return done.returncode == 0


def go_private(limit):
    """Goes on where nothing that is mounted outlives this process, for so many seconds. Tells whether there is such."""
    if PRIVATE not in os.environ and can_mount():
        os.execvpe("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable] + sys.argv,
                   {**os.environ, PRIVATE: "yes"})
    for number in (signal.SIGALRM, signal.SIGTERM):
        signal.signal(number, lambda *_: check("it ends in time", False))
    signal.alarm(limit)
    return PRIVATE in os.environ
