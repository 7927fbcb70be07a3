import Foundation
import Glibc
import LocalServices
import TestSupport
import Testing

/// The agent and the broker in two network namespaces with a link between them: what no loopback shows.
@Suite("A broker whose name has several addresses, over a link", .serialized, .timeLimit(.minutes(10)))
struct NamespaceTests {
    /// What the agent's host knows of the broker's IPv6 address.
    enum Neighbour: String, CaseIterable, Sendable {
        /// The broker's host is there, and nobody listens.
        case refuses
        /// What is sent there is lost.
        case silent

        /// Loses it in the namespace of the agent.
        var setup: String {
            self == .refuses ? "" : "ip -n $a neighbour add fd78::2 lladdr 02:00:00:00:00:99 dev va || exit 77"
        }
    }

    /// A broker's certificate, and whom the agent trusts.
    struct Certified: Sendable {
        var names: String
        var hasFile = true
        var isGood = true
    }

    /// Makes the namespaces.
    private static let link = #"""
        set -u
        busbar=$1 mosquitto=$2 files=$3
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
        mkdir -p /etc/netns/$a

        """#

    /// Runs the agent until its log has the text, and prints the log.
    private static let agent = #"""

        ip netns exec $b $mosquitto -c $files/mosquitto.conf 2>$files/mosquitto.log &
        for _ in $(seq 100); do
            ip netns exec $b grep -qE ':(075B|22B3) 0+:0000 0A' /proc/net/tcp && break
            sleep 0.05
        done
        : >$files/agent.log
        ip netns exec $a $busbar agent --config $files/busbar.yaml --log-level info >$files/agent.log 2>&1 &
        timeout 20 sh -c "tail -n +1 -f $files/agent.log | grep -q -m1 '$until'"
        code=$?
        cat $files/agent.log
        exit $code

        """#

    /// Runs the agent and a broker.
    ///
    /// - Parameters:
    ///   - mqtt: the agent's `mqtt` section.
    ///   - until: what its log is to have.
    ///   - setup: makes the hosts file and the rest of the addresses; what the names `a` and `b` stand for are namespaces.
    /// - Returns: the agent's log; nothing where this host does not let us make namespaces.
    private func log(
        _ files: TemporaryDirectory,
        mqtt: String,
        broker: String,
        until: String,
        setup: String,
        environment: [String: String] = [:]
    ) async throws -> String? {
        guard geteuid() == 0, (try? Executable.find("ip", package: "iproute2")) != nil,
            let mosquitto = try? Executable.find("mosquitto", package: "mosquitto")
        else {
            print("skipped: network namespaces need root, ip and mosquitto")
            return nil
        }
        try files.write(
            """
            agent: { id: bench-1, state_directory: \(files.path(of: "state")) }
            mqtt: \(mqtt)
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
        try files.write(broker + "\nallow_anonymous true\nuser root\n", to: "mosquitto.conf")
        try files.write(Self.link + "until='\(until)'\n" + setup + Self.agent, to: "script.sh")
        let run = try await ChildProcess.start(
            "/bin/bash",
            [files.path(of: "script.sh"), try TestProgram.path, mosquitto, files.path],
            environment: environment
        )
        let status = await run.waitForExit(within: .seconds(60))
        if status == .exited(77) {
            print("skipped: this host lets nobody make network namespaces")
            return nil
        }
        #expect(status == .exited(0), "\(run.standardOutput)\n\(run.standardError)")
        return run.standardOutput
    }

    @Test("is reached by IPv4 at once, and the log says nothing of IPv6", arguments: Neighbour.allCases)
    func bothFamilies(_ neighbour: Neighbour) async throws {
        let log = try await log(
            try TemporaryDirectory(prefix: "namespaces"),
            mqtt: "{ broker: mqtt://broker.example }",
            broker: "listener 1883 10.78.0.2",
            until: "connected to",
            setup: neighbour.setup + #"""

                printf 'fd78::2 broker.example\n10.78.0.2 broker.example\n127.0.0.1 localhost\n' > /etc/netns/$a/hosts
                """#
        )
        guard let log else { return }
        #expect(!log.contains("nobody listens"), "\(log)")
        #expect(!log.contains("cannot be reached"), "\(log)")
    }

    @Test(
        "is reached with TLS at the last of one family, where the first refuses and the second is silent, by its name only",
        arguments: [
            Certified(names: "DNS:broker.example"), Certified(names: "DNS:broker.example", hasFile: false),
            Certified(names: "IP:10.78.0.2,IP:10.78.0.3,IP:10.78.0.4", isGood: false),
        ]
    )
    func oneFamily(_ certified: Certified) async throws {
        let certificates = try await Certificates()
        try await certificates.sign("own", "subjectAltName=\(certified.names)")
        let log = try await log(
            try TemporaryDirectory(prefix: "namespaces"),
            mqtt: "{ broker: mqtts://broker.example"
                + (certified.hasFile ? ", tls: { ca_file: \(certificates.authority) } }" : " }"),
            broker: """
                listener 8883 10.78.0.4
                certfile \(certificates.certificate("own"))
                keyfile \(certificates.key("own"))
                """,
            until: certified.isGood ? "connected to" : "is for another host name",
            setup: #"""
                ip -n $b address add 10.78.0.4/24 dev vb || exit 77
                ip -n $a neighbour add 10.78.0.3 lladdr 02:00:00:00:00:99 dev va || exit 77
                printf '10.78.0.%d broker.example\n' 2 3 4 > /etc/netns/$a/hosts
                """#,
            // What OpenSSL takes for the system's authorities.
            environment: certified.hasFile ? [:] : ["SSL_CERT_FILE": certificates.authority]
        )
        withExtendedLifetime(certificates) {}
        guard let log else { return }
        #expect(log.contains("connected to") == certified.isGood, "\(log)")
        #expect(!log.contains("nobody listens"), "\(log)")
        #expect(!log.contains("cannot be reached"), "\(log)")
    }
}
