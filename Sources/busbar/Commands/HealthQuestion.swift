import Foundation
import Glibc
import NIOCore
import NIOPosix

/// Asks the agent that runs with a state directory how it is.
struct HealthQuestion {
    /// Why there is no answer.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// An answer is far shorter.
    private static let longestAnswer = 1 << 16

    let stateDirectory: String

    /// The agent's answer.
    ///
    /// - Parameter limit: how long to wait for it.
    func ask(within limit: Duration) async throws(Problem) -> HealthReport {
        do {
            let answer = try await withThrowingTaskGroup(of: [UInt8].self) { group in
                group.addTask { try await read() }
                group.addTask {
                    try await Task.sleep(for: limit)
                    throw Problem(description: "the agent does not answer within \(limit.formatted(.units()))")
                }
                defer { group.cancelAll() }
                return try await group.next() ?? []
            }
            return try JSONDecoder().decode(HealthReport.self, from: Data(answer))
        } catch let problem as Problem {
            throw problem
        } catch let error as IOError where [ENOENT, ECONNREFUSED, ENOTDIR].contains(error.errnoCode) {
            throw Problem(description: "no agent runs with the state directory \(stateDirectory)")
        } catch let error as IOError where [EACCES, EPERM].contains(error.errnoCode) {
            throw Problem(description: "only root and the agent's own user may ask the agent of \(stateDirectory)")
        } catch is DecodingError {
            throw Problem(description: "the agent ended before it answered, or is of another version")
        } catch {
            throw Problem(description: "the agent of \(stateDirectory) cannot be asked: \(error)")
        }
    }

    private func read() async throws -> [UInt8] {
        let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(unixDomainSocketPath: HealthSocket.path(in: stateDirectory)) { channel in
                channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
            }
        return try await connection.executeThenClose { inbound, _ in
            var answer: [UInt8] = []
            for try await piece in inbound {
                answer += piece.readableBytesView
                if answer.count > Self.longestAnswer { break }
            }
            return answer
        }
    }
}
