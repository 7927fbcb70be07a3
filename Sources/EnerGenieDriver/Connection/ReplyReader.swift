internal import NIOCore

/// Recognises one whole answer in the bytes that a device sends.
protocol ReplyReader: Sendable {
    /// What an answer becomes.
    associatedtype Reply: Sendable

    /// Consumes what belongs to the answer and gives it back when it is whole.
    mutating func read(from bytes: inout ByteBuffer) throws(ExchangeError) -> Reply?

    /// Gives back the answer if the end of the connection makes it whole.
    mutating func end() throws(ExchangeError) -> Reply
}
