/// Where a configuration gets what is not in its text.
public struct ConfigurationSources: Sendable {
    /// The folder that relative paths start from: the one of the configuration file.
    public var baseDirectory: String
    /// The environment's variables.
    public var environment: [String: String]
    /// The name of this host; the agent's id is made from it when the file gives none.
    public var hostName: String
    /// The names of the built-in SNMP models; nothing when they are not to be checked.
    public var models: Set<String>?
    /// Who reads files.
    public var files: any ConfigurationFileReader

    /// Sources; the defaults know nothing and read the host's files.
    public init(
        baseDirectory: String = "/",
        environment: [String: String] = [:],
        hostName: String = "",
        models: Set<String>? = nil,
        files: any ConfigurationFileReader = LocalFileReader()
    ) {
        self.baseDirectory = baseDirectory
        self.environment = environment
        self.hostName = hostName
        self.models = models
        self.files = files
    }
}
