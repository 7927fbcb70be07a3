import Testing

@testable import SNMPClient

@Suite("Walks")
struct WalkTests {
    private let root: OID = [1, 3, 6]
    private let errors = ErrorText(target: SNMPTarget(host: "192.0.2.1", credentials: .v2c(community: "x")))

    private func walk(limit: Int = 100) -> Walk { Walk(below: root, limit: limit, errors: errors) }

    private func page(_ arcs: UInt32...) -> [VarBind] {
        arcs.map { VarBind(root.appending($0), .integer(Int32($0))) }
    }

    @Test("pages follow each other until one leads out of the subtree")
    func pages() throws {
        var walk = walk()
        #expect(try walk.goOn(with: page(1, 2)))
        #expect(walk.position == root.appending(2))
        #expect(try !walk.goOn(with: page(3) + [VarBind([1, 3, 7], .null)]))
        #expect(walk.found == page(1, 2, 3))
    }

    @Test("the end of everything ends the walk")
    func endOfView() throws {
        var walk = walk()
        #expect(try !walk.goOn(with: page(1) + [VarBind(root.appending(1), .endOfMIBView)]))
        #expect(walk.found == page(1))
    }

    @Test("objects that do not ascend are an error", arguments: [[2, 2], [2, 1]] as [[UInt32]])
    func circles(_ arcs: [UInt32]) {
        let error = #expect(throws: SNMPError.self) {
            var walk = walk()
            _ = try walk.goOn(with: arcs.map { VarBind(root.appending($0), .null) })
        }
        #expect(error?.code == .badReply)
        #expect(error?.oid == root.appending(arcs[1]))
    }

    @Test("the subtree's own object does not count as below it")
    func rootItself() {
        let error = #expect(throws: SNMPError.self) {
            var walk = walk()
            _ = try walk.goOn(with: [VarBind(root, .null)])
        }
        #expect(error?.code == .badReply)
    }

    @Test("an empty page is an error")
    func emptyPage() {
        let error = #expect(throws: SNMPError.self) {
            var walk = walk()
            _ = try walk.goOn(with: [])
        }
        #expect(error?.code == .badReply)
    }

    @Test("more objects than the limit are an error, as many are not")
    func limit() throws {
        var exact = walk(limit: 2)
        #expect(try exact.goOn(with: page(1, 2)))
        #expect(try !exact.goOn(with: [VarBind([1, 3, 7], .null)]))
        let error = #expect(throws: SNMPError.self) {
            var walk = walk(limit: 2)
            _ = try walk.goOn(with: page(1, 2, 3))
        }
        #expect(error?.code == .tooBig)
    }

    @Test("no more rows are asked for than the limit leaves, and one more to see whether it is passed")
    func useful() throws {
        var walk = walk(limit: 3)
        #expect(walk.useful(10) == 4)
        #expect(walk.useful(2) == 2)
        #expect(try walk.goOn(with: page(1, 2)))
        #expect(walk.useful(10) == 2)
    }
}
