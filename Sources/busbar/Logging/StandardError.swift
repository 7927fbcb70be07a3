@preconcurrency import Glibc

/// The standard error stream, a whole line at a time so that lines of several threads do not mix.
enum StandardError {
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    static func write(line: String) { write(line + "\n") }

    static func write(_ text: String) {
        let bytes = Array(text.utf8)
        bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count, let base = buffer.baseAddress {
                let count = Glibc.write(STDERR_FILENO, base + written, buffer.count - written)
                if count < 0 && errno != EINTR { return }
                written += max(count, 0)
            }
        }
    }
}
