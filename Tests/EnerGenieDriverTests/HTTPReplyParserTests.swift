import EnerGenieDriver
import TestSupport
import Testing

@Suite("HTTP answers")
struct HTTPReplyParserTests {
    @Test(
        "are read whole, however bent",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody and something else",
            "HTTP/1.0 200 OK\r\n\r\nbody",
            "HTTP/1.1 200\r\n\r\nbody",
            "\r\nHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody",
            "HTTP/1.1 200 OK\nContent-Length: 4\n\nbody",
            "HTTP/1.1 200 OK\r\nContent-Length: 4\n\r\nbody",
            "HTTP/1.1  200  OK\r\nContent-Length : 4\r\n\r\nbody",
            "http/1.1 200 ok\r\nContent-Length:4\r\n\r\nbody",
            "HTTP/1.1 200 OK\r\nX: a\r\n b: folded\r\nContent-Length: 4\r\n\r\nbody",
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nbody",
            "HTTP/1.1 200 OK\r\n: nameless\r\nA b: c\r\nX: \u{1}\r\nContent-Length: 4\r\n\r\nbody",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n3;x=y\r\nody\r\n0\r\nTrailer: x\r\n\r\n",
            "HTTP/1.1 200 OK\nTransfer-Encoding: Chunked\nContent-Length: 99\n\n004\nbody\n0\n\n",
        ]
    )
    func lenient(text: String) throws {
        let whole = try parse([Array(text.utf8)])
        #expect(whole == HTTPReply(status: 200, body: Array("body".utf8)))
        #expect(try parse(text.utf8.map { [$0] }) == whole, "byte by byte")
    }

    @Test(
        "that are none are errors",
        arguments: [
            "<html>just a page</html>\r\n", "ICY 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n",
            "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\nbody", "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nbody",
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nbody",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbody\r\n0\r\n\r\n",
        ]
    )
    func malformed(text: String) {
        #expect { try parse([Array(text.utf8)]) } throws: { error in
            if case HTTPReplyError.malformed = error { true } else { false }
        }
    }

    @Test(
        "that are cut short are errors",
        arguments: [
            "", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbody",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
        ]
    )
    func cutShort(text: String) {
        #expect(throws: HTTPReplyError.cutShort) { try parse([Array(text.utf8)]) }
    }

    @Test(
        "that are too large are errors before they are kept",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 65_537),
            "HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: 20_000),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + String(repeating: "x", count: 2_000),
        ]
    )
    func tooLarge(text: String) {
        #expect(throws: HTTPReplyError.tooLarge) { try parse([Array(text.utf8)]) }
    }

    @Test("without a body by definition end with their head", arguments: [204, 304])
    func bodiless(status: Int) throws {
        #expect(try parse([Array("HTTP/1.1 \(status) x\r\n\r\n".utf8)]) == HTTPReply(status: status, body: []))
    }

    @Test("that are random or mutated never crash the parser", arguments: 0..<20 as Range<UInt64>)
    func fuzz(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let model = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n4\r\nbody\r\n0\r\n\r\n".utf8)
        for _ in Fuzz.rounds(200) {
            _ = try? parse([random.bytes(upTo: 300)])
            _ = try? parse(random.mutated(model).map { [$0] })
        }
    }

    private func parse(_ pieces: [[UInt8]]) throws(HTTPReplyError) -> HTTPReply {
        var parser = HTTPReplyParser()
        for piece in pieces {
            if let reply = try parser.take(piece) { return reply }
        }
        return try parser.end()
    }
}
