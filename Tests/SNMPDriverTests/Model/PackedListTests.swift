import Testing

@testable import SNMPDriver

@Suite("A text that holds several values")
struct PackedListTests {
    private let list = PackedList(separator: ",", position: .outlet)

    @Test("has an element for each outlet")
    func element() {
        #expect(list.element("1, 0 ,-1", outlet: 2) == "0")
        #expect(list.element("1,0,-1", outlet: 4) == nil)
        #expect(list.element("1,0,-1", outlet: 0) == nil)
        #expect(PackedList(separator: ",", position: .fixed(1)).element("pump,3", outlet: 7) == "pump")
    }

    @Test("changes in one place only, and not where there is no such place")
    func replacing() {
        #expect(list.replacing("1,0,-1,1", outlet: 2, with: "1") == "1,1,-1,1")
        #expect(list.replacing("1,0", outlet: 3, with: "1") == nil)
    }
}
