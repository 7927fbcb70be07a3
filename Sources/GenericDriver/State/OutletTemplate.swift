public import Power

/// A text with places for the outlet: `{outlet}` is its number, `{index}` is one less, for devices that count from 0.
///
/// Both become ASCII digits and nothing else, so whatever the text is part of keeps its shape.
public struct OutletTemplate: Sendable, Hashable {
    private let text: String

    /// Takes a text; braces with anything else in them stay as they are.
    public init(_ text: String) {
        self.text = text
    }

    /// Whether the text is another one for every outlet.
    public var namesOutlet: Bool { text.contains("{outlet}") || text.contains("{index}") }

    /// The text for an outlet.
    public func filled(_ outlet: OutletNumber) -> String {
        guard namesOutlet else { return text }
        return text.replacing("{outlet}", with: "\(outlet)").replacing("{index}", with: "\(outlet.rawValue - 1)")
    }
}
