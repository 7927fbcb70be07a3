internal import Power
internal import SNMPClient

/// Which objects a read asks for, and what their answers mean. It does no input or output of its own.
///
/// Every object has its place in the list, and an answer is found by its place: a poll of many outlets looks up no
/// object identifier.
struct ReadPlan {
    /// An outlet with the places of its objects.
    struct Outlet {
        let number: OutletNumber
        /// Nothing where the device does not say under which index the model finds the object.
        let state: Int?
        let pendingFlag: Int?
    }

    /// A measurement with the places of its objects. A class, because each of its parts would be retained at each look.
    final class Item: Sendable {
        let quantity: Quantity
        /// The outlet it belongs to; nothing for the device as a whole.
        let outlet: OutletNumber?
        let measurement: Measurement
        /// The object, or the rows that become one value.
        let objects: [Int]
        let factor: Factor

        init(
            _ quantity: Quantity,
            of outlet: OutletNumber?,
            _ measurement: Measurement,
            at objects: [Int],
            _ factor: Factor
        ) {
            self.quantity = quantity
            self.outlet = outlet
            self.measurement = measurement
            self.objects = objects
            self.factor = factor
        }
    }

    /// What a raw value is multiplied by.
    enum Factor {
        case known(Double)
        /// The device says so, at this place.
        case asked(Int, MeasurementScale.Dynamic)
    }

    let model: PDUModel
    /// What is asked for, each object once: the device's up-time, then states, then measurements with their scales.
    let objects: [OID]
    let outlets: [Outlet]
    /// The measurements that the device may have; none where only states are read.
    let items: [Item]
    /// The places of the measurements' objects.
    let measured: Range<Int>

    /// When the device was started; the same object in every device (SNMPv2-MIB, RFC 3418).
    static let upTime: OID = [1, 3, 6, 1, 2, 1, 1, 3, 0]

    /// The objects in their order.
    private struct List {
        private(set) var objects: [OID] = []
        private var places: [OID: Int] = [:]

        mutating func place(_ object: OID) -> Int {
            if let known = places[object] { return known }
            places[object] = objects.count
            objects.append(object)
            return objects.count - 1
        }
    }

    /// A read.
    /// - Parameters:
    ///   - only: the outlets to read; nothing for all of them.
    ///   - measuring: what was learnt of the device whose measurements are read too; nothing for states only.
    init(
        model: PDUModel,
        table: OutletTable,
        only: Set<OutletNumber>?,
        measuring: (device: IndexBindings, memory: DeviceMemory)?
    ) {
        self.model = model
        var list = List()
        _ = list.place(Self.upTime)
        let rows = table.numbers.compactMap { number -> (number: OutletNumber, bindings: IndexBindings)? in
            if let only, !only.contains(number) { return nil }
            return table[number].map { (number, $0) }
        }
        outlets = rows.map { number, bindings in
            Outlet(
                number: number,
                state: model.state.object.oid(bindings).map { list.place($0) },
                pendingFlag: model.state.pendingFlag?.object.oid(bindings).map { list.place($0) }
            )
        }
        let states = list.objects.count
        var items: [Item] = []
        if let (device, memory) = measuring {
            for (number, bindings) in rows {
                items += Self.items(model.outletMeasurements, bindings, number, memory, &list)
            }
            items += Self.items(model.deviceMeasurements, device, nil, memory, &list)
        }
        self.items = items
        objects = list.objects
        measured = states..<objects.count
    }

    /// The places of everything but what only these outlets' states need.
    func places(without skipped: Set<OutletNumber>) -> [Int] {
        var needed = Set(measured).union([0])
        for outlet in outlets where !skipped.contains(outlet.number) {
            needed.formUnion([outlet.state, outlet.pendingFlag].compactMap { $0 })
        }
        return needed.sorted()
    }

    /// What the answers say of the outlets' states.
    func states(_ answers: ObjectReader.Answers) -> [OutletNumber: OutletReading] {
        var states: [OutletNumber: OutletReading] = [:]
        states.reserveCapacity(outlets.count)
        for outlet in outlets {
            guard let place = outlet.state, let whole = answers[place],
                let value = Self.element(whole, model.state.packed, outlet.number),
                let reading = model.state.reading(value)
            else { continue }
            states[outlet.number] = isPending(outlet, answers) ? .pending : reading
        }
        return states
    }

