/// How far a connection has got.
enum ConnectionStage: Sendable, Equatable {
    /// TCP is being set up.
    case reaching
    /// TLS and the greeting.
    case greeting
    /// The broker has let us in.
    case established
    /// We have said goodbye, and the library has yet to write it.
    case leaving
    /// The goodbye is written; the broker is to close the connection.
    case left
}
