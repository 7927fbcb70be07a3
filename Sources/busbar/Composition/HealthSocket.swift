import Agent
import LocalServices
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Answers `busbar health`: a Unix-domain socket in the state directory. Whoever connects is sent one line of JSON.
///
/// It needs neither broker nor listener, and only the agent's own user and root may connect.
struct HealthSocket: Service {
    let path: String
    let id: String
    let agent: PowerAgent
    let reloads: ReloadBook
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
            .childChannelInitializer { [agent, id, reloads] connection in
                connection.eventLoop.makeCompletedFuture {
                    try connection.pipeline.syncOperations.addHandler(Answer(agent: agent, id: id, reloads: reloads))
                }
            }
            .withBoundSocket(try PrivateSocket.bind(path)).get()
        defer { PrivateSocket.remove(path) }
        try await withTaskCancellationHandler {
            try await server.closeFuture.get()
        } onCancel: {
            server.close(promise: nil)
        }
    }

    /// Tells whoever has connected how the agent is, and hangs up.
    private final class Answer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let agent: PowerAgent
        private let id: String
        private let reloads: ReloadBook

        init(agent: PowerAgent, id: String, reloads: ReloadBook) {
            self.agent = agent
            self.id = id
            self.reloads = reloads
        }

        func channelActive(context: ChannelHandlerContext) {
            let (connection, agent, id, reloads) = (context.channel, agent, id, reloads)
            // One short answer, which nobody waits for: a connection that breaks ends alone.
            Task {
                let report = await HealthReport(of: agent, id: id, reloads)
                try? await connection.writeAndFlush(ByteBuffer(string: JSONText.lines([report]) + "\n"))
                try? await connection.close()
            }
        }
    }
}
