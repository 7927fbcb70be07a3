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
            .childChannelInitializer { [agent, id] connection in
                // One short answer each, which has nobody to wait for it: a connection that breaks ends alone.
                Task {
                    let report = await HealthReport(of: agent, id: id)
                    try? await connection.writeAndFlush(ByteBuffer(string: JSONText.lines([report]) + "\n"))
                    try? await connection.close()
                }
                return connection.eventLoop.makeSucceededVoidFuture()
            }
            .withBoundSocket(try Self.bind(path)).get()
        defer { unlink(path) }
        try await withTaskCancellationHandler {
            try await server.closeFuture.get()
        } onCancel: {
            server.close(promise: nil)
        }
    }

    /// A socket at the path that is nobody else's from its first moment. What an agent that was killed left there is
    /// replaced.
    private static func bind(_ path: String) throws -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isShort = withUnsafeMutableBytes(of: &address.sun_path) { place in
            guard path.utf8.count < place.count else { return false }
            place.copyBytes(from: path.utf8)
            return true
        }
        guard isShort else { throw IOError(errnoCode: ENAMETOOLONG, reason: "the path of a socket") }
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        // Only a socket is replaced: anything else at the path is somebody's file.
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
        // Linux makes the file with the mode that the socket itself has, less the umask.
        let isBound =
            fchmod(descriptor, 0o600) == 0
            && withUnsafePointer(to: &address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    Glibc.bind(descriptor, address, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                }
            }
        guard isBound else {
            let error = IOError(errnoCode: errno, reason: "bind")
            close(descriptor)
            throw error
        }
        return descriptor
    }
}
