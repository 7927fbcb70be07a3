internal import AsyncHTTPClient
public import Power

/// Switches outlets by HTTP requests.
public final class HTTPDriver: PDUDriver {
    let configuration: HTTPDriverConfiguration
    let client: HTTPClient

    init(_ configuration: HTTPDriverConfiguration, client: HTTPClient) {
        self.configuration = configuration
        self.client = client
    }

    /// Nothing is known of the device, so it gets the usual time to show a new state.
    public var traits: DriverTraits {
        DriverTraits(driver: "http", settleInterval: .milliseconds(200))
    }

    /// Runs `body`: there is nothing to open.
    ///
    /// - Throws: what `body` threw.
    public nonisolated(nonsending) func withSession<Value: Sendable>(
        _ body: nonisolated(nonsending) (any PDUSession) async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        try await body(HTTPSession(configuration: configuration, client: client))
    }

    /// Does nothing: the client belongs to all devices.
    public nonisolated(nonsending) func shutDown() async {}
}
