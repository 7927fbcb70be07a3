internal import AsyncHTTPClient
public import Logging
public import NIOCore
internal import Synchronization

/// Makes drivers for devices that Busbar knows nothing of: switched by programs, or by HTTP requests of the site's own.
///
/// The composition root keeps one for the whole agent and shuts it down after the last driver.
public final class GenericDrivers: Sendable {
    private let group: any EventLoopGroup
    private let logger: Logger
    private let client = Mutex<HTTPClient?>(nil)

    /// - Parameters:
    ///   - group: the event loops that HTTP connections run on; it is not shut down here.
    ///   - logger: told of what cannot be told elsewhere; never of a secret.
    public init(on group: any EventLoopGroup, logger: Logger) {
        self.group = group
        self.logger = logger
    }

    /// A driver that runs programs.
    public func command(_ configuration: CommandDriverConfiguration) -> CommandDriver {
        CommandDriver(configuration)
    }

    /// A driver that sends HTTP requests.
    public func http(_ configuration: HTTPDriverConfiguration) -> HTTPDriver {
        HTTPDriver(configuration, client: sharedClient())
    }

    /// Frees what the drivers shared; none of them may be used afterwards.
    public nonisolated(nonsending) func shutDown() async {
        guard let client = client.withLock({ $0.take() }) else { return }
        do {
            try await client.shutdown()
        } catch {
            logger.warning("the HTTP client did not shut down cleanly: \(error)")
        }
    }

    private func sharedClient() -> HTTPClient {
        client.withLock { client in
            if let client { return client }
            var configuration = HTTPClient.Configuration()
            configuration.redirectConfiguration = .disallow
            configuration.httpVersion = .http1Only
            configuration.decompression = .disabled
            configuration.connectionPool.retryConnectionEstablishment = false
            configuration.timeout.connect = .seconds(60)
            let made = HTTPClient(eventLoopGroup: group, configuration: configuration)
            client = made
            return made
        }
    }
}
