/// A request to the simulated web interface.
struct EnerGenieRequest: Sendable, Equatable {
    /// The largest request that is taken, in bytes.
    static let limit = 16 * 1024

    let isPost: Bool
    let path: String
    /// The body's fields, decoded.
    let fields: [(name: String, value: [UInt8])]

    /// Reads a request; nothing when it is not whole yet, or no request.
    init?(_ bytes: some RandomAccessCollection<UInt8>) {
        let bytes = Array(bytes)
        guard let end = Self.endOfHead(bytes) else { return nil }
        let lines = bytes[..<end].split(separator: UInt8(ascii: "\n"))
        let words = lines.first?.split(separator: UInt8(ascii: " ")) ?? []
        guard words.count >= 2 else { return nil }
        isPost = words[0].elementsEqual("POST".utf8)
        path = String(decoding: words[1], as: UTF8.self)
        let body = bytes[end...]
        guard body.count >= Self.length(lines.dropFirst()) else { return nil }
        fields = isPost ? body.split(separator: UInt8(ascii: "&")).map(Self.field) : []
    }

    static func == (left: EnerGenieRequest, right: EnerGenieRequest) -> Bool {
        left.isPost == right.isPost && left.path == right.path
            && left.fields.elementsEqual(right.fields) { $0 == $1 }
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        var lineFeeds = 0
        for (place, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "\n"): lineFeeds += 1
            case UInt8(ascii: "\r"): continue
            default: lineFeeds = 0
            }
            if lineFeeds == 2 { return place + 1 }
        }
        return nil
    }

    private static func length(_ lines: ArraySlice<ArraySlice<UInt8>>) -> Int {
        for line in lines where line.first == UInt8(ascii: "C") || line.first == UInt8(ascii: "c") {
            let parts = String(decoding: line, as: UTF8.self).lowercased().split(separator: ":")
            guard parts.count == 2, parts[0] == "content-length" else { continue }
            return Int(parts[1].filter(\.isNumber)) ?? 0
        }
        return 0
    }

    private static func field(_ bytes: ArraySlice<UInt8>) -> (name: String, value: [UInt8]) {
        let equals = bytes.firstIndex(of: UInt8(ascii: "=")) ?? bytes.endIndex
        return (String(decoding: bytes[..<equals], as: UTF8.self), decoded(bytes[equals...].dropFirst()))
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var rest = bytes
        var value: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+") {
                value.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%"),
                let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                value.append(code)
                rest = rest.dropFirst(2)
            } else {
                value.append(byte)
            }
        }
        return value
    }
}
