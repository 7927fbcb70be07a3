/// A value in a model file: a number or a text.
public enum ModelValue: Sendable, Hashable {
    /// A whole number.
    case integer(Int)
    /// A text.
    case text(String)

    /// Whether the device answered this value, as a number or as the digits of one.
    func matches(_ answer: DeviceValue) -> Bool {
        switch self {
        case .integer(let number): answer.integer == number
        case .text(let text): answer.text == text
        }
    }
}

extension ModelValue: CustomStringConvertible {
    /// The number or the text.
    public var description: String {
        switch self {
        case .integer(let number): String(number)
        case .text(let text): text
        }
    }
}
