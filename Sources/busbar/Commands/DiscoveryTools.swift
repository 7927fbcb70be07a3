import Discovery
import EnerGenieDriver
import Logging
import NIOPosix
import SNMPClient

/// What `busbar probe` and `busbar scan` ask devices with.
struct DiscoveryTools {
    let probe: DeviceProbe
    private let engine: SNMPEngine
    private let strips: EnerGenieDrivers

    init() {
        // What goes wrong stands in the report.
        let logger = Logger(label: "busbar.probe") { _ in SwiftLogNoOpLogHandler() }
        OpenFileLimit.raise()
        engine = SNMPEngine(logger: logger)
        strips = EnerGenieDrivers(on: MultiThreadedEventLoopGroup.singleton, logger: logger)
        probe = DeviceProbe(engine: engine, strips: strips, logger: logger)
    }

    func shutDown() async {
        await engine.close()
        await strips.shutDown()
    }
}
