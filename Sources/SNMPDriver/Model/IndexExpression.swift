/// What stands between parentheses in an object identifier: a part of the index, or something computed from one.
///
/// `outlet`, `outlet-1`, `outlet+1` and one choice, `outlet<=8 ? outlet+1 : outlet+2`.
struct IndexExpression: Sendable, Hashable {
    /// A part, with a number added to it.
    struct Term: Sendable, Hashable {
        let part: String
        let offset: Int
    }

    /// The part whose arc is compared, and up to which arc the first term holds.
    struct Choice: Sendable, Hashable {
        let part: String
        let limit: Int
        let beyond: Term
    }

    let term: Term
    let choice: Choice?

    /// Reads an expression without its parentheses; nothing when it is not one.
    init?(_ text: some StringProtocol) {
        let compact = String(text.filter { $0 != " " })
        guard let mark = compact.firstIndex(of: "?") else {
            guard let term = Self.term(compact) else { return nil }
            self.term = term
            choice = nil
            return
        }
        let condition = compact[..<mark]
        let branches = compact[compact.index(after: mark)...].split(separator: ":", omittingEmptySubsequences: false)
        guard let less = condition.firstIndex(of: "<"), branches.count == 2,
            let within = Self.term(branches[0]), let beyond = Self.term(branches[1])
        else { return nil }
        let part = condition[..<less]
        let right = condition[condition.index(after: less)...]
        guard Self.isName(part), right.first == "=", let limit = Self.number(right.dropFirst()) else { return nil }
        term = within
        choice = Choice(part: String(part), limit: limit, beyond: beyond)
    }

    /// The names of the parts that it needs.
    var parts: Set<String> {
        guard let choice else { return [term.part] }
        return [term.part, choice.part, choice.beyond.part]
    }

    /// The arcs it stands for; nothing when a part is not known or the result is no arc.
    func arcs(_ bindings: IndexBindings) -> [UInt32]? {
        guard let choice else { return Self.arcs(of: term, bindings) }
        guard let tested = bindings[choice.part], tested.count == 1, let arc = tested.first else { return nil }
        return Self.arcs(of: Int(arc) <= choice.limit ? term : choice.beyond, bindings)
    }

    private static func arcs(of term: Term, _ bindings: IndexBindings) -> [UInt32]? {
        guard let arcs = bindings[term.part] else { return nil }
        if term.offset == 0 { return arcs }
        guard arcs.count == 1, let arc = arcs.first, let sum = UInt32(exactly: Int(arc) + term.offset) else {
            return nil
        }
        return [sum]
    }

    private static func term(_ text: some StringProtocol) -> Term? {
        guard let sign = text.firstIndex(where: { $0 == "+" || $0 == "-" }) else {
            return isName(text) ? Term(part: String(text), offset: 0) : nil
        }
        guard isName(text[..<sign]), let amount = number(text[text.index(after: sign)...]) else { return nil }
        return Term(part: String(text[..<sign]), offset: text[sign] == "-" ? -amount : amount)
    }

    /// Digits only, small enough to be added to any arc.
    private static func number(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.count <= 6, text.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
        return Int(text)
    }

    /// Whether the text can name a part: lower-case letters and `_`.
    static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.allSatisfy { ("a"..."z").contains($0) || $0 == "_" }
    }
}
