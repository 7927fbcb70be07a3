public import Power

/// Switches outlets by running programs.
public final class CommandDriver: PDUDriver {
    let configuration: CommandDriverConfiguration

    init(_ configuration: CommandDriverConfiguration) {
        self.configuration = configuration
    }

    /// A read-back starts a program, so it is not repeated as often as with other drivers.
    public var traits: DriverTraits {
        DriverTraits(driver: "command", settleInterval: .milliseconds(500))
    }

    /// Runs `body`: there is nothing to open.
    ///
    /// - Throws: what `body` threw.
    public nonisolated(nonsending) func withSession<Value: Sendable>(
        _ body: nonisolated(nonsending) (any PDUSession) async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        try await body(CommandSession(configuration: configuration))
    }

    /// Does nothing: a program lives only as long as its question.
    public nonisolated(nonsending) func shutDown() async {}
}

/// The work with a device behind programs.
struct CommandSession: PDUSession {
    let configuration: CommandDriverConfiguration

    nonisolated(nonsending) func read(_ scope: ReadScope) async throws(DriverError) -> DeviceReading {
        try await SeparateReadings.read(
            scope.outlets(of: configuration.outlets),
            question: { ProgramRun(configuration.state, outlet: $0) },
            ask: { run, outlet async throws(DriverError) in try await output(of: run, "read of outlet \(outlet)") },
            understand: { configuration.words.reading(ofText: String(decoding: $1, as: UTF8.self)) }
        )
    }

    nonisolated(nonsending) func set(_ orders: [OutletNumber: PowerState]) async throws(DriverError) {
        for (outlet, state) in orders.sorted(by: { $0.key < $1.key }) {
            guard configuration.outlets.contains(outlet) else {
                throw DriverError(.unsupported, "\(configuration.name): outlet \(outlet) is not in the configuration")
            }
            let program = state == .on ? configuration.on : configuration.off
            _ = try await ProgramRun(program, outlet: outlet)
                .output(within: configuration.limit, for: "\(configuration.name): switch of outlet \(outlet)")
        }
    }

    nonisolated(nonsending) func describe() async throws(DriverError) -> DeviceDescription {
        DeviceDescription(outlets: configuration.outlets.sorted())
    }

    private nonisolated(nonsending) func output(of run: ProgramRun, _ what: String) async throws(DriverError) -> [UInt8]
    {
        var tries = configuration.retries
        while true {
            do throws(DriverError) {
                return try await run.output(within: configuration.limit, for: "\(configuration.name): \(what)")
            } catch {
                guard error.code == .timeout, tries > 0 else { throw error }
                tries -= 1
            }
        }
    }
}
