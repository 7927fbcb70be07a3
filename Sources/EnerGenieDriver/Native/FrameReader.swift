internal import NIOCore

/// Reads one frame of the native protocol; every frame has four bytes.
struct FrameReader: ReplyReader {
    mutating func read(from bytes: inout ByteBuffer) throws(ExchangeError) -> SIMD4<UInt8>? {
        guard let frame = bytes.readMultipleIntegers(as: (UInt8, UInt8, UInt8, UInt8).self) else { return nil }
        return SIMD4(frame.0, frame.1, frame.2, frame.3)
    }

    mutating func end() throws(ExchangeError) -> SIMD4<UInt8> {
        throw .closed("closed by the device")
    }
}

extension SIMD4<UInt8> {
    /// The frame as it is sent.
    var bytes: [UInt8] { indices.map { self[$0] } }
}
