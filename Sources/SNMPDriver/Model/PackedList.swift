/// How several values share one text: `1,0,1,1`, one element for each outlet.
struct PackedList: Sendable, Hashable {
    /// Which element is meant.
    enum Position: Sendable, Hashable {
        /// The element at the outlet's number, from 1.
        case outlet
        /// Always the same element, from 1.
        case fixed(Int)
    }

    let separator: Character
    let position: Position

    /// The elements of a text, without the spaces around them.
    func elements(_ text: String) -> [String] {
        text.split(separator: separator, omittingEmptySubsequences: false).map { element in
            String(element.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// The element of an outlet; nothing when the text has no such element.
    func element(_ text: String, outlet: Int) -> String? {
        let elements = elements(text)
        let index = self.index(outlet)
        return elements.indices.contains(index) ? elements[index] : nil
    }

    /// The text with the element of an outlet replaced; nothing when it has no such element.
    func replacing(_ text: String, outlet: Int, with element: String) -> String? {
        var elements = elements(text)
        let index = self.index(outlet)
        guard elements.indices.contains(index) else { return nil }
        elements[index] = element
        return elements.joined(separator: String(separator))
    }

    private func index(_ outlet: Int) -> Int {
        switch position {
        case .outlet: outlet - 1
        case .fixed(let place): place - 1
        }
    }
}
