/// The line protocol between snmpd and a `pass_persist` program, from the program's side: lines in, lines out.
///
/// As snmpd 5.9 speaks it: `PING` before every request; `get` or `getnext` and a line with the identifier; `set`, a line
/// with the identifier, a line with type and value, and an empty line. An answer is the identifier, the type and the
/// value on a line each, or `NONE`; to `set` it is `DONE` or the name of an error.
public struct PassPersist: Sendable {
    private enum Expectation {
        case command
        case object(next: Bool)
        case written
        case value(SimulatedOID?)
    }

    private var expected = Expectation.command

    /// A conversation that has just begun.
    public init() {}

    /// Takes a line without its end.
    ///
    /// - Returns: what to write back, with the ends of lines; nothing when more has to come first.
    public mutating func receive(_ line: String, _ objects: some PassPersistObjects) -> String? {
        switch expected {
        case .command:
            switch line {
            case "PING": return "PONG\n"
            case "get": expected = .object(next: false)
            case "getnext": expected = .object(next: true)
            case "set": expected = .written
            // An empty line ends a set; whatever else snmpd may say is none of ours.
            default: break
            }
            return nil
        case .object(let next):
            expected = .command
            guard let oid = SimulatedOID(line) else { return "NONE\n" }
            if next { return objects.next(after: oid).map { Self.answer($0.oid, $0.value) } ?? "NONE\n" }
            return objects.value(of: oid).map { Self.answer(oid, $0) } ?? "NONE\n"
        case .written:
            expected = .value(SimulatedOID(line))
            return nil
        case .value(let oid):
            expected = .command
            guard let oid else { return "not-writable\n" }
            return switch objects.write(Self.value(line), to: oid) {
            case .done: "DONE\n"
            case .noSuchObject, .notWritable: "not-writable\n"
            case .wrongType: "wrong-type\n"
            case .wrongValue: "wrong-value\n"
            case .refused: "gen-error\n"
            }
        }
    }

    private static func answer(_ oid: SimulatedOID, _ value: SimulatedValue) -> String {
        let word: String
        var text = value.description
        switch value {
        case .integer: word = "integer"
        case .gauge: word = "gauge"
        case .counter: word = "counter"
        case .counter64: word = "counter64"
        case .timeTicks: word = "timeticks"
        case .octets(let bytes):
            let isPrintable = bytes.allSatisfy { (0x20..<0x7F).contains($0) }
            word = isPrintable ? "string" : "octet"
            if !isPrintable { text = Hexadecimal.text(bytes) }
        case .objectID(let oid):
            word = "objectid"
            text = ".\(oid)"
        case .ipAddress: word = "ipaddress"
        }
        return ".\(oid)\n\(word)\n\(text)\n"
    }

    /// Reads `integer 1`, `string "text"`, `octet "00 ff"` and so on; nothing when it is not of that form. snmpd writes
    /// types that it does not know by leaving the end of an earlier value there.
    static func value(_ line: String) -> SimulatedValue? {
        guard let space = line.firstIndex(of: " ") else { return nil }
        let text = line[line.index(after: space)...]
        switch line[..<space] {
        case "integer": return Int32(text).map { .integer($0) }
        // Written as a signed number: 4000000000 comes as -294967296.
        case "gauge": return Int64(text).map { .gauge(UInt32(truncatingIfNeeded: $0)) }
        case "counter": return Int64(text).map { .counter(UInt32(truncatingIfNeeded: $0)) }
        case "counter64": return UInt64(text).map { .counter64($0) }
        case "timeticks": return Int64(text).map { .timeTicks(UInt32(truncatingIfNeeded: $0)) }
        case "string": return unquoted(text).map { .text(String($0)) }
        case "octet": return unquoted(text).flatMap { Hexadecimal.bytes($0) }.map { .octets($0) }
        case "objectid": return unquoted(text).flatMap { SimulatedOID($0) }.map { .objectID($0) }
        case "ipaddress":
            let bytes = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
            guard bytes.count == 4, let first = bytes[0], let second = bytes[1], let third = bytes[2],
                let fourth = bytes[3]
            else { return nil }
            return .ipAddress(first, second, third, fourth)
        default: return nil
        }
    }

    /// Only the outermost quotes: snmpd does not mark those inside.
    private static func unquoted(_ text: Substring) -> Substring? {
        guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return nil }
        return text.dropFirst().dropLast()
    }
}
