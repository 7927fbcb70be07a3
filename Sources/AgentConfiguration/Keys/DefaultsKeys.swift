/// `defaults`: what holds for every PDU that says nothing else.
enum DefaultsKeys {
    static let standardStagger = Duration.milliseconds(500)

    static let cycle = Key(
        "cycle",
        Form<Duration>.section(CycleKeys.table) { $0[CycleKeys.offTime] },
        .empty,
        example: "{ off_time: 5s }",
        "How a cycle is done."
    )
    static let command = Key(
        "command",
        Form<Duration>.section(CommandRuleKeys.table) { $0[CommandRuleKeys.limit] },
        .empty,
        example: "{ limit: 30s }",
        "How commands are carried out."
    )
    static let stagger = Key(
        "stagger",
        Form<Duration>.duration(.zero...(.seconds(60))),
        .value(standardStagger),
        example: "1s",
        "The pause between two outlets in a command for several."
    )

    static let table = KeyTable("defaults", [cycle.entry, command.entry, stagger.entry])

    static func read(_ section: Section) -> Bool {
        let offTime = section[cycle]
        let limit = section[command]
        let stagger = section[stagger]
        if let offTime { section.context.inherited.cycleOffTime = offTime }
        if let limit { section.context.inherited.commandLimit = limit }
        if let stagger { section.context.inherited.stagger = stagger }
        return true
    }
}
