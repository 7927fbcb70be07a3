/// Gathers a line that may arrive in pieces; it ends in LF, and a CR before that belongs to the end.
struct LineBuffer: Sendable {
    private var gathered: [UInt8] = []

    /// Consumes up to and including the end of a line; gives back the line, or nothing when its end is still to come.
    mutating func take(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
            gathered += rest
            rest = rest[rest.endIndex...]
            return nil
        }
        gathered += rest[..<end]
        rest = rest[rest.index(after: end)...]
        defer { gathered = [] }
        if gathered.last == UInt8(ascii: "\r") { gathered.removeLast() }
        return gathered
    }
}
