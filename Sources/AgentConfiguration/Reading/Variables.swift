/// Puts the environment's variables into a text: `${NAME}`. A dollar sign before it, `$${NAME}`, keeps it as it is.
struct Variables {
    /// Why a text could not be completed.
    struct Problem: Error {
        var message: String
    }

    let environment: [String: String]

    /// Whether there is anything to put in.
    static func areIn(_ text: String) -> Bool { text.utf8.contains(UInt8(ascii: "$")) && text.contains("${") }

    func expand(_ text: String) throws(Problem) -> String {
        guard Self.areIn(text) else { return text }
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                result += "${"
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${") {
                guard let end = rest.firstIndex(of: "}") else {
                    throw Problem(message: "${ has no end; write ${NAME}, or $${ for the characters themselves")
                }
                let name = String(rest[..<end].dropFirst(2))
                guard Self.isName(name) else {
                    throw Problem(
                        message:
                            "between ${ and } stands the name of a variable; write $${ for the characters themselves"
                    )
                }
                guard let value = environment[name] else {
                    throw Problem(message: "the environment has no variable \(name)")
                }
                result += value
                rest = rest[rest.index(after: end)...]
            } else {
                result.append("$")
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
