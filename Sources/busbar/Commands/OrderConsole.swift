import Dispatch
import Foundation
@preconcurrency import Glibc
import PDUSimulator
import ServiceLifecycle
import UnixSignals

/// Reads orders for a simulated device from standard input until it ends or a signal comes.
struct OrderConsole {
    let device: any OrderableDevice

    /// Carries out orders until SIGINT or SIGTERM. The end of standard input only ends the orders.
    func run() async {
        fflush(nil)
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in signals { return } }
            group.addTask {
                await obey()
                try? await Task.sleep(for: .seconds(1_000_000_000))
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// Carries out orders until standard input ends or the task is cancelled.
    func obey() async {
        for await line in Self.lines() where !line.allSatisfy(\.isWhitespace) {
            let answer =
                line.trimmingCharacters(in: .whitespaces) == "help" ? SimulatorOrder.help : await device.perform(line)
            // Not by print and fflush, which waits for the lock of standard input, and that is held by whoever waits
            // for the next line.
            try? FileHandle.standardOutput.write(contentsOf: Data((answer + "\n").utf8))
        }
    }

    /// The lines of standard input, read on a queue of their own because reading blocks.
    private static func lines() -> AsyncStream<String> {
        // A program in the background that reads the terminal is stopped, unless it ignores this: then it reads an end.
        signal(SIGTTIN, SIG_IGN)
        let (stream, input) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingOldest(1000))
        DispatchQueue(label: "busbar.orders").async {
            while let line = readLine() { input.yield(line) }
            input.finish()
        }
        return stream
    }
}
