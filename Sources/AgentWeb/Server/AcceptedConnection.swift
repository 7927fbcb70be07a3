import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// A connection that was accepted. Whoever lets go of it before it was served closes it.
///
/// A server that ends lets go of what it has accepted and not begun to serve: what waits in its queue when it is cancelled,
/// and what is set up only after its own socket was closed. NIO traps when a `NIOAsyncChannel` goes away that nobody has
/// finished, so none is ever without this around it.
final class AcceptedConnection: ServerChildChannelValue {
    let channel: any Channel
    private let unserved: Mutex<HTTP1Channel.Value?>

    init(_ connection: HTTP1Channel.Value) {
        channel = connection.channel
        unserved = Mutex(connection)
    }

    /// The connection, for the one who serves it and thereby finishes it.
    func take() -> HTTP1Channel.Value? { unserved.withLock { $0.take() } }

    deinit {
        guard let connection = take() else { return }
        // Free, because nobody can wait in a deinit; it ends when the connection is closed.
        Task { try? await connection.executeThenClose { _, _ in } }
    }
}

/// Sets up the connections of a server so that each is finished, whatever becomes of the server.
struct AcceptedChannel<Base: ServerChildChannel>: ServerChildChannel where Base.Value == HTTP1Channel.Value {
    let base: Base
    let places: ConnectionPlaces
    /// Asked about each connection, on its event loop, before anything of it is read.
    let admission: @Sendable (any Channel) -> EventLoopFuture<Void>

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<AcceptedConnection> {
        channel.eventLoop
            .makeCompletedFuture {
                try places.enter(channel)
                try channel.pipeline.syncOperations.addHandler(ConnectionManners(places))
            }
            .flatMap { admission(channel) }
            .flatMap { base.setup(channel: channel, logger: logger) }
            .map { AcceptedConnection($0) }
            .flatMapErrorThrowing { error in
                // Nobody else closes it: the server is only given what was set up.
                channel.close(promise: nil)
                throw error
            }
    }

    func handle(value: AcceptedConnection, logger: Logger) async {
        guard let connection = value.take() else { return }
        if Task.isShuttingDownGracefully {
            // It was told so before there was a handler that could have heard it.
            connection.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
        await base.handle(value: connection, logger: logger)
    }
}
