import Yams

/// A place in a file: line and column from 1, the column in characters.
struct SourceLocation: Hashable, Comparable {
    static let start = SourceLocation(line: 1, column: 1)

    var line: Int
    var column: Int
    /// Which of the files it is in: 0 for the main one, those of `conf.d` after it.
    var file = 0

    static func < (left: SourceLocation, right: SourceLocation) -> Bool {
        (left.file, left.line, left.column) < (right.file, right.line, right.column)
    }
}

extension SourceLocation {
    /// A place that Yams names.
    init(_ mark: Mark?) {
        self = mark.map { SourceLocation(line: max(1, $0.line), column: max(1, $0.column)) } ?? .start
    }

    /// The place behind a character.
    func after(_ scalar: Unicode.Scalar) -> SourceLocation {
        scalar == "\n" ? SourceLocation(line: line + 1, column: 1) : SourceLocation(line: line, column: column + 1)
    }

    /// Where this place is in a text; nothing when it is not in it.
    func index(in text: String) -> String.Index? {
        var location = SourceLocation.start
        for index in text.unicodeScalars.indices {
            if location == self { return index }
            location = location.after(text.unicodeScalars[index])
        }
        return nil
    }
}
