/// The arithmetic of the native protocol: a challenge, its answer, and the disguise of statuses and controls.
///
/// All of it is modulo 256 or 65536. Source: the independent implementations egctl, pdudaemon, openHAB and pyegpm, which
/// agree with one another.
public struct NativeCipher: Sendable {
    private let key: SIMD8<UInt8>
    private let task: SIMD4<UInt8>

    /// A cipher for one session.
    ///
    /// - Parameters:
    ///   - password: the password's bytes; padded with spaces to 8, and cut there as the device does.
    ///   - task: the four bytes the device sent as its challenge, first byte first.
    public init(password: some Sequence<UInt8>, task: SIMD4<UInt8>) {
        var key = SIMD8<UInt8>(repeating: UInt8(ascii: " "))
        for (index, byte) in password.prefix(8).enumerated() { key[index] = byte }
        self.key = key
        self.task = task
    }

    /// The answer to the challenge: two 16-bit words, low byte first.
    public var answer: SIMD4<UInt8> {
        let first =
            (UInt16(task[0] ^ key[2]) &* UInt16(key[0])) ^ (UInt16(key[6]) | UInt16(key[4]) << 8) ^ UInt16(task[2])
        let second =
            (UInt16(task[1] ^ key[3]) &* UInt16(key[1])) ^ (UInt16(key[7]) | UInt16(key[5]) << 8) ^ UInt16(task[3])
        return SIMD4(
            UInt8(truncatingIfNeeded: first),
            UInt8(truncatingIfNeeded: first >> 8),
            UInt8(truncatingIfNeeded: second),
            UInt8(truncatingIfNeeded: second >> 8)
        )
    }

    /// Reveals a status frame: the state codes of outlets 1 to 4 in this order. In the frame outlet 4 comes first.
    public func stateCodes(in frame: SIMD4<UInt8>) -> SIMD4<UInt8> {
        let codes = ((frame &- key[1]) ^ key[0]) &- task[3] ^ SIMD4(repeating: task[2])
        return SIMD4(codes[3], codes[2], codes[1], codes[0])
    }

    /// Disguises controls for outlets 1 to 4 in this order: 1 is on, 2 is off, 4 leaves the outlet alone.
    public func controlFrame(_ controls: SIMD4<UInt8>) -> SIMD4<UInt8> {
        let controls = SIMD4(controls[3], controls[2], controls[1], controls[0])
        return (((controls ^ task[2]) &+ task[3]) ^ key[0]) &+ key[1]
    }
}
