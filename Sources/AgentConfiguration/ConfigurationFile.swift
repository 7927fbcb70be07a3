import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Reads configuration files. Nothing half-valid is returned: everything that is wrong is thrown at once.
public enum ConfigurationFile {
    /// The largest file that is read, in bytes.
    public static let maximumSize = 32 << 20
    /// The folder beside the main file whose `.yaml` files are read after it.
    public static let folderName = "conf.d"
    /// How many files that folder may have.
    public static let maximumFiles = 256

    /// Reads the file of an agent, those of `conf.d` beside it, and the files with secrets that they name. It blocks for as
    /// long as the disk does.
    ///
    /// - Parameters:
    ///   - path: the main file; paths in it and in the files of `conf.d` start from its folder.
    ///   - environment: the variables for `${NAME}`, as a rule those of the process.
    ///   - models: the names of the built-in SNMP models; nothing when they are not to be checked.
    ///   - files: who reads files.
    ///   - warn: takes what is unwise but not wrong, by line, when the file is used all the same.
    /// - Throws: every error of the files, by file and line.
    public static func load(
        path: String,
        environment: [String: String],
        models: Set<String>? = nil,
        files: any ConfigurationFileReader = LocalFileReader(),
        warn: (ConfigurationIssue) -> Void = { _ in }
    ) throws(ConfigurationErrors) -> AgentConfiguration {
        let sources = ConfigurationSources(
            baseDirectory: URL(fileURLWithPath: path).deletingLastPathComponent().path,
            environment: environment,
            hostName: hostName(),
            models: models,
            files: files
        )
        let (readable, unreadable) = sourceFiles(path, files)
        guard unreadable.isEmpty else { throw ConfigurationErrors(issues: unreadable) }
        return try parse(readable, sources: sources, warn: warn)
    }

    /// What stands in several files, entry by entry.
    public enum Part: String, Sendable, CaseIterable {
        /// PDUs.
        case pdus
        /// Groups.
        case groups
        /// Loads.
        case loads
        /// Users.
        case users
    }

    /// Where an entry stands.
    public struct Place: Sendable, Equatable {
        /// The file.
        public var file: String
        /// The line, from 1.
        public var line: Int
    }

    /// Where the entries of a configuration stand that can be read: by what they are, and by name. What a file of users has
    /// is not among them. It blocks for as long as the disk does.
    public static func places(
        path: String,
        files: any ConfigurationFileReader = LocalFileReader()
    ) -> [Part: [String: Place]] {
        var places: [Part: [String: Place]] = [:]
        for source in sourceFiles(path, files).readable {
            guard let value = try? YAMLSource(source.contents.bytes).read(), case .mapping(let keys) = value.content
            else { continue }
            for key in keys {
                guard let part = Part(rawValue: key.key) else { continue }
                let entries: [(name: String, location: SourceLocation)] =
                    switch key.value.content {
                    case .mapping(let entries): entries.map { ($0.key, $0.location) }
                    case .list(let values): values.compactMap { value in name(of: value).map { ($0, value.location) } }
                    case .scalar: []
                    }
                for entry in entries where places[part]?[entry.name] == nil {
                    places[part, default: [:]][entry.name] = Place(file: source.name, line: entry.location.line)
                }
            }
        }
        return places
    }

    private static func name(of value: YAMLValue) -> String? {
        guard case .mapping(let entries) = value.content else { return nil }
        return entries.first { $0.key == PDUKeys.name.name }?.value.scalar
    }

    /// What can be read of a main file and of those of `conf.d`, and what is wrong with the others.
    private static func sourceFiles(
        _ path: String,
        _ files: any ConfigurationFileReader
    ) -> (readable: [Source], unreadable: [ConfigurationIssue]) {
        var readable: [Source] = []
        var unreadable: [ConfigurationIssue] = []
        func take(_ file: String) {
            do throws(FileProblem) {
                readable.append((file, try files.read(file, limit: maximumSize)))
            } catch {
                unreadable.append(issue(in: file, "cannot read the file: \(error.message)"))
            }
        }
        take(path)
        let folder = folder(beside: path)
        do throws(FileProblem) {
            let names = try files.names(in: folder).filter { $0.hasSuffix(".yaml") && !$0.hasPrefix(".") }.sorted()
            if names.count > maximumFiles {
                unreadable.append(issue(in: folder, "it has \(names.count) files; at most \(maximumFiles) are read"))
            }
            for name in names.prefix(maximumFiles) { take("\(folder)/\(name)") }
        } catch {
            unreadable.append(issue(in: folder, "cannot read the folder: \(error.message)"))
        }
        return (readable, unreadable)
    }

    /// The folder whose files are read after a main file.
    public static func folder(beside path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return folderName }
        return path[...slash] + folderName
    }

    /// A file by the name that errors call it, and what is in it.
    typealias Source = (name: String, contents: FileContents)

    private static func issue(in file: String, _ message: String) -> ConfigurationIssue {
        ConfigurationIssue(severity: .error, file: file, line: 1, column: 1, keyPath: "", message: message)
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
        try parse([(fileName, text)], sources: sources, warn: warn)
    }

    /// Reads a configuration from the texts of a main file and of those of `conf.d`.
    private static func parse(
        _ files: [Source],
        sources: ConfigurationSources,
        warn: (ConfigurationIssue) -> Void
    ) throws(ConfigurationErrors) -> AgentConfiguration {
        let context = ReadingContext(sources: sources, fileNames: files.map(\.name))
        let configuration = read(files.map(\.contents.bytes), context)
        for (index, file) in files.enumerated() where file.contents.isWorldReadable {
            context.warnOfInlineSecrets(inFile: index)
        }
        // A file that another one names has no place among them, and keeps the order of its lines.
        let places = Dictionary(zip(context.fileNames, 1...)) { first, _ in first }
        let issues = context.issues.enumerated().sorted { one, other in
            let (left, right) = (one.element, other.element)
            return (files.count > 1 ? places[left.file] ?? 0 : 0, left.line, left.column, one.offset)
                < (files.count > 1 ? places[right.file] ?? 0 : 0, right.line, right.column, other.offset)
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
        let context = ReadingContext(sources: ConfigurationSources(), fileNames: [path])
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

    private static func read(_ files: [[UInt8]], _ context: ReadingContext) -> AgentConfiguration? {
        var merger = FileMerger(context: context)
        var isWhole = true
        for (index, bytes) in files.enumerated() {
            do throws(YAMLProblem) {
                if let value = try YAMLSource(bytes).read(), value.kind != .nothing {
                    merger.add(value.placed(inFile: index))
                }
            } catch {
                var location = error.location
                location.file = index
                context.report(error.message, path: "", at: location)
                isWhole = false
            }
        }
        // What a file that cannot be read would have said is missing elsewhere, so nothing more is looked at.
        guard isWhole else { return nil }
        guard let value = merger.merged else {
            context.report("the file is empty; it needs at least mqtt and pdus", path: "", at: .start)
            return nil
        }
        let spot = Spot(value: value, path: "", context: context)
        return Section(spot, RootKeys.table).flatMap(RootKeys.read)
    }

    private static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
