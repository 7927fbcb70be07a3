/// An HTTP answer, read whole.
public struct HTTPReply: Sendable, Equatable {
    /// The status, 100 to 999.
    public let status: Int
    /// The body as sent; the devices' alphabet is ISO 8859-1.
    public let body: [UInt8]

    /// An answer.
    public init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}
