import Testing

@testable import SNMPClient

@Suite("Engine IDs of several devices")
struct EngineIDRegistryTests {
    private func address(_ number: UInt64) -> SocketAddress { SocketAddress(high: number, port: 161) }

    @Test("two devices with one engine ID are noticed, two sessions to one device are not")
    func duplicates() {
        var registry = EngineIDRegistry()
        var claim: SocketAddress?
        claim = registry.claim([1], session: 1, address: address(1))
        #expect(claim == nil)
        claim = registry.claim([1], session: 2, address: address(1))
        #expect(claim == nil)
        claim = registry.claim([1], session: 3, address: address(2))
        #expect(claim == address(1))
        claim = registry.claim([1], session: 3, address: address(2))
        #expect(claim == nil)
        claim = registry.claim([2], session: 4, address: address(3))
        #expect(claim == nil)
    }

    @Test("a session that ends, or whose device changes its engine ID, no longer has the old one")
    func release() {
        var registry = EngineIDRegistry()
        var claim: SocketAddress?
        claim = registry.claim([1], session: 1, address: address(1))
        #expect(claim == nil)
        registry.release(session: 1)
        claim = registry.claim([1], session: 2, address: address(2))
        #expect(claim == nil)
        claim = registry.claim([2], session: 2, address: address(2))
        #expect(claim == nil)
        claim = registry.claim([1], session: 3, address: address(3))
        #expect(claim == nil)
    }
}
