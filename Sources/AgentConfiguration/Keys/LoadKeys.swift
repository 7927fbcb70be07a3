import Power

/// `loads.<name>`.
enum LoadKeys {
    static let feeds = Key(
        "feeds",
        Form<[OutletID]>.list(.outletID),
        .required,
        example: "[bench/2, rack1/5]",
        "The outlets that feed it, as `pdu/number`. Each PDU must be in this file, and no outlet may feed two loads."
    )
    static let label = Key(
        "label",
        Form<String>.text(),
        .optional("none"),
        example: "Build server",
        "A name for people."
    )
    static let stagger = Key(
        "stagger",
        DefaultsKeys.stagger.form,
        .value(.zero),
        example: "200ms",
        "The pause between two feeds; all are switched at once without it."
    )
    static let exclusive = Key(
        "exclusive",
        Form<Bool>.boolean,
        .value(false),
        example: "true",
        "Whether a command for one of its outlets alone is carried out only with `force`."
    )
    static let requires = Key(
        "requires",
        Form<[String]>.list(.name),
        .optional("none"),
        example: "[core-switch]",
        "Loads that have to be on while this one is: it is not switched on while one of them is off, and none of them is "
            + "switched off while this one is on."
    )
    static let offTime = Key(
        CycleKeys.offTime.name,
        CycleKeys.offTime.form,
        .optional("the longest of its feeds'"),
        example: "30s",
        "How long it stays off in a cycle, where the command says nothing else."
    )
    static let cycle = Key(
        "cycle",
        Form<Duration>.section(cycleTable) { $0.given(offTime) },
        .optional("as its feeds' `cycle`"),
        example: "{ off_time: 30s }",
        "How a cycle is done."
    )
    static let command = Key(
        "command",
        Form<Duration>.section(commandTable) { $0.given(CommandRuleKeys.limit) },
        .optional("as its feeds' `command`"),
        example: "{ limit: 30s }",
        "How commands are carried out."
    )

    static let cycleTable = KeyTable("loads.<name>.cycle", [offTime.entry])
    static let commandTable = KeyTable("loads.<name>.command", [CommandRuleKeys.limit.entry])
    static let table = KeyTable(
        "loads.<name>",
        [
            feeds.entry, label.entry, stagger.entry, exclusive.entry, requires.entry, cycle.entry, command.entry,
        ],
        refusals: ["outlets": "unknown key; did you mean \"feeds\"?"]
    )

    static func read(_ section: Section) -> LoadSettings? {
        let feeds = section[feeds]
        let label = section[label]
        let stagger = section[stagger]
        let isExclusive = section[exclusive]
        let requires = section[requires] ?? []
        let offTime = section[cycle]
        let limit = section[command]
        section.context.fleet.loads.append((section, requires))
        guard let feeds, let stagger, let isExclusive else { return nil }
        for feed in feeds { check(feed, in: section) }
        return LoadSettings(
            name: section.name,
            label: label,
            feeds: feeds,
            stagger: stagger,
            isExclusive: isExclusive,
            requires: requires,
            offTime: offTime,
            limit: limit
        )
    }

    private static func check(_ feed: OutletID, in section: Section) {
        let context = section.context
        let shown = feed.description.quoted
        if let other = context.fleet.feeds[feed] {
            let words = other == section.name ? "is in the list twice" : "feeds the load \(other.quoted) already"
            return section.report(feeds.name, "\(shown) \(words)")
        }
        context.fleet.feeds[feed] = section.name
        guard let pdu = GroupKeys.check(feed, as: feeds.name, in: section) else { return }
        if pdu.outlets == nil, !pdu.listed.isEmpty, !pdu.listed.contains(feed.outlet) {
            section.report(
                feeds.name,
                "\(shown): the entry of the PDU lists its outlets, and this is none of them; list it there too"
            )
        }
        if pdu.cycledByDevice.contains(feed.outlet) {
            section.report(
                feeds.name,
                "\(shown): the device cycles this outlet by itself (cycle: { by: device }), so it cannot wait for other feeds"
            )
        }
        if !pdu.isEnabled {
            section.report(
                feeds.name,
                "\(shown): the PDU is not enabled, so commands for the load will be rejected",
                severity: .warning
            )
        }
    }

    /// Looks at what the loads require of each other, once all of them are read.
    static func checkRequirements(_ context: ReadingContext) {
        let loads = context.fleet.loads
        let names = Set(loads.map(\.section.name))
        let requirements = Dictionary(loads.map { ($0.section.name, $0.requires) }) { first, _ in first }
        for (section, requires) in loads {
            var seen: Set<String> = []
            for other in requires {
                if !seen.insert(other).inserted {
                    section.report(Self.requires.name, "\(other.quoted) is in the list twice")
                } else if !names.contains(other) {
                    let nearest = context.suggestion(for: other) { names.sorted() }
                    section.report(Self.requires.name, "there is no load \(other.quoted) in this file\(nearest)")
                }
            }
        }
        var reported: Set<String> = []
        for (section, _) in loads where !reported.contains(section.name) {
            guard let circle = circle(from: section.name, requirements) else { continue }
            reported.formUnion(circle)
            let path = (circle + [section.name]).map(\.quoted).joined(separator: " requires ")
            section.report(requires.name, "the loads require each other in a circle: \(path)")
        }
    }

    /// The shortest way from a load back to itself by what loads require.
    private static func circle(from name: String, _ requirements: [String: [String]]) -> [String]? {
        var before: [String: String] = [:]
        var queue = [name]
        var next = 0
        while next < queue.count {
            let here = queue[next]
            next += 1
            for other in requirements[here] ?? [] {
                if other == name {
                    var path = [here]
                    while let last = path.last, last != name, let previous = before[last] { path.append(previous) }
                    return path.reversed()
                }
                guard before[other] == nil else { continue }
                before[other] = here
                queue.append(other)
            }
        }
        return nil
    }
}
