import ArgumentParser
import Discovery
import Foundation

/// A secret that a command is given by a file or by a variable of the environment.
enum SecretArgument {
    /// The largest file that is taken for a secret, in bytes.
    private static let limit = 64 << 10

    /// Where `read` takes the secret from.
    static func place(_ file: String?, variable: String) -> SecretPlaces.Place? {
        if let file {
            let directory = FileManager.default.currentDirectoryPath
            return .file(file.hasPrefix("/") ? file : "\(directory)/\(file)")
        }
        let value = ProcessInfo.processInfo.environment[variable]
        return value?.isEmpty == false ? .variable(variable) : nil
    }

    /// The secret; nothing when neither the file nor the variable is given.
    ///
    /// - Throws: the exit code for a bad configuration, after saying what is wrong with the file.
    static func read(_ file: String?, variable: String) throws -> String? {
        guard let file else {
            let value = ProcessInfo.processInfo.environment[variable]
            return value?.isEmpty == false ? value : nil
        }
        guard let handle = FileHandle(forReadingAtPath: file) else {
            throw ExitCode.configuration.because("the file \(file) cannot be read")
        }
        defer { try? handle.close() }
        guard let data = try? handle.read(upToCount: limit), var text = String(data: data, encoding: .utf8) else {
            throw ExitCode.configuration.because("the file \(file) holds no text")
        }
        if text.hasSuffix("\n") { text.removeLast() }
        guard !text.isEmpty else { throw ExitCode.configuration.because("the file \(file) is empty") }
        return text
    }
}
