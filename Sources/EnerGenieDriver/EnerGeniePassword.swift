/// The password of a device; it never shows itself in a log, a message or a debugger.
public struct EnerGeniePassword: Sendable, Hashable {
    /// The password's characters, one byte each.
    let latin1: [UInt8]

    /// Takes a password, or nothing when it holds a character outside ISO 8859-1: the devices know no other alphabet.
    public init?(_ text: String) {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            guard let byte = UInt8(exactly: scalar.value) else { return nil }
            bytes.append(byte)
        }
        latin1 = bytes
    }

    /// The password as a value of a web form (`application/x-www-form-urlencoded`).
    var formEncoded: [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return latin1.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "*"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"):
                [byte]
            case UInt8(ascii: " "):
                [UInt8(ascii: "+")]
            default:
                [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
    }
}

extension EnerGeniePassword: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Not the password.
    public var description: String { "(password)" }
    /// Not the password.
    public var debugDescription: String { description }
    /// Not the password.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
