import Testing

@testable import SNMPClient

@Suite("Answers")
struct AnswerCheckTests {
    private static let oids: [OID] = [[1, 3, 6, 1], [1, 3, 6, 2]]
    private static let errors = ErrorText(
        target: SNMPTarget(host: "192.0.2.1", credentials: .v2c(community: "not-to-be-seen"), label: "rack1")
    )

    private func check(_ operation: Operation) -> AnswerCheck {
        AnswerCheck(operation: operation, version: .v2c, errors: Self.errors)
    }

    @Test(
        "each error status has its code",
        arguments: [
            (1, .tooBig), (2, .noSuchObject), (3, .wrongTypeOrValue), (4, .notWritable), (5, .genErr),
            (6, .notWritable),
            (7, .wrongTypeOrValue), (8, .wrongTypeOrValue), (9, .wrongTypeOrValue), (10, .wrongTypeOrValue),
            (11, .noSuchObject), (12, .wrongTypeOrValue), (13, .genErr), (14, .genErr), (15, .genErr),
            (16, .authorizationError), (17, .notWritable), (18, .noSuchObject), (19, .genErr), (-1, .genErr),
            (.max, .genErr),
        ] as [(Int32, SNMPError.Code)],
        [true, false]
    )
    func errorStatus(_ expected: (Int32, SNMPError.Code), _ isWrite: Bool) {
        let operation =
            isWrite ? Operation(set: Self.oids.map { VarBind($0, .integer(1)) }) : Operation(.get, Self.oids)
        let outcome = check(operation).result(Answer(errorStatus: expected.0, errorIndex: 2))
        let error = #expect(throws: SNMPError.self) { try outcome.get() }
        #expect(error?.code == expected.1)
        #expect(error?.oid == Self.oids[1])
        #expect(error?.message.contains("rack1") == true)
    }

    @Test("an error index that points nowhere points nowhere", arguments: [0, 3, -1, .min, .max] as [Int32])
    func errorIndex(_ index: Int32) {
        let outcome = check(Operation(.get, Self.oids)).result(Answer(errorStatus: 5, errorIndex: index))
        let error = #expect(throws: SNMPError.self) { try outcome.get() }
        #expect(error?.oid == nil)
    }

    @Test("a GET is answered with the objects asked for, in their order")
    func otherObjects() throws {
        let right = Self.oids.map { VarBind($0, .integer(1)) }
        let check = check(Operation(.get, Self.oids))
        #expect(try check.result(Answer(varBinds: right)).get() == right)
        for wrong in [[], [right[0]], [right[1], right[0]], right + right] {
            let error = #expect(throws: SNMPError.self) { try check.result(Answer(varBinds: wrong)).get() }
            #expect(error?.code == .badReply)
        }
    }

    @Test("a GETNEXT is answered with as many objects as were asked for")
    func nextObjects() throws {
        let check = check(Operation(.getNext, Self.oids))
        let two = [VarBind([1, 3, 7], .null), VarBind([1, 3, 8], .null)]
        #expect(try check.result(Answer(varBinds: two)).get() == two)
        #expect(throws: SNMPError.self) { try check.result(Answer(varBinds: [two[0]])).get() }
    }
}
