/// What a configuration sets for a part of an index: a number, or a text such as a MAC address.
public enum IndexValue: Sendable, Hashable {
    /// One arc.
    case number(UInt32)
    /// An arc for each character, with their number in front where the model says so.
    case text(String)

    /// The value that some arcs of a row's index are.
    init(arcs: [UInt32], _ width: IndexPart.Width) {
        if case .arcs(1) = width, let arc = arcs.first {
            self = .number(arc)
        } else {
            let characters = width == .counted ? arcs.dropFirst() : arcs[...]
            self = .text(String(decoding: characters.map { UInt8(clamping: $0) }, as: UTF8.self))
        }
    }

    /// The arcs that it stands for; nothing where the part is of another kind or length.
    func arcs(_ width: IndexPart.Width) -> [UInt32]? {
        switch (self, width) {
        case (.number(let number), .arcs(1)): return [number]
        case (.text(let text), .counted):
            let arcs = text.utf8.map { UInt32($0) }
            return (1...127).contains(arcs.count) ? [UInt32(arcs.count)] + arcs : nil
        case (.text(let text), .arcs(let count)) where count > 1:
            return text.utf8.count == count ? text.utf8.map { UInt32($0) } : nil
        case (.number, _), (.text, _): return nil
        }
    }
}

extension IndexValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    /// A number.
    public init(integerLiteral value: UInt32) { self = .number(value) }
    /// A text.
    public init(stringLiteral value: String) { self = .text(value) }
}

extension IndexValue: CustomStringConvertible {
    /// The number, or the text in quotes; no text that a device sends can do more than be shown.
    public var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .text(let text): "\"\(text.filter { $0.isASCII && !$0.isNewline && $0 >= " " })\""
        }
    }
}
