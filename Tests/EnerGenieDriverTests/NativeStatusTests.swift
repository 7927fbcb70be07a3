import EnerGenieDriver
import Power
import Testing

@Suite("Native protocol: state codes")
struct NativeStatusTests {
    @Test(
        "of each model are understood without being told the model",
        arguments: [
            (SIMD4<UInt8>(0x11, 0x22, 0x22, 0x11), NativeStatus.Dialect.pms20),
            (SIMD4<UInt8>(0x41, 0x82, 0x82, 0x41), .pms21),
            (SIMD4<UInt8>(0x51, 0x92, 0x92, 0x51), .pmswlan),
        ]
    )
    func dialects(codes: SIMD4<UInt8>, dialect: NativeStatus.Dialect) throws {
        let status = try #require(NativeStatus(codes: codes))
        #expect(status.dialect == dialect)
        #expect(status.outlets == [.settled(.on), .settled(.off), .settled(.off), .settled(.on)])
        #expect(status.warnings.isEmpty)
    }

    @Test("that do not fit the voltage are warned of, and the state is still told")
    func voltage() throws {
        let status = try #require(NativeStatus(codes: SIMD4(0x12, 0x21, 0x11, 0x22)))
        #expect(status.outlets == [.settled(.on), .settled(.off), .settled(.on), .settled(.off)])
        #expect(status.warnings == ["outlet 1 is on but has no voltage", "outlet 2 is off but has voltage"])
    }

    @Test("that are unknown are neither on nor off")
    func unknown() {
        #expect(NativeStatus(codes: SIMD4(0x41, 0x00, 0x82, 0x82))?.outlets[1] == .indeterminate("state code 0x0"))
    }

    @Test(
        "that are all unknown, or of different models, are not believed",
        arguments: [SIMD4<UInt8>(0, 1, 2, 3), SIMD4<UInt8>(0x41, 0x92, 0x82, 0x82), SIMD4<UInt8>(repeating: 0xff)]
    )
    func disbelieved(codes: SIMD4<UInt8>) {
        #expect(NativeStatus(codes: codes) == nil)
    }
}
