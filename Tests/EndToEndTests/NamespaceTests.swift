import Foundation
import Glibc
import LocalServices
import TestSupport
import Testing

/// The agent and the broker in two network namespaces with a link between them: what no loopback shows.
@Suite("A broker whose name has both families, over a link", .serialized, .timeLimit(.minutes(10)))
struct NamespaceTests {
    /// What the agent's host knows of the broker's IPv6 address.
    enum Neighbour: String, CaseIterable, Sendable {
        /// The broker's host is there, and nobody listens.
        case refuses
        /// What is sent there is lost.
        case silent
    }

    /// Makes the namespaces, runs the agent until it is connected, and prints its log. 77 where that cannot be made.
    private static let script = #"""
        set -u
        busbar=$1 mosquitto=$2 files=$3 neighbour=$4
        a=busbar-a-$$ b=busbar-b-$$
        tidy() {
            kill $(jobs -p) 2>/dev/null; wait 2>/dev/null
            ip netns del $a 2>/dev/null; ip netns del $b 2>/dev/null; rm -rf /etc/netns/$a
        }
        trap tidy EXIT
        ip netns add $a && ip netns add $b || exit 77
        ip link add va netns $a type veth peer name vb netns $b || exit 77
        for pair in "$a va 1" "$b vb 2"; do
            set -- $pair
            ip -n $1 link set lo up; ip -n $1 link set $2 up
            ip -n $1 address add 10.78.0.$3/24 dev $2
            ip -n $1 address add fd78::$3/64 dev $2 nodad || exit 77
        done
        [ $neighbour = refuses ] || ip -n $a neighbour add fd78::2 lladdr 02:00:00:00:00:99 dev va || exit 77
        mkdir -p /etc/netns/$a
        printf 'fd78::2 broker.example\n10.78.0.2 broker.example\n127.0.0.1 localhost\n' > /etc/netns/$a/hosts
        printf 'listener 1883 10.78.0.2\nallow_anonymous true\nuser root\n' > $files/mosquitto.conf
        ip netns exec $b $mosquitto -c $files/mosquitto.conf 2>$files/mosquitto.log &
        for _ in $(seq 100); do
            ip netns exec $b grep -q ':075B' /proc/net/tcp && break
            sleep 0.05
        done
        ip netns exec $a $busbar agent --config $files/busbar.yaml --log-level info >$files/agent.log 2>&1 &
        timeout 20 sh -c "tail -n +1 -f $files/agent.log | grep -q -m1 'connected to'"
        code=$?
        cat $files/agent.log
        exit $code
        """#

    @Test("is reached by IPv4 at once, and the log says nothing of the other", arguments: Neighbour.allCases)
    func bothFamilies(_ neighbour: Neighbour) async throws {
        guard geteuid() == 0, (try? Executable.find("ip", package: "iproute2")) != nil,
            let mosquitto = try? Executable.find("mosquitto", package: "mosquitto")
        else {
            print("skipped: network namespaces need root, ip and mosquitto")
            return
        }
        let files = try TemporaryDirectory(prefix: "namespaces")
        try files.write(
            """
            agent: { id: bench-1, state_directory: \(files.path(of: "state")) }
            mqtt: { broker: "mqtt://broker.example:1883" }
            pdus:
              - name: one
                driver: command
                on: [/bin/echo, "on"]
                off: [/bin/echo, "off"]
                state: { run: [/bin/echo, "on"], on: "on", off: "off" }
                outlets: { 1: {} }

            """,
            to: "busbar.yaml"
        )
        try files.write(Self.script, to: "script.sh")
        let run = try await ChildProcess.start(
            "/bin/bash",
            [
                files.path(of: "script.sh"), try TestProgram.path, mosquitto, files.path, neighbour.rawValue,
            ]
        )
        let status = await run.waitForExit(within: .seconds(60))
        if status == .exited(77) {
            print("skipped: this host lets nobody make network namespaces")
            return
        }
        let log = run.standardOutput
        #expect(status == .exited(0), "\(log)\n\(run.standardError)")
        #expect(!log.contains("nobody listens"), "\(log)")
        #expect(!log.contains("cannot be reached"), "\(log)")
    }
}
