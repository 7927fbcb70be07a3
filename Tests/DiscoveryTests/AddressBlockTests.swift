import Discovery
import Testing

@Suite struct AddressBlockTests {
    @Test(
        "a block names its hosts without the network's own and the broadcast address",
        arguments: [
            ("192.0.2.77/24", 254, "192.0.2.1", "192.0.2.254"), ("192.0.2.8/30", 2, "192.0.2.9", "192.0.2.10"),
            ("192.0.2.8/31", 2, "192.0.2.8", "192.0.2.9"), ("192.0.2.8", 1, "192.0.2.8", "192.0.2.8"),
            ("10.0.0.0/8", 16_777_214, "10.0.0.1", "10.255.255.254"),
            ("0.0.0.0/0", 4_294_967_294, "0.0.0.1", "255.255.255.254"),
        ]
    )
    func hosts(_ text: String, _ count: Int, _ first: String, _ last: String) throws {
        let block = try #require(AddressBlock(text))
        #expect(block.count == count)
        #expect(block[0] == first)
        #expect(block[count - 1] == last)
    }

    @Test(
        "what is no block of addresses is refused",
        arguments: [
            "", "192.0.2", "192.0.2.0/33", "192.0.2.0/", "/24", "192.0.2.256", "192.0.02.1", "192.0.2.1/24/2",
            "a.b.c.d",
            "192.0.2.0/-1", "::1/64", " 192.0.2.1",
        ]
    )
    func refused(_ text: String) {
        #expect(AddressBlock(text) == nil)
    }
}
