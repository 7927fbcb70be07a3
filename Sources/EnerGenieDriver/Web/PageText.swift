/// The bytes of a page, to be searched; letters match in either case.
struct PageText: Sendable {
    /// The page as sent.
    let bytes: [UInt8]
    private let small: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        small = ASCII.lowercased(bytes)
    }

    /// Whether there is nothing but white space.
    var isBlank: Bool { bytes.allSatisfy(ASCII.isSpace) }

    /// Whether the text occurs anywhere.
    func contains(_ text: StaticString) -> Bool {
        position(of: Self.small(text), from: 0) != nil
    }

    /// Where the text begins, each time it occurs.
    func positions(of text: StaticString) -> [Int] {
        let wanted = Self.small(text)
        var found: [Int] = []
        var start = 0
        while let next = position(of: wanted, from: start) {
            found.append(next)
            start = next + wanted.count
        }
        return found
    }

    /// Whether there is a field that a password is typed into: an `input` of type `password`, or the one named `pw` that
    /// the device's log-in form sends.
    var hasPasswordField: Bool {
        positions(of: "<input").contains { start in
            let tag = small[(start + "<input".utf8.count)...].prefix(512).prefix { $0 != UInt8(ascii: ">") }
            // `name = "pw"` as well as `name=pw`.
            let words = tag.split { ASCII.isSpace($0) || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") }
                .flatMap { $0.split(separator: UInt8(ascii: "="), omittingEmptySubsequences: false) }
                .filter { !$0.isEmpty }
                .map { String(decoding: $0, as: UTF8.self) }
            return zip(words, words.dropFirst()).contains {
                ($0 == "type" && $1 == "password") || ($0 == "name" && $1 == "pw")
            }
        }
    }

    /// What stands between each heading and its end, as text: trimmed, with HTML's five basic entities resolved.
    func contents(ofHeading heading: StaticString, end: StaticString) -> [String] {
        let end = Self.small(end)
        return positions(of: heading).compactMap { start in
            let start = start + heading.utf8CodeUnitCount
            guard let stop = position(of: end, from: start), stop - start <= 256 else { return nil }
            return Self.text(ASCII.trimmed(bytes[start..<stop]))
        }
    }

    private func position(of wanted: [UInt8], from start: Int) -> Int? {
        guard let first = wanted.first, small.count >= wanted.count else { return nil }
        return small.withUnsafeBufferPointer { small in
            wanted.withUnsafeBufferPointer { wanted in
                var place = start
                while place <= small.count - wanted.count {
                    if small[place] == first, small[place..<place + wanted.count].elementsEqual(wanted) { return place }
                    place += 1
                }
                return nil
            }
        }
    }

    private static func small(_ text: StaticString) -> [UInt8] {
        text.withUTF8Buffer { ASCII.lowercased($0) }
    }

    private static func text(_ latin1: ArraySlice<UInt8>) -> String {
        var text = ""
        for byte in latin1 where byte >= 0x20 && !(0x7f...0x9f).contains(byte) {
            text.unicodeScalars.append(Unicode.Scalar(byte))
        }
        let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&nbsp;", " "), ("&amp;", "&")]
        return entities.reduce(text) { text, entity in
            text.split(separator: entity.0, omittingEmptySubsequences: false).joined(separator: entity.1)
        }
    }
}
