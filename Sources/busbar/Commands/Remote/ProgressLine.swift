@preconcurrency import Glibc
import Synchronization

/// One line on a terminal that tells how far a long command has come; nothing where there is no terminal.
final class ProgressLine: Sendable {
    /// From how many targets on it is of use.
    private static let least = 5
    private let isShown = Mutex(false)

    func show(_ ended: Int, of count: Int) {
        guard count >= Self.least, isatty(STDERR_FILENO) == 1 else { return }
        isShown.withLock { $0 = true }
        write("\r\u{1B}[K\(ended) of \(count)")
    }

    func clear() {
        if isShown.withLock(\.self) { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
