import Agent
import Glibc
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Answers `busbar health`: a Unix-domain socket in the state directory. Whoever connects is sent one line of JSON.
///
/// It needs neither broker nor listener, and only the agent's own user and root may connect.
struct HealthSocket: Service {
    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    let path: String
    let id: String
    let agent: PowerAgent
    let logger: Logger

    /// The socket of the agent with a state directory.
    static func path(in stateDirectory: String) -> String { stateDirectory + "/agent.sock" }

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await serve() }
        } catch is CancellationError {
            return
        } catch {
            logger.warning(
                "busbar health cannot ask this agent; all else works",
                metadata: ["socket": "\(path)", "error": "\(error)"]
            )
            try? await gracefulShutdown()
        }
    }

    private func serve() async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            // What an agent that was killed left there is replaced.
            .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true) { channel in
                channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
            }
        chmod(path, 0o600)
        defer { unlink(path) }
        try await server.executeThenClose { connections in
            try await withThrowingDiscardingTaskGroup { group in
                for try await connection in connections {
                    // A connection that breaks ends alone.
                    group.addTask { try? await answer(connection) }
                }
            }
        }
    }

    private func answer(_ connection: Connection) async throws {
        try await connection.executeThenClose { _, outbound in
            let report = await HealthReport(of: agent, id: id)
            try await outbound.write(ByteBuffer(string: JSONText.lines([report]) + "\n"))
        }
    }
}
