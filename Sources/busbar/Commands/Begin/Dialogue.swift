import ArgumentParser
import Dispatch
import Foundation
@preconcurrency import Glibc

/// Asks questions on a terminal, or of a program that writes the answers.
struct Dialogue: Sendable {
    /// Reading blocks, which the threads of Swift's pool must not do.
    private let queue = DispatchQueue(label: "busbar.questions")

    /// Says something.
    func say(_ text: String = "") {
        print(text)
        fflush(nil)
    }

    /// The answer to a question; what is usual where nothing is answered.
    ///
    /// - Throws: the exit code 2 when the answers end.
    func ask(_ question: String, usual: String = "") async throws -> String {
        let answer = try await line(question + (usual.isEmpty ? ": " : " [\(usual)]: "))
        return answer.isEmpty ? usual : answer
    }

    /// The answer to a question that has to be acceptable.
    ///
    /// - Parameter problem: says what is wrong with an answer; nothing when it is right.
    func ask(_ question: String, usual: String = "", problem: (String) -> String?) async throws -> String {
        while true {
            let answer = try await ask(question, usual: usual)
            guard let problem = problem(answer) else { return answer }
            say("  \(problem)")
        }
    }

    /// Yes or no.
    func confirm(_ question: String, usual: Bool = true) async throws -> Bool {
        while true {
            switch try await line("\(question) [\(usual ? "Y/n" : "y/N")]: ").lowercased() {
            case "": return usual
            case "y", "yes": return true
            case "n", "no": return false
            default: say("  y for yes, n for no")
            }
        }
    }

    /// A secret, which the terminal does not show.
    func secret(_ question: String, usual: String = "") async throws -> String {
        let isHidden = SilentTerminal.begin()
        defer {
            if isHidden {
                SilentTerminal.end()
                say()
            }
        }
        return try await ask(question, usual: usual)
    }

    private func line(_ prompt: String) async throws -> String {
        let answer = await withCheckedContinuation { (continuation: CheckedContinuation<String?, Never>) in
            queue.async {
                // By one write: print and fflush would wait for the lock that a reader of standard input holds.
                try? FileHandle.standardOutput.write(contentsOf: Data(prompt.utf8))
                continuation.resume(returning: readLine())
            }
        }
        guard let answer else {
            say()
            throw ExitCode.refused.because("there are no more answers; nothing was written")
        }
        return answer.trimmingCharacters(in: .whitespaces)
    }
}

/// A terminal that does not show what is typed, also put right when Ctrl-C ends the program meanwhile.
private enum SilentTerminal {
    // Written before the handler is set and read by it and by `end`, one question at a time: termios is plain bytes.
    nonisolated(unsafe) private static var shown = termios()

    static func begin() -> Bool {
        guard isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &shown) == 0 else { return false }
        signal(SIGINT) { _ in
            tcsetattr(STDIN_FILENO, TCSANOW, &SilentTerminal.shown)
            _exit(130)
        }
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO)
        return tcsetattr(STDIN_FILENO, TCSANOW, &hidden) == 0
    }

    static func end() {
        tcsetattr(STDIN_FILENO, TCSANOW, &shown)
        signal(SIGINT, SIG_DFL)
    }
}
