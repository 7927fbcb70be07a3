import LocalServices
import NIOCore
import NIOPosix

/// A Unix-domain socket at which people and scripts give a simulated device orders, a line each, as
/// `echo press 3 | nc -U path`. Every order is answered with its own text.
public enum OrderSocket {
    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Takes orders until the task is cancelled. Only the user who runs the device can connect.
    ///
    /// - Parameters:
    ///   - path: the socket's path, at most 107 bytes; a socket left there by an earlier run is replaced.
    ///   - device: who carries them out.
    ///   - onOpen: called when orders are taken.
    /// - Throws: `cannotStart` when the socket cannot be opened.
    public static func serve(
        path: String,
        device: some OrderableDevice,
        onOpen: @Sendable () -> Void = {}
    ) async throws(PDUSimulatorError) {
        do {
            let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(try PrivateSocket.bind(path)) { channel in
                    channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
                }
            defer { PrivateSocket.remove(path) }
            onOpen()
            try await server.executeThenClose { connections in
                try await withThrowingDiscardingTaskGroup { group in
                    for try await connection in connections {
                        // A connection that breaks ends alone.
                        group.addTask { try? await serve(connection, device) }
                    }
                }
            }
        } catch is CancellationError {
            return
        } catch {
            throw PDUSimulatorError(.cannotStart, "cannot take orders at \(path): \(error)")
        }
    }

    private static func serve(_ connection: Connection, _ device: some OrderableDevice) async throws {
        try await connection.executeThenClose { inbound, outbound in
            var lines = LineBuffer(longestLine: 1_024)
            for try await piece in inbound {
                for line in lines.append(piece.readableBytesView) where line.contains(where: { !$0.isWhitespace }) {
                    let answer = await device.perform(line)
                    try await outbound.write(ByteBuffer(string: answer + "\n"))
                }
                if lines.isOverlong { return }
            }
        }
    }
}
