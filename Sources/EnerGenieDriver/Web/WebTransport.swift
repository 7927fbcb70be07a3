/// Carries requests to web servers, each on a connection of its own.
///
/// Keeping a connection for the next request gains little beside the device's own time and loses requests: a server
/// that closes after its answer does so while the next request is already on its way.
protocol WebTransport: Sendable {
    /// Sends a request and reads the answer whole, 64 KiB at most.
    ///
    /// Cancellation ends it at once.
    nonisolated(nonsending) func run(
        _ exchange: HTTPExchange,
        with endpoint: EnerGenieEndpoint,
        within limit: Duration
    ) async throws(ExchangeError) -> HTTPReply
}
