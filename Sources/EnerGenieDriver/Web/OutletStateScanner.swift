internal import Power

/// Finds the outlets' states in a page, in the two forms that are known, and in no others.
///
/// Newer firmware writes them as `var sockstates = [1,0,1,0];`. Older firmware is said to write only `1,0,1,0`; that
/// is taken only where it stands alone as the text of an element or as a statement, and only when it is the page's
/// single list of that kind, because any page may hold other lists of numbers.
enum OutletStateScanner {
    /// The number of outlets of every model.
    static let outlets = 4

    /// The states, outlet 1 first; nothing when the page does not show them, or not beyond doubt.
    static func states(in text: PageText) -> [PowerState]? {
        let assigned = text.positions(of: "sockstates").filter { isAssigned(text.bytes, at: $0) }
        if !assigned.isEmpty {
            let lists = assigned.map { array(text.bytes, after: $0 + 10) }
            guard let first = lists.first, lists.allSatisfy({ $0 == first }) else { return nil }
            return first
        }
        let lists = bareLists(text.bytes)
        return lists.count == 1 ? lists.first : nil
    }

    /// Whether `sockstates` at this place is a whole name that something is assigned to.
    private static func isAssigned(_ bytes: [UInt8], at place: Int) -> Bool {
        if place > 0, isName(bytes[place - 1]) || bytes[place - 1] == UInt8(ascii: ".") { return false }
        var rest = bytes[(place + 10)...]
        if let next = rest.first, isName(next) { return false }
        rest = rest.drop(while: ASCII.isSpace)
        return rest.first == UInt8(ascii: "=") && rest.dropFirst().first != UInt8(ascii: "=")
    }

    /// Reads `= [1,0,1,0]`, with white space anywhere between.
    private static func array(_ bytes: [UInt8], after place: Int) -> [PowerState]? {
        var rest = bytes[place...].drop(while: ASCII.isSpace).dropFirst().drop(while: ASCII.isSpace)
        guard rest.popFirst() == UInt8(ascii: "["), let states = list(&rest), rest.first == UInt8(ascii: "]") else {
            return nil
        }
        return states
    }

    /// All lists of four that stand alone.
    private static func bareLists(_ bytes: [UInt8]) -> [[PowerState]] {
        var lists: [[PowerState]] = []
        var place = 0
        while place < bytes.count {
            guard bytes[place] == UInt8(ascii: "0") || bytes[place] == UInt8(ascii: "1") else {
                place += 1
                continue
            }
            var rest = bytes[place...]
            guard let states = list(&rest), standsAlone(before: bytes[..<place], after: rest) else {
                place += 1
                continue
            }
            lists.append(states)
            place = rest.startIndex
        }
        return lists
    }

    /// Reads four of `0` and `1` with commas between, and the white space behind them.
    private static func list(_ rest: inout ArraySlice<UInt8>) -> [PowerState]? {
        var states: [PowerState] = []
        rest = rest.drop(while: ASCII.isSpace)
        while let digit = rest.popFirst() {
            switch digit {
            case UInt8(ascii: "1"): states.append(.on)
            case UInt8(ascii: "0"): states.append(.off)
            default: return nil
            }
            rest = rest.drop(while: ASCII.isSpace)
            if states.count == outlets { return states }
            guard rest.popFirst() == UInt8(ascii: ",") else { return nil }
            rest = rest.drop(while: ASCII.isSpace)
        }
        return nil
    }

    /// Whether a list between these is the whole text of an element, a statement or the whole page.
    private static func standsAlone(before: ArraySlice<UInt8>, after: ArraySlice<UInt8>) -> Bool {
        let last = before.last { !ASCII.isSpace($0) }
        // At the end of a longer page the list may have been cut short.
        guard let next = after.first else { return last == nil }
        let follows = last == nil || last == UInt8(ascii: ">") || last == UInt8(ascii: ";")
        return follows && (next == UInt8(ascii: "<") || next == UInt8(ascii: ";"))
    }

    private static func isName(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
    }
}
