import Testing

@testable import EnerGenieDriver

@Suite("Hosts, passwords and pauses")
struct ValueTests {
    @Test(
        "a host that could smuggle something into a request is refused",
        arguments: ["", "a b", "a\r\nb", "a/b", "ä", "a@b"]
    )
    func strangeHost(host: String) {
        #expect(EnerGenieEndpoint(host: host, port: 80) == nil)
    }

    @Test("a port out of range is refused", arguments: [0, -1, 65536])
    func strangePort(port: Int) {
        #expect(EnerGenieEndpoint(host: "strip", port: port) == nil)
    }

    @Test(
        "a host is written as a URL wants it",
        arguments: [("strip", 80, "strip"), ("192.0.2.1", 8080, "192.0.2.1:8080"), ("fe80::1", 80, "[fe80::1]")]
    )
    func authority(host: String, port: Int, written: String) throws {
        #expect(try #require(EnerGenieEndpoint(host: host, port: port)).authority == written)
    }

    @Test(
        "a password is form-encoded in ISO 8859-1",
        arguments: [("1", "1"), ("", ""), ("a b&c=d%", "a+b%26c%3Dd%25"), ("Grüße", "Gr%FC%DFe"), ("*-._~", "*-._%7E")]
    )
    func formEncoding(password: String, encoded: String) throws {
        #expect(try #require(EnerGeniePassword(password)).formEncoded == Array(encoded.utf8))
    }

    @Test("a password outside ISO 8859-1 is refused")
    func strangePassword() {
        #expect(EnerGeniePassword("€") == nil)
    }

    @Test("a password does not show itself")
    func redaction() throws {
        let password = try #require(EnerGeniePassword("geheim"))
        var dumped = ""
        dump(password, to: &dumped)
        #expect(!"\(password) \(String(reflecting: password)) \(dumped)".contains("geheim"))
    }

    @Test("a pause runs from the end of a request and not longer than it has to")
    func pace() {
        var pace = Pace(pause: .seconds(5))
        #expect(pace.wait(at: .seconds(1)) == .zero)
        pace.requestEnded(at: .seconds(1))
        #expect(pace.wait(at: .seconds(2)) == .seconds(4))
        #expect(pace.wait(at: .seconds(6)) == .zero)
        #expect(pace.wait(at: .seconds(60)) == .zero)
    }
}
