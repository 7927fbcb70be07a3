import Dispatch
import Glibc

/// Orders for a simulated device from a file, a pipe or a terminal, a line each.
public enum OrderInput {
    /// Takes orders until the end of the file or until the task is cancelled.
    ///
    /// - Parameters:
    ///   - descriptor: where they come from; standard input by default. It stays open and stays in its blocking mode,
    ///     which a terminal shares with standard output.
    ///   - device: who carries them out.
    ///   - answer: called with what to tell the one who gave the order.
    public static func serve(
        descriptor: Int32 = 0,
        device: some OrderableDevice,
        answer: @Sendable (String) -> Void
    ) async {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return answer("error: cannot take orders: error \(errno)") }
        let (cancelled, cancel) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { for end in ends { close(end) } }
        // Reading blocks, so it has a queue of its own and not a thread of Swift's pool.
        let queue = DispatchQueue(label: "busbar.orders")
        var lines = LineBuffer(longestLine: 1_024)
        await withTaskCancellationHandler {
            while !Task.isCancelled {
                let piece: [UInt8]? = await withCheckedContinuation { continuation in
                    queue.async { continuation.resume(returning: read(descriptor, unless: cancelled)) }
                }
                guard let piece else { return }
                for line in lines.append(piece) where line.contains(where: { !$0.isWhitespace }) {
                    answer(await device.perform(line))
                }
                if lines.isOverlong { return answer("error: a line is longer than 1024 bytes") }
            }
        } onCancel: {
            var byte: UInt8 = 0
            write(cancel, &byte, 1)
        }
    }

    private static func read(_ descriptor: Int32, unless cancelled: Int32) -> [UInt8]? {
        var polls = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: cancelled, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&polls, nfds_t(polls.count), -1) < 0 {
            if errno != EINTR { return nil }
        }
        guard polls[1].revents == 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 1_024)
        let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }
}
