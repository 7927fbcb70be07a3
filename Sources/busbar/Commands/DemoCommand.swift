import Agent
import ArgumentParser
import Foundation
@preconcurrency import Glibc
import LocalServices
import Logging
import NIOPosix
import PDUSimulator

/// `busbar demo`: a broker, three simulated PDUs and the agent, all on this machine.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Try Busbar without any hardware.",
        discussion: """
            Starts a mosquitto, a simulated EnerGenie strip, two simulated SNMP PDUs (each behind a real snmpd) and \
            the agent, and prints what to try. Orders for the strip are taken from standard input. Ctrl-C ends \
            everything. Needs the Debian packages mosquitto, mosquitto-clients, snmpd and snmp.
            """
    )

    @Option(help: "The broker's port on 127.0.0.1; by default 18830, or a free one where that is taken.")
    var port: Int?

    @Option(help: "The page's port on 127.0.0.1; by default 8480, or a free one where that is taken.")
    var webPort: Int?

    @Option(help: "The port for pdudaemon's clients; by default 16421, or a free one where that is taken.")
    var pdudaemonPort: Int?

    @Option(help: "How much to log.")
    var logLevel = LogLevelArgument.notice

    func run() async throws {
        LogThreshold.fix(logLevel.level)
        LoggingSystem.bootstrap { label in TextLogHandler(label: label) }
        let directory = try TemporaryDirectory(prefix: "busbar-demo")
        let broker = try await startBroker()
        let strip = try await SimulatedEnerGenie.start(on: MultiThreadedEventLoopGroup.singleton)
        let rack = try await SimulatedSNMPDevice.start(SimulatedSNMPDeviceConfiguration(model: .raritanPX2))
        let secure = try await SimulatedSNMPDevice.start(
            SimulatedSNMPDeviceConfiguration(model: .apcRPDU, users: [Self.user])
        )
        // What the guide switches off or cycles is on.
        strip.press(4)
        rack.pdu.press(3)

        let page = try webPort ?? FreePort.tcp(preferring: 8480)
        let pdudaemon = try pdudaemonPort ?? FreePort.tcp(preferring: 16421)
        let text =
            configuration(broker, strip, rack, secure, directory: directory)
                + """
                web: { listen: 127.0.0.1:\(page) }
                pdudaemon: { listen: 127.0.0.1:\(pdudaemon) }

                """
        let path = try directory.write(text, to: "busbar.yaml")
        let configuration = try ConfigurationLoader(path: path).load()
        let assembly = try AgentAssembly(
            configuration: configuration,
            path: path,
            logger: Logger(label: "busbar")
        )
        print(Self.guide(broker: broker.port, page: page, configuration: path))
        fflush(nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await OrderConsole(device: strip).obey() }
            try await assembly.run()
            group.cancelAll()
        }

        await secure.stop()
        await rack.stop()
        await strip.stop()
        await broker.stop()
        print("The demo has ended.")
    }

    /// On the given port, or on the usual one of the demo, or on a free one where that is taken.
    private func startBroker() async throws -> Mosquitto {
        if let port { return try await Mosquitto.start(MosquittoConfiguration(port: port)) }
        do throws(LocalServicesError) {
            return try await Mosquitto.start(MosquittoConfiguration(port: Self.usualPort))
        } catch {
            return try await Mosquitto.start()
        }
    }

    private static let usualPort = 18830

    private static let user = SNMPUser(
        name: "labuser",
        authentication: .sha,
        authenticationPassphrase: "demo-passphrase",
        privacy: .aes,
        privacyPassphrase: "demo-passphrase"
    )

    private func configuration(
        _ broker: Mosquitto,
        _ strip: SimulatedEnerGenie,
        _ rack: SimulatedSNMPDevice,
        _ secure: SimulatedSNMPDevice,
        directory: TemporaryDirectory
    ) -> String {
        """
        agent: { id: demo, state_directory: \(directory.path) }
        mqtt: { broker: mqtt://127.0.0.1:\(broker.port) }
        poll: { interval: 2s }
        groups:
          board: { label: Board under test, outlets: [bench/1, rack1/1, rack2/1], stagger: 500ms }
          desk: { label: Lamp and lab router, outlets: [bench/3, bench/4], stagger: 500ms }
        loads:
          server: { label: Server with two supplies, feeds: [rack1/2, rack2/2] }
        pdus:
          - name: bench
            label: EnerGenie strip on the bench
            driver: energenie
            host: 127.0.0.1
            port: \(strip.webPort)
            password: "1"
            outlets:
              1: { label: Board }
              2: { label: Serial adapter }
              3: { label: Lamp }
              4: { label: Lab router, protected: true }
          - name: rack1
            label: Raritan in rack 1
            driver: snmp
            model: raritan-px2
            host: 127.0.0.1
            port: \(rack.port)
            version: 2c
            community: public
            write_community: private
            cycle: { off_time: 3s }
          - name: rack2
            label: APC in rack 2
            driver: snmp
            model: apc-rpdu
            host: 127.0.0.1
            port: \(secure.port)
            version: 3
            user: labuser
            auth: { protocol: SHA, passphrase: demo-passphrase }
            privacy: { protocol: AES, passphrase: demo-passphrase }

        """
    }

    private static func guide(broker: Int, page: Int, configuration: String) -> String {
        """

        Busbar's demo runs: an EnerGenie strip (bench), a Raritan PX2 (rack1) and an APC rack PDU over SNMPv3 (rack2),
        all simulated, at a mosquitto on port \(broker). Configuration: \(configuration)

        The page: http://127.0.0.1:\(page)/

        By the command line, in another terminal:
            export BUSBAR_BROKER=mqtt://127.0.0.1:\(broker)
            busbar status
            busbar on bench/1
        Or by any MQTT client. Watch everything:
            mosquitto_sub -p \(broker) -t 'lab/#' -v
        Switch an outlet on, off, or cycle it (off for 3 seconds, then on):
            mosquitto_pub -p \(broker) -q 1 -t lab/pdu/bench/outlet/1/set -m ON
            mosquitto_pub -p \(broker) -q 1 -t lab/pdu/rack1/outlet/3/set -m '{"action":"CYCLE","off_time":3,"id":"try-1"}'
            mosquitto_pub -p \(broker) -q 1 -t lab/pdu/rack2/outlet/8/set -m TOGGLE
        A protected outlet wants to be asked twice:
            mosquitto_pub -p \(broker) -q 1 -t lab/pdu/bench/outlet/4/set -m OFF
            mosquitto_pub -p \(broker) -q 1 -t lab/pdu/bench/outlet/4/set -m '{"action":"OFF","force":true}'
        A group, one outlet after the other:
            mosquitto_pub -p \(broker) -q 1 -t lab/group/board/set -m ON
        A server with two supplies: both off, and then both on again:
            mosquitto_pub -p \(broker) -q 1 -t lab/load/server/set -m '{"action":"CYCLE","off_time":3}'
        Press a button of the strip behind the agent's back, or let it die: type here, with Return after each,
            press 2
            dead
            alive
        and see the state follow within seconds, and the availability within half a minute.

        Ctrl-C ends the demo.

        """
    }
}
