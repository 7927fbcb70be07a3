/// A place in a JSON document (RFC 6901), such as `/relays/0/ison`.
struct JSONPointer: Sendable, Hashable {
    private let tokens: [String]

    /// Reads a pointer; nothing when it neither begins with `/` nor is empty.
    init?(_ text: String) {
        guard text.isEmpty || text.hasPrefix("/") else { return nil }
        tokens = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            .map { String($0).replacing("~1", with: "/").replacing("~0", with: "~") }
    }

    /// The value at this place as text: a string's content, a number's digits, `true` or `false`; nothing when there is
    /// none, or when it is `null`, an array or an object.
    func text(in document: JSONValue) -> String? {
        var value = document
        for token in tokens {
            switch value {
            case .object(let members):
                guard let member = members[token] else { return nil }
                value = member
            case .array(let elements):
                guard let index = Int(token), "\(index)" == token, elements.indices.contains(index) else { return nil }
                value = elements[index]
            default: return nil
            }
        }
        return value.scalar
    }
}
