/// The name of a PDU, unique in a fleet: 1 to 64 of `A-Z a-z 0-9 _ -`.
///
/// It is a topic level, a part of Home Assistant's identifiers and a word on the command line, so nothing else fits.
public struct PDUName: Sendable, Hashable {
    /// The name as written.
    public let rawValue: String

    /// Takes a name, or nothing when it does not fit the alphabet or the length.
    public init?(_ rawValue: some StringProtocol) {
        guard Identifier.isValid(rawValue) else { return nil }
        self.rawValue = String(rawValue)
    }
}

extension PDUName: Comparable {
    /// Names sort as text.
    public static func < (left: PDUName, right: PDUName) -> Bool { left.rawValue < right.rawValue }
}

extension PDUName: CustomStringConvertible {
    /// The name as written.
    public var description: String { rawValue }
}
