import Power

/// `groups.<name>`.
enum GroupKeys {
    static let outlets = Key(
        "outlets",
        Form<[GroupMember]>.list(.groupMember),
        .required,
        example: "[bench/1, rack1/3, rack1/4]",
        "The outlets as `pdu/number`, and loads as `load:name`, in the order of switching. Each must be in this file."
    )
    static let stagger = Key(
        "stagger",
        DefaultsKeys.stagger.form,
        .optional("`defaults.stagger`"),
        example: "500ms",
        "The pause between two outlets."
    )
    static let onFailure = Key(
        "on_failure",
        Form<GroupSettings.FailurePolicy>.choice(),
        .value(.continue),
        example: "stop",
        "Whether the rest is switched when an outlet fails (`continue`) or left alone (`stop`)."
    )
    static let label = Key("label", Form<String>.text(), .optional("none"), example: "Rack A", "A name for people.")

    static let table = KeyTable("groups.<name>", [outlets.entry, stagger.entry, onFailure.entry, label.entry])

    static func read(_ section: Section) -> GroupSettings? {
        let members = section[outlets]
        let stagger = section[stagger] ?? section.context.inherited.stagger
        let onFailure = section[onFailure]
        let label = section[label]
        guard let members, let onFailure else { return nil }
        check(members, in: section)
        return GroupSettings(name: section.name, label: label, members: members, stagger: stagger, onFailure: onFailure)
    }

    private static func check(_ members: [GroupMember], in section: Section) {
        var seen: Set<GroupMember> = []
        for member in members {
            let shown = member.description.quoted
            guard seen.insert(member).inserted else {
                section.report(Self.outlets.name, "\(shown) is in the list twice")
                continue
            }
            guard case .outlet(let outlet) = member else {
                check(member, in: section)
                continue
            }
            if let load = section.context.fleet.feeds[outlet], members.contains(.load(load)) {
                section.report(Self.outlets.name, "\(shown) feeds the load \(load.quoted), which is in the list too")
            }
            guard let pdu = check(outlet, as: Self.outlets.name, in: section) else { continue }
            if !pdu.isEnabled {
                section.report(
                    Self.outlets.name,
                    "\(shown): the PDU is not enabled, so commands for the group will fail there",
                    severity: .warning
                )
            }
        }
    }

    private static func check(_ member: GroupMember, in section: Section) {
        guard case .load(let name) = member else { return }
        let names = section.context.fleet.loads.map(\.section.name)
        guard !names.contains(name) else { return }
        let nearest = section.context.suggestion(for: name) { names.sorted() }
        section.report(
            outlets.name,
            "\(member.description.quoted): there is no load \(name.quoted) in this file\(nearest)"
        )
    }

    /// Complains about an outlet that is not there.
    ///
    /// - Returns: its PDU, when that is in the file.
    static func check(_ outlet: OutletID, as key: String, in section: Section) -> FleetIndex.PDU? {
        let pdus = section.context.fleet.pdus
        let shown = outlet.description.quoted
        guard let pdu = pdus[outlet.pdu] else {
            let nearest = section.context.suggestion(for: outlet.pdu.rawValue) { pdus.keys.sorted().map(\.rawValue) }
            section.report(key, "\(shown): there is no PDU \(outlet.pdu.rawValue.quoted) in this file\(nearest)")
            return nil
        }
        if let known = pdu.outlets, !known.contains(outlet.outlet) {
            let list = known.sorted().map(\.description).joined(separator: ", ")
            section.report(key, "\(shown): the PDU has no such outlet; it has \(list)")
        }
        return pdu
    }
}
