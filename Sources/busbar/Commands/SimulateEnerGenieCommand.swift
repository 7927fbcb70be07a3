import ArgumentParser
import NIOPosix
import PDUSimulator
import Power

/// `busbar simulate energenie`: a power strip.
struct SimulateEnerGenieCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "energenie",
        abstract: "Simulate an EnerGenie strip with its web interface and its native protocol.",
        discussion: "Four outlets, one session at a time bound to the client's address, like the real one."
    )

    @Option(help: "The port of its web interface.")
    var webPort = 8080

    @Option(help: "The port of its native protocol.")
    var nativePort = 5000

    @Option(help: "Its password.")
    var password = "1"

    @OptionGroup var faultOptions: FaultOptions

    func run() async throws {
        let configuration = SimulatedEnerGenieConfiguration(
            password: password,
            webPort: webPort,
            nativePort: nativePort,
            faults: try faultOptions.faults()
        )
        let strip = try await SimulatedEnerGenie.start(configuration, on: MultiThreadedEventLoopGroup.singleton)
        print("EnerGenie strip: http://127.0.0.1:\(strip.webPort)/, native protocol on port \(strip.nativePort)")
        print("Orders: \(SimulatorOrder.help)")
        await OrderConsole(device: strip).run()
        await strip.stop()
    }
}
