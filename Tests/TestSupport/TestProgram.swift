import Glibc

/// The `busbar` built beside the tests.
public enum TestProgram {
    /// There is none: the test target does not depend on it.
    public struct NotFound: Error {}

    /// Its path.
    ///
    /// - Throws: `NotFound`.
    public static var path: String {
        get throws {
            // The tests are a program of their own in the directory of all products, or are loaded by one from there.
            for program in [own] + CommandLine.arguments where program.hasPrefix("/") {
                let directory = program.split(separator: "/", omittingEmptySubsequences: false).dropLast()
                let path = (directory + ["busbar"]).joined(separator: "/")
                if access(path, X_OK) == 0 { return path }
            }
            throw NotFound()
        }
    }

    private static var own: String {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.bindMemory(to: CChar.self).baseAddress.map { readlink("/proc/self/exe", $0, bytes.count) } ?? 0
        }
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}