    /// A reading of what the answers say, states left out.
    func measurements(_ answers: ObjectReader.Answers) -> DeviceReading {
        var reading = DeviceReading()
        var rest = items[...]
        // An outlet's items follow each other.
        while let outlet = rest.first?.outlet {
            let own = rest.prefix { $0.outlet == outlet }
            let (values, span) = values(own, answers)
            if !values.isEmpty { reading.outletMeasurements[outlet] = values }
            if let span { reading.outletEnergySpans[outlet] = span }
            rest = rest.dropFirst(own.count)
        }
        (reading.measurements, reading.energySpan) = values(rest, answers)
        return reading
    }

    /// What the answers say of one outlet's measurements, or of the device's own.
    /// - Returns: the values, and how far the counter of energy counts.
    private func values(_ items: ArraySlice<Item>, _ answers: ObjectReader.Answers) -> (MeasuredValues, Double?) {
        var values = MeasuredValues(minimumCapacity: items.count)
        var span: Double?
        for item in items {
            // Of several objects for one quantity the first that has a value counts.
            guard values[item.quantity] == nil, let value = value(item, answers) else { continue }
            values[item.quantity] = value
            if item.quantity == .energy { span = self.span(item, answers) }
        }
        return (values, span)
    }

    /// The scales among the answers that stay as they are.
    func constantFactors(_ answers: ObjectReader.Answers) -> [OID: Double] {
        var factors: [OID: Double] = [:]
        for item in items {
            // Known ones are not asked for again.
            guard case .asked(let place, let scale) = item.factor, scale.constant,
                let factor = answers[place]?.integer.flatMap({ scale.factor($0) })
            else { continue }
            factors[objects[place]] = factor
        }
        return factors
    }

    private func isPending(_ outlet: Outlet, _ answers: ObjectReader.Answers) -> Bool {
        guard let place = outlet.pendingFlag, let flag = model.state.pendingFlag, let value = answers[place]
        else { return false }
        return flag.values.contains { $0.matches(value) }
    }

    static func element(_ value: DeviceValue, _ packed: PackedList?, _ outlet: OutletNumber?) -> DeviceValue? {
        guard let packed else { return value }
        guard let text = value.text else { return nil }
        return packed.element(text, outlet: outlet?.rawValue ?? 1).map { DeviceValue(text: $0) }
    }

    private static func items(
        _ measurements: [Quantity: [Measurement]],
        _ bindings: IndexBindings,
        _ outlet: OutletNumber?,
        _ memory: DeviceMemory,
        _ list: inout List
    ) -> [Item] {
        var items: [Item] = []
        for quantity in Quantity.allCases {
            for measurement in measurements[quantity] ?? [] {
                guard let oid = measurement.object.oid(bindings), !memory.absent.contains(oid) else { continue }
                var factor = Factor.known(1)
                var scale: (object: OID, rule: MeasurementScale.Dynamic)?
                switch measurement.scale {
                case .fixed(let fixed): factor = .known(fixed)
                case .dynamic(let rule):
                    guard let object = rule.object.oid(bindings), !memory.absent.contains(object) else { continue }
                    if let known = memory.factors[object] { factor = .known(known) } else { scale = (object, rule) }
                }
                let objects = measurement.rows == nil ? [oid] : memory.columns[oid] ?? []
                guard !objects.isEmpty else { continue }
                let places = objects.map { list.place($0) }
                if let scale { factor = .asked(list.place(scale.object), scale.rule) }
                items.append(Item(quantity, of: outlet, measurement, at: places, factor))
            }
        }
        return items
    }

    private func value(_ item: Item, _ answers: ObjectReader.Answers) -> Double? {
        var sum = 0.0
        var isThere = false
        for place in item.objects {
            guard let whole = answers[place],
                let raw = Self.element(whole, item.measurement.packed, item.outlet)?.number
            else { return nil }
            if item.measurement.absent.contains(raw) { continue }
            sum += raw
            isThere = true
        }
        if item.measurement.rows == .only, item.objects.count != 1 { return nil }
        guard isThere, let factor = factor(item, answers) else { return nil }
        let value = MeasurementScale.scaled(sum, by: factor)
        return value.isFinite ? value : nil
    }

    /// How far a counter counts before it runs over, where the device says by its type that it does so within years.
    private func span(_ item: Item, _ answers: ObjectReader.Answers) -> Double? {
        guard let place = item.objects.first, case .counter32 = answers[place]?.raw,
            let factor = factor(item, answers)
        else { return nil }
        let span = MeasurementScale.scaled(4_294_967_296, by: factor)
        return span.isFinite && span > 0 ? span : nil
    }

    private func factor(_ item: Item, _ answers: ObjectReader.Answers) -> Double? {
        switch item.factor {
        case .known(let factor): factor
        case .asked(let place, let scale): answers[place]?.integer.flatMap { scale.factor($0) }
        }
    }
}
