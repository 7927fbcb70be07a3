import Power

/// `agent`.
enum AgentKeys {
    static let id = Key(
        "id",
        Form<String>.name,
        .optional("the host's name, with `-` for what does not fit"),
        example: "bench-1",
        "The agent's id in topics: 1 to 64 of `A-Z a-z 0-9 _ -`, unique on the broker."
    )
    static let stateDirectory = Key(
        "state_directory",
        Form<String>.path,
        .value("/var/lib/busbar"),
        example: "/var/lib/busbar",
        "The folder of the journal and the audit trail. Keep it on a disk that survives a restart."
    )
    static let sole = Key(
        "sole",
        Form<Bool>.boolean,
        .value(false),
        example: "true",
        "Whether this is the only agent on the broker. Then a command for a PDU that is not in this file is answered "
            + "`unknown_pdu`; otherwise it may be another agent's and is only logged."
    )

    static let table = KeyTable("agent", [id.entry, stateDirectory.entry, sole.entry])

    static func read(_ section: Section) -> AgentSettings? {
        var id = section[id]
        if !section.has(Self.id.name) {
            id = Identifier.fitting(section.context.sources.hostName)
            if id == nil { section.report(Self.id.name, "this host has no name to make an id from; give one") }
        }
        let directory = section[stateDirectory]
        let isSole = section[sole]
        guard let id, let directory, let isSole else { return nil }
        return AgentSettings(id: id, stateDirectory: directory, isSole: isSole)
    }
}
