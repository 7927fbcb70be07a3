import NIOCore
import NIOPosix

/// The Unix-domain socket at which `PassPersistProgram` reaches a simulated device.
final class PassPersistServer: Sendable {
    private let channel: any Channel

    private init(channel: any Channel) { self.channel = channel }

    static func start(
        path: String,
        _ objects: some PassPersistObjects
    ) async throws(PDUSimulatorError) -> PassPersistServer {
        do {
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(PassPersistHandler(objects))
                    }
                }
                .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true)
                .get()
            return PassPersistServer(channel: channel)
        } catch {
            throw PDUSimulatorError(.cannotStart, "cannot open the socket \(path): \(error)")
        }
    }

    deinit { channel.close(promise: nil) }

    func stop() async {
        // It can only be closed already.
        try? await channel.close()
    }
}
