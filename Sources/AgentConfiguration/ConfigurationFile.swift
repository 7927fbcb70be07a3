import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Reads configuration files. Nothing half-valid is returned: everything that is wrong is thrown at once.
public enum ConfigurationFile {
    /// The largest file that is read, in bytes.
    public static let maximumSize = 4 << 20

    /// Reads the file of an agent, and the files with secrets that it names. It blocks for as long as the disk does.
    ///
    /// - Parameters:
    ///   - path: the file; paths in it start from its folder.
    ///   - environment: the variables for `${NAME}`, as a rule those of the process.
    ///   - models: the names of the built-in SNMP models; nothing when they are not to be checked.
    ///   - warn: takes what is unwise but not wrong, by line, when the file is used all the same.
    /// - Throws: every error of the file, by line.
    public static func load(
        path: String,
        environment: [String: String],
        models: Set<String>? = nil,
        warn: (ConfigurationIssue) -> Void = { _ in }
    ) throws(ConfigurationErrors) -> AgentConfiguration {
        let files = LocalFileReader()
        let sources = ConfigurationSources(
            baseDirectory: URL(fileURLWithPath: path).deletingLastPathComponent().path,
            environment: environment,
            hostName: hostName(),
            models: models,
            files: files
        )
        let contents: FileContents
        do {
            contents = try files.read(path, limit: maximumSize)
        } catch {
            throw ConfigurationErrors(issues: [
                ConfigurationIssue(
                    severity: .error,
                    file: path,
                    line: 1,
                    column: 1,
                    keyPath: "",
                    message: "cannot read the file: \(error.message)"
                )
            ])
        }
        return try parse(contents, fileName: path, sources: sources, warn: warn)
    }

    /// Reads a configuration from text, with everything else from `sources`.
    ///
    /// - Parameters:
    ///   - text: the bytes of the file.
    ///   - fileName: what errors call it.
    ///   - sources: the environment and the files that the text may refer to.
    ///   - warn: takes what is unwise but not wrong, by line, when the file is used all the same.
    /// - Throws: every error of the file, by line.
    public static func parse(
        _ text: FileContents,
        fileName: String,
        sources: ConfigurationSources,
        warn: (ConfigurationIssue) -> Void = { _ in }
    ) throws(ConfigurationErrors) -> AgentConfiguration {
        let context = ReadingContext(sources: sources, fileName: fileName)
        let configuration = read(text.bytes, context)
        context.warnOfInlineSecrets(isWorldReadable: text.isWorldReadable)
        let issues = context.issues.enumerated().sorted {
            ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
        }.map(\.element)
        guard let configuration, !issues.contains(where: { $0.severity == .error }) else {
            throw ConfigurationErrors(issues: issues)
        }
        issues.forEach(warn)
        return configuration
    }

    /// Reads a file of users, as `users_file` names one, in its order. It blocks for as long as the disk does.
    ///
    /// - Throws: every error of the file, by line.
    public static func users(path: String) throws(ConfigurationErrors) -> [(String, UserSettings)] {
        let context = ReadingContext(sources: ConfigurationSources(), fileName: path)
        var users: [(String, UserSettings)]?
        do {
            let contents = try context.read(path, limit: maximumSize).get()
            if let value = try YAMLSource(contents.bytes).read(), value.kind != .nothing {
                users = UserKeys.form.read(Spot(value: value, path: "", context: context))
            } else {
                users = []
            }
        } catch let problem as FileProblem {
            context.report("cannot read the file: \(problem.message)", path: "", at: .start)
        } catch let problem as YAMLProblem {
            context.report(problem.message, path: "", at: problem.location)
        } catch {
            context.report("cannot read the file: \(error)", path: "", at: .start)
        }
        guard let users, !context.issues.contains(where: { $0.severity == .error }) else {
            throw ConfigurationErrors(issues: context.issues)
        }
        return users
    }

    private static func read(_ bytes: [UInt8], _ context: ReadingContext) -> AgentConfiguration? {
        do {
            guard let value = try YAMLSource(bytes).read(), value.kind != .nothing else {
                context.report("the file is empty; it needs at least mqtt and pdus", path: "", at: .start)
                return nil
            }
            let spot = Spot(value: value, path: "", context: context)
            return Section(spot, RootKeys.table).flatMap(RootKeys.read)
        } catch {
            context.report(error.message, path: "", at: error.location)
            return nil
        }
    }

    private static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
