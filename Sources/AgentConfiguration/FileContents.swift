/// A file that was read.
public struct FileContents: Sendable {
    /// What is in it.
    public var bytes: [UInt8]
    /// Whether every user of the host may read it.
    public var isWorldReadable: Bool

    /// Contents.
    public init(bytes: [UInt8], isWorldReadable: Bool = false) {
        self.bytes = bytes
        self.isWorldReadable = isWorldReadable
    }
}
