import ArgumentParser
import PDUSimulator

/// How a simulated device misbehaves from the start.
struct FaultOptions: ParsableArguments {
    @Option(help: "Let every answer wait, like 50ms.")
    var latency: String?

    @Option(help: "Lose this share of requests and answers, like 10%.")
    var loss: String?

    @Option(help: "Report the old state so long after a switch, like 2s.")
    var lag: String?

    @Flag(help: "Give no sign of life.")
    var dead = false

    @Flag(help: "Answer, but refuse to switch.")
    var refusing = false

    /// The faults.
    func faults() throws -> Faults {
        do throws(PDUSimulatorError) {
            return Faults(
                latency: try latency.map { text throws(PDUSimulatorError) in try SimulatorOrder.duration(text) }
                    ?? .zero,
                loss: try loss.map { text throws(PDUSimulatorError) in try SimulatorOrder.share(text) } ?? 0,
                isDead: dead,
                isRefusing: refusing,
                settleLag: try lag.map { text throws(PDUSimulatorError) in try SimulatorOrder.duration(text) } ?? .zero
            )
        } catch {
            throw ValidationError(error.message)
        }
    }
}
