import Power
import Testing

@testable import Remote

@Suite("Many outlets as few targets", .timeLimit(.minutes(10)))
struct NameFoldingTests {
    private func outlets(_ names: [String]) throws -> [OutletID] { try names.map { try #require(OutletID($0)) } }

    @Test(
        "outlets are folded as powerman folds hosts",
        arguments: [
            (["bench/3"], ["bench/3"]), (["bench/1", "bench/2", "bench/4"], ["bench/[1-2,4]"]),
            (["rack1/1", "rack2/1", "rack4/1"], ["rack[1-2]/1", "rack4/1"]),
            (["r8/1", "r9/1", "r10/1"], ["r[8-10]/1"]), (["r08/1", "r09/1", "r10/1"], ["r[08-10]/1"]),
            (["r1/1", "r01/1", "r02/1"], ["r1/1", "r[01-02]/1"]), (["a/1", "b/1"], ["a/1", "b/1"]),
            (["7/1", "8/1"], ["[7-8]/1"]), ([], []),
        ]
    )
    func folds(names: [String], folded: [String]) throws {
        #expect(Set(NameFolding.fold(try outlets(names))) == Set(folded))
    }

    @Test("what is folded names exactly the same outlets when it is read as targets")
    func roundTrip() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            var names: Set<String> = []
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                let stem = ["r", "rack0", "x-", ""].randomElement(using: &random) ?? ""
                names.insert(
                    "\(stem)\(Int.random(in: 1...12, using: &random))/\(Int.random(in: 1...5, using: &random))"
                )
            }
            var unfolded: Set<String> = []
            for text in NameFolding.fold(try outlets(names.sorted())) {
                guard case .outlets(let pattern, .numbers(let numbers)) = try TargetExpression(text) else {
                    Issue.record("\(text) is no target")
                    continue
                }
                for pdu in try #require(pattern.names) { unfolded.formUnion(numbers.map { "\(pdu)/\($0)" }) }
            }
            #expect(unfolded == names)
        }
    }
}
