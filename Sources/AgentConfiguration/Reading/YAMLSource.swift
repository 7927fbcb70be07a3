import Yams

/// Turns the bytes of a file into values with places, or says why it cannot.
struct YAMLSource {
    typealias Problem = YAMLProblem

    static let aliasMessage = "anchors (&name) and aliases (*name) are not read; write the value where it is used"

    private let text: String

    /// Takes the bytes of a file that people wrote as text.
    init(_ bytes: [UInt8]) throws(Problem) {
        guard bytes.count <= ConfigurationFile.maximumSize else {
            throw Problem(
                location: .start,
                message: "the file is larger than \(ConfigurationFile.maximumSize.formattedSize)"
            )
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw Problem(location: .start, message: "the file is UTF-16; save it as UTF-8")
        }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let content = bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes[...]
        guard let text = String(validating: content, as: UTF8.self) else {
            throw Problem(
                location: Self.firstInvalid(content),
                message: "this is not UTF-8; the file must be text in UTF-8"
            )
        }
        var location = SourceLocation.start
        for scalar in text.unicodeScalars {
            if Self.isForbidden(scalar) {
                let code = String(scalar.value, radix: 16, uppercase: true)
                throw Problem(
                    location: location,
                    message: "the control character U+\(String(repeating: "0", count: max(0, 4 - code.count)))\(code) "
                        + "has no place in a text file"
                )
            }
            location = location.after(scalar)
        }
        self.text = text
    }

    /// Reads the one document of the file. Keys that are given twice are all in it.
    ///
    /// - Returns: nothing for a file without content.
    func read() throws(Problem) -> YAMLValue? {
        try refuseAliases()
        var composer = YAMLComposer(text: text)
        return try composer.read()
    }

    /// Refuses anchors and aliases, as Yams would expand a short file into billions of values.
    ///
    /// Yams tells of aliases only after it has followed them. So every `*name` that could be one is first read as an
    /// anchor, `&name`, which has the same grammar and length and stands for nothing. What then turns out to carry an
    /// anchor is an anchor or an alias; everything else was a part of some text.
    private func refuseAliases() throws(Problem) {
        var bytes = Array(text.utf8)
        var isSuspect = false
        for index in bytes.indices.dropLast() where Self.isNameByte(bytes[index + 1]) {
            switch bytes[index] {
            case UInt8(ascii: "*"):
                bytes[index] = UInt8(ascii: "&")
                isSuspect = true
            case UInt8(ascii: "&"): isSuspect = true
            default: break
            }
        }
        guard isSuspect else { return }
        var composer = YAMLComposer(text: String(decoding: bytes, as: UTF8.self))
        do throws(Problem) {
            let found = try composer.compose { root throws(Problem) in root.flatMap(Self.firstAnchor) }
            if let found { throw Problem(location: found, message: Self.aliasMessage) }
        } catch {
            let isAnchor = error.location.index(in: text).map { "*&".unicodeScalars.contains(text.unicodeScalars[$0]) }
            throw isAnchor == true ? Problem(location: error.location, message: Self.aliasMessage) : error
        }
    }

    private static func firstAnchor(_ node: Node) -> SourceLocation? {
        if node.anchor != nil { return SourceLocation(node.mark) }
        switch node {
        case .mapping(let mapping):
            for entry in mapping {
                if let found = firstAnchor(entry.key) ?? firstAnchor(entry.value) { return found }
            }
        case .sequence(let sequence):
            for element in sequence {
                if let found = firstAnchor(element) { return found }
            }
        case .scalar, .alias: break
        }
        return nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// The characters that YAML does not print (YAML 1.1 section 4.1), a byte order mark in the middle among them.
    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: false
        default: true
        }
    }

    private static func firstInvalid(_ bytes: ArraySlice<UInt8>) -> SourceLocation {
        var location = SourceLocation.start
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { location = location.after(scalar) }
        return location
    }
}
