import Power

/// What one reading of a file needs and gathers. It lives for one call and is not shared.
final class ReadingContext {
    /// What the keys further in take over from those further out.
    struct Inherited {
        var poll = PollSettings.standard
        var telemetry = TelemetrySettings.standard
        var cycleOffTime = CycleKeys.standardOffTime
        var commandLimit = CommandRuleKeys.standardLimit
        var stagger = DefaultsKeys.standardStagger
        var circuit: String?
        /// The highest outlet that the PDU can have.
        var lastOutlet = OutletNumber.maximum
        /// Whether the PDU may be able to cycle an outlet by itself.
        var mayCycleByItself = true
    }

    let sources: ConfigurationSources
    /// What errors call the files: the main one, then those of `conf.d`.
    let fileNames: [String]
    private(set) var issues: [ConfigurationIssue] = []
    private var contents: [String: Result<FileContents, FileProblem>] = [:]
    private var suggestionsLeft = 50
    private var inlineSecrets: [(location: SourceLocation, path: String)] = []

    var inherited = Inherited()
    /// `agent.id`, once it is known.
    var agentID: String?
    /// `mqtt.base_topic`, once it is known.
    var baseTopic: String?
    /// Whether users are configured.
    var hasUsers = false
    /// `agent.sole`.
    var isSole = false
    /// What has been named so far, for references and to find doubles.
    var fleet = FleetIndex()

    init(sources: ConfigurationSources, fileNames: [String]) {
        self.sources = sources
        self.fileNames = fileNames
    }

    func report(
        _ message: String,
        path: String,
        at location: SourceLocation,
        severity: ConfigurationIssue.Severity = .error
    ) {
        issues.append(
            ConfigurationIssue(
                severity: severity,
                file: fileNames[location.file],
                line: location.line,
                column: location.column,
                keyPath: path,
                message: message
            )
        )
    }

    /// How a message at one place tells of another: `on line 3`, with the file where it is another one.
    func words(for place: SourceLocation, seenFrom here: SourceLocation) -> String {
        place.file == here.file ? "on line \(place.line)" : "in \(fileNames[place.file]) on line \(place.line)"
    }

    /// Takes over what is wrong with another file.
    func take(_ others: [ConfigurationIssue]) { issues += others }

    /// `; did you mean "x"?`, or nothing. Only the first complaints of a file have it, as each looks at every candidate.
    func suggestion(for word: String, among candidates: () -> [String]) -> String {
        guard suggestionsLeft > 0 else { return "" }
        suggestionsLeft -= 1
        return Suggestion.phrase(for: word, among: candidates())
    }

    /// The path as it is seen from the folder of the configuration file.
    func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : joined(sources.baseDirectory, path)
    }

    /// Reads a file once, however many keys name it.
    func read(_ path: String, limit: Int) -> Result<FileContents, FileProblem> {
        if let known = contents[path] { return known }
        let result = Result { () throws(FileProblem) in try sources.files.read(path, limit: limit) }
        contents[path] = result
        return result
    }

    /// Remembers a secret that stands in the file itself.
    func noteInlineSecret(path: String, at location: SourceLocation) {
        inlineSecrets.append((location, path))
    }

    /// One warning for all secrets of a file that others may read.
    ///
    /// - Parameter file: which of the files.
    func warnOfInlineSecrets(inFile file: Int) {
        let secrets = inlineSecrets.filter { $0.location.file == file }
        guard let first = secrets.min(by: { $0.location < $1.location }) else { return }
        let others = secrets.count - 1
        report(
            "this secret\(others == 0 ? "" : " and \(others) more") can be read by every user of this host, as "
                + "\(others == 0 ? "it is" : "they are") in a file that all may read; use chmod 640, or keep secrets in "
                + "files of their own",
            path: first.path,
            at: first.location,
            severity: .warning
        )
    }

    private func joined(_ directory: String, _ path: String) -> String {
        let relative = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
        return directory.hasSuffix("/") ? directory + relative : "\(directory)/\(relative)"
    }
}
