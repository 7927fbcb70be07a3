import Foundation

/// The keys of a JSON object as they stand in its text. A decoder gives a key that stands there twice only once, and
/// which of its values it gives is nobody's promise.
struct JSONKeys {
    /// The keys in their order, repetitions included. What is not JSON gives any number of keys.
    let names: [String]

    init(of text: [UInt8]) {
        var names: [String] = []
        var depth = 0
        var position = 0
        /// The last string of the object itself; it is a key when a colon follows.
        var candidate: Range<Int>?
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "\""):
                let end = Self.endOfString(in: text, from: position)
                candidate = depth == 1 ? position..<end : nil
                position = end
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                // Behind the object follows nothing that is JSON.
                if depth <= 0 { position = text.count }
            case UInt8(ascii: ":"):
                if depth == 1, let candidate, let name = Self.string(text[candidate]) { names.append(name) }
                candidate = nil
            default: break
            }
            position += 1
        }
        self.names = names
    }

    /// The first key that stands there a second time.
    var repeated: String? {
        var seen: Set<String> = []
        return names.first { !seen.insert($0).inserted }
    }

    /// The place behind the closing quotation mark, or the end of the text.
    private static func endOfString(in text: [UInt8], from start: Int) -> Int {
        var position = start + 1
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "\\"): position += 2
            case UInt8(ascii: "\""): return position + 1
            default: position += 1
            }
        }
        return text.count
    }

    /// What a string with its quotation marks says; escapes in a key are as good as the characters themselves.
    private static func string(_ quoted: ArraySlice<UInt8>) -> String? {
        guard quoted.contains(UInt8(ascii: "\\")) else {
            return String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
        }
        return try? JSONDecoder().decode(String.self, from: Data(quoted))
    }
}
