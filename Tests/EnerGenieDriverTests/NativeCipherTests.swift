import EnerGenieDriver
import TestSupport
import Testing

@Suite("Native protocol: arithmetic")
struct NativeCipherTests {
    struct Vector: Sendable {
        let password: String
        let task: UInt32
        let answer: UInt32
        let frame: UInt32
        let codes: UInt32
        let controls: SIMD4<UInt8>
        let controlFrame: UInt32
    }

    // Computed by a Python script of a few lines, with integers of any size and masks, from the formulas:
    //   w0 = ((t0 ^ k2) * k0) ^ (k6 | k4 << 8) ^ t2, w1 = ((t1 ^ k3) * k1) ^ (k7 | k5 << 8) ^ t3, low byte first;
    //   code[i] = ((((frame[3-i] - k1) & 255) ^ k0) - t3 & 255) ^ t2;
    //   frame[i] = ((((v[3-i] ^ t2) + t3 & 255) ^ k0) + k1) & 255; the key padded with 0x20 and cut to 8 bytes.
    static let vectors = [
        Vector("1", 0xc09c_ceb6, 0x0e0a_1637, 0x3cd0_69a2, 0x330c_05b9, [4, 1, 2, 1], 0xd4d3_d4d1),
        Vector("1", 0xbf86_0a2a, 0x453e_ca34, 0xf71f_7c06, 0xa749_aeb6, [2, 2, 2, 4], 0x2923_2323),
        Vector("password", 0xac1e_6b66, 0x8916_4f46, 0xc81e_3b75, 0x952f_0cda, [1, 2, 4, 1], 0x0106_2001),
        Vector("secret", 0x2220_147c, 0x0778_0654, 0xfd74_4a6f, 0xe90e_147b, [2, 4, 2, 2], 0x4646_6446),
        Vector("longer than eight", 0xb5bb_6754, 0x2339_442d, 0xb2a5_23f3, 0xf3e3_61bc, [4, 1, 1, 1], 0x4545_454a),
        Vector("ÿþýüûúùø", 0x3877_13e9, 0xd13f_fb73, 0x5202_f0f0, 0x3737_01d1, [1, 2, 4, 2], 0x03fd_0302),
        Vector("", 0x5fab_51e2, 0x912f_a231, 0x52e6_c58e, 0x3df2_5561, [1, 4, 2, 4], 0x3735_3732),
        Vector("a b", 0x827f_975e, 0x5774_9e2b, 0x1bc4_c49e, 0x56f0_f0ab, [4, 1, 1, 2], 0xb2b5_b5b0),
        Vector("ÿÿÿÿÿÿÿÿ", 0xffff_ffff, 0x00ff_00ff, 0x007f_80ff, 0xff80_7f00, [1, 2, 4, 1], 0x0104_0201),
        Vector("ÿÿÿÿÿÿÿÿ", 0x0000_0000, 0xfe01_fe01, 0x007f_80ff, 0xff7e_7ffe, [1, 2, 4, 1], 0xfdfa_fcfd),
    ]

    @Test("agrees with an independent computation", arguments: vectors)
    func agrees(vector: Vector) {
        let cipher = NativeCipher(
            password: vector.password.unicodeScalars.map { UInt8($0.value) },
            task: SIMD4(bigEndian: vector.task)
        )
        #expect(cipher.answer == SIMD4(bigEndian: vector.answer))
        #expect(cipher.stateCodes(in: SIMD4(bigEndian: vector.frame)) == SIMD4(bigEndian: vector.codes))
        #expect(cipher.controlFrame(vector.controls) == SIMD4(bigEndian: vector.controlFrame))
    }

    @Test("does not trap on any bytes", arguments: 0..<10 as Range<UInt64>)
    func fuzz(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in Fuzz.rounds(500) {
            let cipher = NativeCipher(password: random.bytes(upTo: 12), task: SIMD4.random(in: 0...255, using: &random))
            _ = cipher.answer
            _ = cipher.controlFrame(SIMD4.random(in: 0...255, using: &random))
            _ = NativeStatus(codes: cipher.stateCodes(in: SIMD4.random(in: 0...255, using: &random)))
        }
    }
}

extension NativeCipherTests.Vector {
    init(
        _ password: String,
        _ task: UInt32,
        _ answer: UInt32,
        _ frame: UInt32,
        _ codes: UInt32,
        _ controls: SIMD4<UInt8>,
        _ controlFrame: UInt32
    ) {
        self.init(
            password: password,
            task: task,
            answer: answer,
            frame: frame,
            codes: codes,
            controls: controls,
            controlFrame: controlFrame
        )
    }
}

extension SIMD4<UInt8> {
    /// Four bytes, the first one the highest.
    fileprivate init(bigEndian value: UInt32) {
        self.init(
            UInt8(truncatingIfNeeded: value >> 24),
            UInt8(truncatingIfNeeded: value >> 16),
            UInt8(truncatingIfNeeded: value >> 8),
            UInt8(truncatingIfNeeded: value)
        )
    }
}
