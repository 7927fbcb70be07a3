import SNMPClient
import Testing

@testable import Discovery

@Suite struct OutletTableGuessTests {
    private static let root: OID = [1, 3, 6, 1, 4, 1, 99_999, 1]

    /// A column of a table, its rows counted from a number on.
    private static func column(_ head: OID, _ values: [SNMPValue], from first: UInt32 = 1) -> [VarBind] {
        values.enumerated().map { VarBind(head.appending(first + UInt32($0)), $1) }
    }

    private static func texts(_ texts: [String]) -> [SNMPValue] { texts.map { .octets(Array($0.utf8)) } }
    private static func numbers(_ numbers: [Int32]) -> [SNMPValue] { numbers.map { .integer($0) } }

    private static func table(_ states: [Int32], first: UInt32 = 1) -> [VarBind] {
        let entry = root.appending(2, 1)
        let count = states.count
        return column(entry.appending(1), numbers((0..<count).map { Int32($0) + Int32(first) }), from: first)
            + column(entry.appending(2), texts((1...count).map { "Outlet \($0)" }), from: first)
            + column(entry.appending(3), numbers(states), from: first)
            + column(entry.appending(4), (1...count).map { .unsigned(UInt32($0) * 100) }, from: first)
    }

    private func target(_ port: UInt16, _ credentials: SNMPCredentials) -> SNMPTarget {
        SNMPTarget(host: "192.0.2.1", port: port, credentials: credentials)
    }

    @Test(
        "a table with names and states is found, and its index and readings are not taken for states"
    )
    func plain() throws {
        let guess = try #require(OutletTableGuess.find(in: Self.table([1, 2, 1, 2, 2, 1, 1, 1])).first)
        #expect(guess.rows == Array(1...8))
        #expect(guess.nameOID == "1.3.6.1.4.1.99999.1.2.1.2")
        #expect(guess.names.first == "Outlet 1")
        #expect(guess.columns == [.init(oid: "1.3.6.1.4.1.99999.1.2.1.3", values: [1, 2, 1, 2, 2, 1, 1, 1])])
        #expect(guess.isOneTable)
    }

    @Test("a unit's number between column and outlet does no harm, nor does a constant tail")
    func otherShapes() throws {
        let entry = Self.root.appending(3, 1)
        let chained =
            Self.column(entry.appending(2, 1), Self.texts(["left", "right"]))
            + Self.column(entry.appending(5, 1), Self.numbers([7, 8]))
        #expect(OutletTableGuess.find(in: chained).first?.columns.first?.oid == "1.3.6.1.4.1.99999.1.3.1.5.1")

        let scalars = (1...4 as ClosedRange<UInt32>).flatMap { outlet in
            [
                VarBind(Self.root.appending(5, outlet, 0), .octets(Array("relay \(outlet)".utf8))),
                VarBind(Self.root.appending(6, outlet, 0), .integer(outlet == 2 ? 0 : 1)),
            ]
        }
        let guess = try #require(OutletTableGuess.find(in: scalars).first)
        #expect(guess.columns.map(\.oid) == ["1.3.6.1.4.1.99999.1.6.(outlet).0"])
        var entryless = guess
        entryless.addEntry(host: "192.0.2.1", target(161, .v2c(community: "public")), SecretPlaces())
        #expect(entryless.entry == nil)
    }

    @Test("names in another table with the same rows count when the states differ, and come after those in one table")
    func twoTables() {
        let names = Self.column(Self.root.appending(7, 1, 2), Self.texts(["a", "b", "c"]))
        let states = Self.column(Self.root.appending(8, 3, 4), Self.numbers([1, 1, 2]))
        let guesses = OutletTableGuess.find(in: names + states)
        #expect(guesses.map(\.isOneTable) == [false])
        let constant = Self.column(Self.root.appending(8, 3, 4), Self.numbers([1, 1, 1]))
        #expect(OutletTableGuess.find(in: names + constant).isEmpty)
        let both = OutletTableGuess.find(in: names + states + Self.table([0, 1, 0, 1]))
        #expect(both.map(\.isOneTable) == [true, false])
    }

