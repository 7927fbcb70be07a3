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
