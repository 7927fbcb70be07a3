import Loop
import TestSupport
import Testing

@testable import SNMPClient

@Suite("Messages", .timeLimit(.minutes(10)))
struct MessageCodecTests {
    /// A codec on the loop, as in the engine.
    private actor Desk {
        nonisolated var unownedExecutor: UnownedSerialExecutor { Loop.shared.executor.asUnownedSerialExecutor() }
        private var made: MessageCodec?

        private var codec: MessageCodec? {
            if made == nil {
                NetSNMP.start(logger: Fixture.quiet)
                made = MessageCodec()
            }
            return made
        }

        func encode(_ operation: Operation?, _ version: SNMPVersion) -> [UInt8]? {
            let recipient: MessageCodec.Recipient = version == .v3 ? .unknownEngine : .community(version, "public")
            return codec?.withMessage(operation, for: recipient, requestID: 77, messageID: 78) { Array($0) }
        }

        func peek(_ bytes: [UInt8]) -> (version: SNMPVersion, id: Int32)? {
            var bytes = bytes
            return bytes.withUnsafeMutableBufferPointer { MessageCodec.peek($0) }
        }

        /// Reads a message as a version 3 user would, or without one.
        func read(_ bytes: [UInt8], asUser: Bool) throws(MessageCodec.ReadFailure) -> Answer {
            var bytes = bytes
            let user = asUser ? UserContext(V3User(name: "user"), authenticationKey: [], privacyKey: []) : nil
            return try bytes.withUnsafeMutableBufferPointer { buffer throws(MessageCodec.ReadFailure) in
                guard let codec else { throw .malformed }
                return try codec.read(buffer, for: user, answering: nil)
            }
        }

        /// Reads many spoilt copies of a message and gives how many made sense.
        func readSpoilt(_ bytes: [UInt8], times: Range<Int>) -> Int {
            var random = SeededRandom(seed: 1)
            var understood = 0
            for time in times {
                var spoilt = bytes
                for _ in 0...(time % 4) {
                    spoilt[Int.random(in: spoilt.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                if time % 5 == 0 { spoilt.removeLast(Int.random(in: 0...spoilt.count, using: &random)) }
                if time % 7 == 0 { spoilt += spoilt }
                if (try? read(spoilt, asUser: time % 2 == 0)) != nil { understood += 1 }
                _ = peek(spoilt)
            }
            return understood
        }
    }

    private static let oid: OID = [1, 3, 6, 1, 4, 1, 99_999, 1, 0]
    private static let values: [SNMPValue] = [
        .integer(.min), .unsigned(.max), .counter32(1), .counter64(.max), .timeTicks(5), .octets(Array(0...255)),
        .objectIdentifier([2, 100, 4_294_967_295]), .ipAddress([192, 0, 2, 1]), .opaqueFloat(-1.5), .opaqueDouble(0.1),
        .null, .other(type: 0x44, bytes: [1]),
    ]

    /// Turns a request into a response, which has the same form.
    private static func answered(_ message: [UInt8], command: UInt8) throws -> [UInt8] {
        var message = message
        let tag = try #require(message.lastIndex(of: command))
        message[tag] = 0xA2
        return message
    }

    @Test("every type of value survives being sent and read", arguments: [SNMPVersion.v1, .v2c])
    func roundTrip(_ version: SNMPVersion) async throws {
        let desk = Desk()
        let varBinds = Self.values.enumerated().map { VarBind(Self.oid.appending(UInt32($0)), $1) }
        var message = try #require(await desk.encode(Operation(set: varBinds), version))
        // The PDU stands behind the community; a value may hold the same byte.
        let tag = try #require(message.firstIndex(of: 0xA3))
        message[tag] = 0xA2
        let answer = try await desk.read(message, asUser: false)
        #expect(answer.varBinds == varBinds)
        #expect(answer.requestID == 77)
        let peeked = try #require(await desk.peek(message))
        #expect(peeked.version == version)
        #expect(peeked.id == 77)
    }

    @Test("a request is no answer")
    func requests() async throws {
        let desk = Desk()
        let message = try #require(await desk.encode(Operation(.get, [Self.oid]), .v2c))
        #expect(await desk.peek(message) == nil)
        await #expect(throws: MessageCodec.ReadFailure.malformed) { try await desk.read(message, asUser: false) }
    }

    @Test("a response to nobody in particular is not believed in version 3")
    func unprotected() async throws {
        let desk = Desk()
        let message = try Self.answered(try #require(await desk.encode(nil, .v3)), command: 0xA0)
        for asUser in [true, false] {
            await #expect(throws: MessageCodec.ReadFailure.notAuthentic) {
                try await desk.read(message, asUser: asUser)
            }
        }
    }

    @Test("spoilt messages are survived", arguments: [SNMPVersion.v1, .v2c, .v3])
    func fuzz(_ version: SNMPVersion) async throws {
        let desk = Desk()
        let operation = Operation(.get, [Self.oid, Self.oid.appending(1)])
        let request = try #require(await desk.encode(version == .v3 ? nil : operation, version))
        let message = try Self.answered(request, command: 0xA0)
        let times = Fuzz.rounds(5_000)
        #expect(await desk.readSpoilt(message, times: times) < times.count)
    }
}