    @Test(
        "what is no table of outlets is not taken for one",
        arguments: [
            [],
            // One row; too many rows; numbers too large; only an index; no names; names that are numbers or all the same.
            column(root.appending(1, 1), texts(["a"])) + column(root.appending(1, 2), numbers([1])),
            table((0..<65).map { Int32($0 % 2) }),
            column(root.appending(1, 1), texts(["a", "b"])) + column(root.appending(1, 2), numbers([230, 231])),
            column(root.appending(1, 1), texts(["a", "b", "c"])) + column(root.appending(1, 2), numbers([1, 2, 3])),
            column(root.appending(1, 2), numbers([1, 2, 1])),
            column(root.appending(1, 1), texts(["1.5", "2.5"])) + column(root.appending(1, 2), numbers([1, 1])),
            column(root.appending(1, 1), texts(["kind", "kind"])) + column(root.appending(1, 2), numbers([1, 1])),
            column(root.appending(1, 1), [.octets([0xFF, 0xFE]), .octets([1])])
                + column(root.appending(1, 2), numbers([1, 1])),
            // Rows that do not agree.
            column(root.appending(1, 1), texts(["a", "b"])) + column(root.appending(1, 2), numbers([1, 1]), from: 5),
            [VarBind([], .null), VarBind([1], .integer(1)), VarBind([1, 3, 6, 1, 4, 1, 9, 0], .noSuchObject)],
        ]
    )
    func nothing(_ objects: [VarBind]) {
        #expect(OutletTableGuess.find(in: objects).isEmpty)
    }

    @Test("holes among the rows are kept, and a row that comes twice is no row")
    func holes() throws {
        let entry = Self.root.appending(2, 1)
        let objects = [1, 2, 5, 8].flatMap { (row: UInt32) in
            [
                VarBind(entry.appending(2, row), .octets(Array("host \(row)\0".utf8))),
                VarBind(entry.appending(3, row), .integer(row == 5 ? 2 : 1)),
            ]
        }
        let guess = try #require(OutletTableGuess.find(in: objects).first)
        #expect(guess.rows == [1, 2, 5, 8])
        #expect(guess.names[2] == "host 5")
        #expect(OutletTableGuess.find(in: objects + objects).isEmpty)
    }

    @Test(
        "on comes before off, unless there is a 0",
        arguments: [
            ([0, 1], 1, 0), ([1, 2], 1, 2), ([7, 8], 7, 8), ([1], 1, 2), ([2], 2, 1), ([0], 1, 0), ([-1, 0, 1], 1, 0),
            ([-1], 1, 0), ([], 1, 0),
        ] as [([Int], Int, Int)]
    )
    func meaning(_ values: [Int], _ on: Int, _ off: Int) {
        let meaning = OutletTableGuess.meaning(of: values)
        #expect(meaning.on == on)
        #expect(meaning.off == off)
        #expect(meaning.on != meaning.off)
    }

    @Test("the entry lists every outlet and is not there where rows begin at 0")
    func entry() throws {
        var guess = try #require(OutletTableGuess.find(in: Self.table([1, 2, 1])).first)
        guess.addEntry(host: "192.0.2.1", target(1161, .v1(community: "secret")), SecretPlaces())
        let entry = try #require(guess.entry)
        for text in ["oid: 1.3.6.1.4.1.99999.1.2.1.3 ", "on: 1", "off: 2", "port: 1161", "version: 1", "3: {", "guess"]
        {
            #expect(entry.contains(text), "\(text)")
        }
        #expect(!entry.contains("secret"))
        var fromZero = try #require(OutletTableGuess.find(in: Self.table([1, 2, 1], first: 0)).first)
        fromZero.addEntry(host: "192.0.2.1", target(161, .v2c(community: "secret")), SecretPlaces())
        #expect(fromZero.entry == nil)
    }
}
